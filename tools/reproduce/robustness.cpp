// Figures 5 and 6: pruned and attacked networks.
#include <fmt/format.h>

#include "tools/reproduce/items.h"
#include "tools/reproduce/results.h"

namespace lienet::reproduce {
namespace {

// Rows by x, columns by variant; p of masked against plain.
Table table_of(const Plan& plan, const Measurements& m, const std::string& x_label,
               const std::string& quantity) {
  const std::string& masked = plan.recipe().masked;
  Table table{{x_label, "plain", masked, "minus plain", "p"}};
  for (const double x : m.xs(quantity)) {
    const PairedTest test = m.test(masked, "plain", quantity, x);
    table.rows.push_back({fmt::format("{}", x),
                          mean_and_deviation(m.stats("plain", quantity, x), 2),
                          mean_and_deviation(m.stats(masked, quantity, x), 2),
                          mean_and_deviation(test.difference, 2), p_value(test)});
  }
  return table;
}

Section show_pruned(const Plan& plan) {
  Section s{.note = "The smallest weights are 0, without fine-tuning; means over the seeds."};
  for (const std::string scope : {"layer", "global"}) {
    const std::string where = scope == "layer" ? "layer by layer" : "over all layers";
    const std::string quantity = "top-1 %, pruned " + where;
    for (int seed = 0; seed < plan.seeds(); ++seed)
      for_each_line(plan.out() / fmt::format("fig5/{}-s{}", scope, seed) / "prune.jsonl",
                    [&](const auto& line) {
                      s.measurements.add(variant_of(line.at("network")), quantity,
                                         number(line, "sparsity"), seed, number(line, "top1"));
                    });
    s.plots.push_back(
        s.measurements.plot("Pruned " + where, "share of weights that are 0", quantity));
    s.tables.emplace_back(quantity, table_of(plan, s.measurements, "share of zeros", quantity));
  }
  return s;
}

Section show_attacked(const Plan& plan) {
  Section s{.note =
                "Of the test images that both networks of a seed get right, those that are "
                "still right; gradients are not inhibited. Where many gradients are zero, "
                "robustness would be an illusion."};
  const std::string fgsm = "top-1 %, FGSM", pgd = "top-1 %, PGD", zeros = "zero gradients %";
  for (int seed = 0; seed < plan.seeds(); ++seed)
    for_each_line(
        plan.out() / fmt::format("fig6/attack-s{}", seed) / "attack.jsonl", [&](const auto& line) {
          const std::string variant = variant_of(line.at("network"));
          const double epsilon = number(line, "epsilon");
          s.measurements.add(variant, fgsm, epsilon, seed, number(line, "fgsm_top1"));
          s.measurements.add(variant, zeros, epsilon, seed, number(line, "fgsm_zero_gradients"));
          if (line.contains("pgd_steps"))  // it may be off
            s.measurements.add(variant, pgd, epsilon, seed, number(line, "pgd_top1"));
        });
  for (const std::string& quantity : {fgsm, pgd, zeros}) {
    if (s.measurements.xs(quantity).empty()) continue;
    s.tables.emplace_back(quantity, table_of(plan, s.measurements, "eps, in 1/255", quantity));
    if (quantity != zeros)
      s.plots.push_back(s.measurements.plot(quantity, "eps, in 1/255", quantity));
  }
  return s;
}

}  // namespace

const Item fig5{"fig5", "Figure 5: pruned networks",
                "The masked network keeps its accuracy up to a larger share of zeros.",
                [](Plan& plan) {
                  for (const char* scope : {"layer", "global"})
                    plan_pairs(plan, fmt::format("fig5/{}", scope),
                               {"prune", fmt::format("--scope={}", scope), "--no-save"}, 8);
                },
                show_pruned};

const Item fig6{"fig6", "Figure 6: attacked networks",
                "The masked network loses less accuracy to FGSM. It has no stronger attack.",
                [](Plan& plan) { plan_pairs(plan, "fig6/attack", {"attack"}, 160); },
                show_attacked};

}  // namespace lienet::reproduce
