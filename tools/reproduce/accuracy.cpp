// Table 1, table 2 and figure 3: how good the networks are.
#include <fmt/format.h>

#include "tools/reproduce/items.h"
#include "tools/reproduce/results.h"
#include "tools/training/measure.h"

namespace lienet::reproduce {
namespace {

constexpr const char* top1 = "top-1 %";
constexpr const char* speed = "images/s of training";

void plan_variants(Plan& plan, const std::vector<Variant>& variants) {
  for (int seed = 0; seed < plan.seeds(); ++seed)
    for (const Variant& v : variants) plan.train(v, seed);
}

Measurements last_epochs(const Plan& plan, const std::vector<Variant>& variants) {
  Measurements m;
  for (const Variant& v : variants)
    for (int seed = 0; seed < plan.seeds(); ++seed) {
      const std::vector<EpochRecord> epochs = epochs_of(plan.run(v.name, seed));
      m.add(v.name, top1, 0, seed, epochs.back().metrics.test_score);
      std::vector<double> speeds;
      for (const EpochRecord& e : epochs) speeds.push_back(e.metrics.images_per_second);
      m.add(v.name, speed, 0, seed, median(speeds));
    }
  return m;
}

// A row for each variant: its accuracy, and how it differs from the others seed by seed.
Section accuracy(const Plan& plan, const std::vector<Variant>& variants) {
  Section s{.note = fmt::format(
                "Test accuracy after the last epoch, mean and standard deviation over {} seeds. "
                "Differences are of equal seeds, which begin with the same weights and see the "
                "same images; p is of the two-sided paired t-test.",
                plan.seeds())};
  s.measurements = last_epochs(plan, variants);
  const Measurements& m = s.measurements;
  std::vector<std::string> beside{"plain"};
  for (const char* control : {"random", "center"})
    for (const Variant& v : variants)
      if (v.name == control) beside.push_back(v.name);
  Table table{{"variant", top1, "minus plain"}};
  for (const std::string& other : beside) table.columns.push_back("p vs " + other);
  table.columns.insert(table.columns.end(), {"time of a step, plain = 1", "--inhibit"});
  const double plain = m.stats("plain", speed).mean;
  for (const Variant& v : variants) {
    const PairedTest difference = m.test(v.name, "plain", top1);
    std::vector<std::string> row{
        v.name, mean_and_deviation(m.stats(v.name, top1), 2),
        v.name == "plain" ? "" : mean_and_deviation(difference.difference, 2)};
    for (const std::string& other : beside)
      row.push_back(v.name == other ? "" : p_value(m.test(v.name, other, top1)));
    row.push_back(fmt::format("{:.2f}", plain / m.stats(v.name, speed).mean));
    row.push_back(v.inhibit);
    table.rows.push_back(std::move(row));
  }
  s.tables.emplace_back("", std::move(table));
  return s;
}

Section curves(const Plan& plan) {
  Section s{.note = "Means over the seeds."};
  for (const Variant& v : plan.recipe().variants)
    for (int seed = 0; seed < plan.seeds(); ++seed)
      for (const EpochRecord& e : epochs_of(plan.run(v.name, seed))) {
        s.measurements.add(v.name, "test top-1 %", e.metrics.epoch, seed, e.metrics.test_score);
        s.measurements.add(v.name, "train top-1 %", e.metrics.epoch, seed, e.metrics.train_score);
      }
  for (const char* quantity : {"test top-1 %", "train top-1 %"})
    s.plots.push_back(s.measurements.plot(quantity, "epoch", quantity));
  return s;
}

}  // namespace

const Item table1{
    "table1", "Table 1: accuracy, plain and masked",
    "CIFAR-100, ResNet-18: 78.2 % plain, 80.26 % masked. ImageNet, ResNet-50: 75.5 %, 76.01 %.",
    [](Plan& plan) { plan_variants(plan, plan.recipe().plain_and_masked()); },
    [](const Plan& plan) { return accuracy(plan, plan.recipe().plain_and_masked()); }};

const Item table2{
    "table2", "Table 2: accuracy without parts of the mask, and of the controls",
    "CIFAR-100, ResNet-18: 80.26 % masked; 75.86 % without lateral inhibition; 78.97 % without "
    "minicolumns, 3 times as slow. It has no control with a random or a fixed mask.",
    [](Plan& plan) { plan_variants(plan, plan.recipe().variants); },
    [](const Plan& plan) { return accuracy(plan, plan.recipe().variants); }};

const Item fig3{"fig3", "Figure 3: accuracy by epoch", "The curves of table 2's networks.",
                [](Plan& plan) { plan_variants(plan, plan.recipe().variants); }, curves};

}  // namespace lienet::reproduce
