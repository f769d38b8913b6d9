#include "tools/reproduce/measurements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace lienet::reproduce {
namespace {

template <class T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

std::map<int, double> by_seed(const std::vector<Measurement>& all, const std::string& series,
                              const std::string& quantity, double x) {
  std::map<int, double> values;
  for (const Measurement& m : all)
    if (m.series == series && m.quantity == quantity && m.x == x) values[m.seed] = m.value;
  return values;
}

}  // namespace

void Measurements::add(std::string series, std::string quantity, double x, int seed, double value) {
  if (std::isfinite(value))
    all_.push_back({std::move(series), std::move(quantity), x, seed, value});
}

std::vector<std::string> Measurements::series(const std::string& quantity) const {
  std::vector<std::string> names;
  for (const Measurement& m : all_)
    if (m.quantity == quantity) add_once(names, m.series);
  return names;
}

std::vector<double> Measurements::xs(const std::string& quantity) const {
  std::vector<double> xs;
  for (const Measurement& m : all_)
    if (m.quantity == quantity) add_once(xs, m.x);
  return xs;
}

std::vector<double> Measurements::values(const std::string& series, const std::string& quantity,
                                         double x) const {
  std::vector<double> values;
  for (const auto& [seed, value] : by_seed(all_, series, quantity, x)) values.push_back(value);
  return values;
}

SampleStats Measurements::stats(const std::string& series, const std::string& quantity,
                                double x) const {
  return stats_of(values(series, quantity, x));
}

PairedTest Measurements::test(const std::string& series, const std::string& other,
                              const std::string& quantity, double x) const {
  std::vector<double> a, b;
  const auto others = by_seed(all_, other, quantity, x);
  for (const auto& [seed, value] : by_seed(all_, series, quantity, x))
    if (const auto found = others.find(seed); found != others.end()) {
      a.push_back(value);
      b.push_back(found->second);
    }
  return paired_test(a, b);
}

Plot Measurements::plot(const std::string& title, const std::string& x_label,
                        const std::string& quantity) const {
  Plot plot{.title = title, .x_label = x_label, .y_label = quantity};
  for (const std::string& name : series(quantity)) {
    PlotSeries line{name, {}};
    for (const double x : xs(quantity))
      if (const SampleStats s = stats(name, quantity, x); s.count > 0)
        line.points.push_back({x, s.mean});
    plot.series.push_back(std::move(line));
  }
  return plot;
}

std::string mean_and_deviation(const SampleStats& s, int decimals) {
  if (s.count == 0) return "–";
  if (s.count == 1) return fmt::format("{:.{}f}", s.mean, decimals);
  return fmt::format("{:.{}f} ± {:.{}f}", s.mean, decimals, s.deviation, decimals);
}

std::string p_value(const PairedTest& test) {
  if (std::isnan(test.p)) return "–";
  return test.p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", test.p);
}

}  // namespace lienet::reproduce
