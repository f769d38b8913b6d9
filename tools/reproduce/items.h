// The paper's tables and figures: what each needs, and what came of it.
//
// The paper: Jiang, Liu, Xiao, Chua, "Gradient Mask: Lateral Inhibition Mechanism Improves
// Performance in Artificial Neural Networks". Its own figures stand in each section's `paper`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/pictures/curves_page.h"
#include "tools/reproduce/measurements.h"
#include "tools/reproduce/plan.h"

namespace lienet::reproduce {

// What an item shows.
struct Section {
  std::string note;                                     // how it was made, and how to read it
  std::vector<std::pair<std::string, Table>> tables{};  // with captions
  std::vector<Plot> plots{};
  std::vector<std::pair<std::string, std::string>> pictures{};  // caption, PNG
  Measurements measurements{};
};

struct Item {
  std::string_view key;  // "table1", "fig5", "appendixA"
  std::string_view title;
  std::string_view paper;  // what the paper reports
  void (*plan)(Plan& plan);
  Section (*show)(const Plan& plan);  // once the steps are done
};

// In the paper's order.
std::span<const Item> items();
// By key; "all": every one. Throws UsageError that names the nearest.
std::vector<const Item*> find_items(const std::string& key);

// Plans `lienet COMMAND --weights` of plain and masked together, once a seed, into ITEM-s0, -s1,
// ... `whole_runs`: of the runs' directories, else of their last epochs.
void plan_pairs(Plan& plan, const std::string& item, const std::vector<std::string>& command,
                double passes, bool whole_runs = false);

// All of items(), each in the file of its subject.
extern const Item table1, table2, fig3, table3, fig4, fig5, fig6, fig7, fig10, appendix_a,
    appendix_b;

}  // namespace lienet::reproduce
