// What steps measured, by variant and seed, and what that comes to over seeds.
#pragma once

#include <string>
#include <vector>

#include "analysis/paired_test.h"
#include "tools/pictures/svg_plot.h"

namespace lienet::reproduce {

struct Measurement {
  std::string series;    // "paper", "LI-Map"
  std::string quantity;  // "top-1 %"
  double x = 0;          // epoch, sparsity, ...; 0 where there is one value alone
  int seed = 0;
  double value = 0;
};

class Measurements {
 public:
  // What is not finite was not measured, and is left out.
  void add(std::string series, std::string quantity, double x, int seed, double value);
  const std::vector<Measurement>& all() const { return all_; }

  // In the order in which they were added, each once.
  std::vector<std::string> series(const std::string& quantity) const;
  std::vector<double> xs(const std::string& quantity) const;

  // By seed, in the order of seeds.
  std::vector<double> values(const std::string& series, const std::string& quantity,
                             double x = 0) const;
  SampleStats stats(const std::string& series, const std::string& quantity, double x = 0) const;
  // Of the seeds that both have.
  PairedTest test(const std::string& series, const std::string& other, const std::string& quantity,
                  double x = 0) const;

  // A line for each series: the means at every x.
  Plot plot(const std::string& title, const std::string& x_label,
            const std::string& quantity) const;

 private:
  std::vector<Measurement> all_;
};

// "83.21 ± 0.40"; without deviation of a single value; a dash of none.
std::string mean_and_deviation(const SampleStats& stats, int decimals);
// "0.031"; "< 0.001"; a dash where there is no test.
std::string p_value(const PairedTest& test);

}  // namespace lienet::reproduce
