// Table 3, figure 4 and both appendices: where the networks look.
#include <fmt/format.h>

#include <array>
#include <set>

#include "tools/reproduce/items.h"
#include "tools/reproduce/results.h"
#include "tools/training/watch_files.h"

namespace lienet::reproduce {
namespace {

constexpr const char* iou = "mean IoU";

std::array<std::string, 2> both(const Plan& plan) {
  return {"plain", plan.recipe().masked};
}

std::string folder(const char* item, const std::string& variant, int seed) {
  return fmt::format("{}/{}-s{}", item, variant, seed);
}

// f(variant, seed) of both networks.
template <class F>
void for_both(const Plan& plan, F f) {
  for (const Variant& v : plan.recipe().plain_and_masked())
    for (int seed = 0; seed < plan.seeds(); ++seed) f(v, seed);
}

void plan_localize(Plan& plan) {
  for_both(plan, [&](const Variant& v, int seed) {
    plan.train(v, seed);
    const std::string name = folder("table3", v.name, seed);
    plan.analyse(name,
                 {"localize", "--weights=" + plan.last(v.name, seed).string(), "--json",
                  "--out=" + (plan.out() / name).string()},
                 3);
  });
}

// A method on a network is a series.
Section show_localize(const Plan& plan) {
  Section s{.note =
                "The rectangle around the strongest 15 % of a map against the object's box, "
                "mean over the test images that lienet localize was given, then mean and "
                "standard deviation over the seeds. p: plain against masked, seed by seed."};
  Measurements& m = s.measurements;
  std::set<std::string> methods;
  for_both(plan, [&](const Variant& v, int seed) {
    for_each_line(plan.out() / folder("table3", v.name, seed) / "output.txt",
                  [&](const auto& found) {
                    for (const auto& [key, row] : found.at("methods").items()) {
                      methods.insert(key);
                      m.add(key + " on " + v.name, iou, 0, seed, number(row.at("iou"), "mean"));
                    }
                  });
  });
  const auto [plain, masked] = both(plan);
  Table table{{"method", plain, masked, "p"}};
  for (const std::string& method : methods) {
    const std::string a = method + " on " + plain, b = method + " on " + masked;
    table.rows.push_back({method, mean_and_deviation(m.stats(a, iou), 3),
                          mean_and_deviation(m.stats(b, iou), 3), p_value(m.test(b, a, iou))});
  }
  s.tables.emplace_back("Mean IoU", std::move(table));
  return s;
}

void plan_pictures(Plan& plan) {
  for (const Variant& v : plan.recipe().plain_and_masked()) {
    plan.train(v, 0);
    const std::string name = "fig4/" + v.name;
    plan.analyse(name,
                 {"saliency", "--weights=" + plan.last(v.name, 0).string(), "--images=8",
                  "--class=label", "--out=" + (plan.out() / name).string()},
                 3);
  }
}

Section show_pictures(const Plan& plan) {
  Section s{.note = "The first test images, explained by the logit of their own class; seed 0."};
  for (const std::string& variant : both(plan))
    s.pictures.emplace_back(variant, picture(plan.out() / "fig4" / variant / "grid.png"));
  return s;
}

void plan_randomize(Plan& plan) {
  for_both(plan, [&](const Variant& v, int seed) {
    plan.train(v, seed);
    const std::string name = folder("appendixA", v.name, seed);
    plan.analyse(name,
                 {"randomize", "--weights=" + plan.last(v.name, seed).string(),
                  fmt::format("--seed={}", seed), "--out=" + (plan.out() / name).string()},
                 100);
  });
}

Section show_randomize(const Plan& plan) {
  Section s{.note =
                "Layers are drawn anew one after the other, from the logits to the stem. A "
                "method whose maps stay alike shows the image, not what was learned. Means "
                "over the seeds."};
  const auto [plain, masked] = both(plan);
  for (const std::string& variant : {plain, masked}) {
    const std::string quantity = "Spearman's correlation, " + variant;
    for (int seed = 0; seed < plan.seeds(); ++seed) {
      int drawn = 0;
      for_each_line(
          plan.out() / folder("appendixA", variant, seed) / "stages.jsonl", [&](const auto& stage) {
            for (const auto& [method, figures] : stage.at("methods").items())
              s.measurements.add(method, quantity, drawn, seed, number(figures, "spearman"));
            ++drawn;
          });
    }
    s.plots.push_back(s.measurements.plot("Maps of " + variant, "layers drawn anew", quantity));
  }
  return s;
}

// Of one seed: what is watched is there once [train] has watch = N.
Section show_watched(const Plan& plan) {
  Section s{.note =
                "For a few test images, after the last epoch, seed 0: the norms D of a "
                "minicolumn, their response delta, the mask, the share of sets that keep each "
                "position, and LI-Map. The recipe's [train] says of how many: watch = N."};
  for (const std::string& variant : both(plan))
    if (const auto pictures = WatchFiles(plan.run(variant, 0)).pictures())
      s.pictures.emplace_back(fmt::format("{}, epoch {}", variant, pictures->epoch),
                              pictures->latest);
  return s;
}

}  // namespace

const Item table3{"table3", "Table 3: objects found by saliency maps",
                  "VOC 2007: Grad-CAM .44, Grad-CAM++ .45, LI-Map .50. ImageNet: .46, .46, .49. It "
                  "has no baseline that does not look at the image.",
                  plan_localize, show_localize};

const Item fig4{"fig4", "Figure 4: maps side by side",
                "LI-Maps lie closer to the object than the CAMs.", plan_pictures, show_pictures};

const Item appendix_a{
    "appendixA", "Appendix A: maps as the network forgets",
    "LI-Map changes as layers are drawn anew; guided backpropagation hardly does.", plan_randomize,
    show_randomize};

const Item appendix_b{
    "appendixB", "Appendix B: what the mask does to gradients",
    "Gradients, their responses and masks, layer by layer.",
    [](Plan& plan) { for_both(plan, [&](const Variant& v, int seed) { plan.train(v, seed); }); },
    show_watched};

}  // namespace lienet::reproduce
