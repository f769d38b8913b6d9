// Figures 7 and 10: gradients that agree, and networks that have seen blurred backgrounds.
#include <fmt/format.h>

#include "tools/reproduce/items.h"
#include "tools/reproduce/results.h"

namespace lienet::reproduce {
namespace {

// What fig10 compares: plain, and the trainings that go on from it.
constexpr const char* continued[] = {"enhanced", "control"};

Section show_gsnr(const Plan& plan) {
  Section s{.note =
                "GSNR of each convolution's weights, of the gradients of single images with "
                "running statistics in BatchNorm, mean over the convolutions and the seeds, in "
                "the epochs that [train] keep = N kept; without, in the best epoch. The paper "
                "measures a training's own gradients: of a masked network those with the mask."};
  const std::string quantity = "mean GSNR";
  for (int seed = 0; seed < plan.seeds(); ++seed)
    for_each_line(plan.out() / fmt::format("fig7/gsnr-s{}", seed) / "gsnr.jsonl",
                  [&](const auto& line) {
                    const std::string variant = variant_of(line.at("network"));
                    const double epoch = line.at("epoch").is_null() ? 0 : number(line, "epoch");
                    s.measurements.add(variant, quantity, epoch, seed, number(line, "gsnr"));
                    s.measurements.add(variant + " with mask", quantity, epoch, seed,
                                       number(line, "gsnr_masked"));
                  });
  s.plots.push_back(s.measurements.plot("GSNR of convolutions", "epoch", quantity));
  Table table{{"network", "last epoch"}};
  for (const std::string& series : s.measurements.series(quantity)) {
    const double last = s.measurements.xs(quantity).back();
    table.rows.push_back(
        {series, mean_and_deviation(s.measurements.stats(series, quantity, last), 4)});
  }
  s.tables.emplace_back(quantity, std::move(table));
  return s;
}

void plan_blurred(Plan& plan) {
  if (plan.recipe().words("enhanced").empty()) return;
  const auto evaluate = [&](const std::string& variant, int seed) {
    plan.analyse(fmt::format("fig10/{}-s{}", variant, seed),
                 {"eval", "--weights=" + plan.last(variant, seed).string(), "--json",
                  "--blur-background=0,1,2,4,8"},
                 2);
  };
  for (int seed = 0; seed < plan.seeds(); ++seed) {
    for (const char* section : continued) plan.train_on(section, seed);
    evaluate("plain", seed);
    for (const char* section : continued) evaluate(section, seed);
  }
}

Section show_blurred(const Plan& plan) {
  if (plan.recipe().words("enhanced").empty())
    return {.note = "The recipe has no section [enhanced]: no such training."};
  Section s{.note =
                "Everything outside of the objects' boxes is blurred. The enhanced networks go "
                "on from the plain ones, and see images whose least salient pixels are blurred; "
                "the control goes on as long, without blur. p: enhanced against control."};
  const std::string quantity = "top-1 %";
  const auto take = [&](const std::string& variant, int seed) {
    for_each_line(plan.out() / fmt::format("fig10/{}-s{}", variant, seed) / "output.txt",
                  [&](const auto& line) {
                    s.measurements.add(variant, quantity, number(line, "sigma"), seed,
                                       number(line, "top1"));
                  });
  };
  for (int seed = 0; seed < plan.seeds(); ++seed) {
    take("plain", seed);
    for (const char* section : continued) take(section, seed);
  }
  s.plots.push_back(s.measurements.plot("Blurred backgrounds", "sigma, pixels", quantity));
  Table table{{"sigma", "plain", "enhanced", "control", "enhanced minus control", "p"}};
  for (const double sigma : s.measurements.xs(quantity)) {
    const PairedTest test = s.measurements.test("enhanced", "control", quantity, sigma);
    std::vector<std::string> row{fmt::format("{}", sigma)};
    for (const char* variant : {"plain", "enhanced", "control"})
      row.push_back(mean_and_deviation(s.measurements.stats(variant, quantity, sigma), 2));
    row.push_back(mean_and_deviation(test.difference, 2));
    row.push_back(p_value(test));
    table.rows.push_back(std::move(row));
  }
  s.tables.emplace_back(quantity, std::move(table));
  return s;
}

}  // namespace

const Item fig7{"fig7", "Figure 7: GSNR over the training",
                "CIFAR-10: the masked network's convolutions have a higher GSNR in most epochs.",
                [](Plan& plan) { plan_pairs(plan, "fig7/gsnr", {"gsnr"}, 1, true); }, show_gsnr};

const Item fig10{"fig10", "Figure 10: networks trained with data enhancement",
                 "The enhanced network loses less accuracy as backgrounds are blurred. It has no "
                 "control that trains as long without blur.",
                 plan_blurred, show_blurred};

}  // namespace lienet::reproduce
