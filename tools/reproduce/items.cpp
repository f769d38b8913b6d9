#include "tools/reproduce/items.h"

#include <fmt/format.h>

#include <array>

#include "engine/words.h"
#include "tools/lienet/commands.h"

namespace lienet::reproduce {

std::span<const Item> items() {
  static const std::array all{table1, table2, fig3,  table3,     fig4,      fig5,
                              fig6,   fig7,   fig10, appendix_a, appendix_b};
  return all;
}

std::vector<const Item*> find_items(const std::string& key) {
  std::vector<const Item*> found;
  std::vector<std::string_view> known{"all"};
  for (const Item& item : items()) {
    if (key == "all" || key == item.key) found.push_back(&item);
    known.push_back(item.key);
  }
  if (found.empty())
    throw commands::UsageError(
        fmt::format("ITEM {}: not known; did you mean {}?", key, nearest_word(key, known)));
  return found;
}

void plan_pairs(Plan& plan, const std::string& item, const std::vector<std::string>& command,
                double passes, bool whole_runs) {
  for (int seed = 0; seed < plan.seeds(); ++seed) {
    std::vector<std::string> words = command;
    words.emplace_back("--weights");
    for (const Variant& v : plan.recipe().plain_and_masked()) {
      const auto run = plan.train(v, seed);
      words.push_back((whole_runs ? run : plan.last(v.name, seed)).string());
    }
    const std::string name = fmt::format("{}-s{}", item, seed);
    words.push_back("--out=" + (plan.out() / name).string());
    plan.analyse(name, std::move(words), passes);
  }
}

}  // namespace lienet::reproduce
