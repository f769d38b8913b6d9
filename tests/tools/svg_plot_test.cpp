#include "tools/pictures/svg_plot.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/error.h"
#include "occurrences.h"

using namespace lienet;
using test::count;

namespace {

// Every element that begins also ends, in the right order; no bare & or quote between.
bool well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t at = 0; at < xml.size(); ++at) {
    if (xml[at] == '&' && xml.find(';', at) > at + 6) return false;
    if (xml[at] != '<') continue;
    const size_t end = xml.find('>', at);
    const std::string tag = xml.substr(at + 1, end - at - 1);
    if (end == xml.npos || tag.find('<') != tag.npos) return false;
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag[0] == '/') {
      if (open.empty() || '/' + open.back() != tag) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty();
}

// All numbers of "x,y x,y".
std::vector<double> numbers_of(const std::string& svg, const std::string& attribute) {
  const size_t begin = svg.find(attribute + "=\"") + attribute.size() + 2;
  std::string text = svg.substr(begin, svg.find('"', begin) - begin);
  std::replace(text.begin(), text.end(), ',', ' ');
  std::vector<double> numbers;
  for (size_t at = 0, used = 0; at < text.size(); at += used + 1)
    numbers.push_back(std::stod(text.substr(at), &used));
  return numbers;
}

bool says(const std::string& svg, const std::string& text) {
  return svg.find(">" + text + "</text>") != svg.npos;
}

const Plot loss{.title = "Loss",
                .x_label = "epoch",
                .y_label = "cross entropy",
                .series = {{"test", {{1, 4}, {2, 2}, {3, 0.5}}}, {"train", {{1, 5}, {3, 0}}}}};

}  // namespace

TEST_CASE("nice_ticks: multiples of 1, 2 and 5") {
  using List = std::vector<double>;
  CHECK(nice_ticks(0, 10, 5) == List{0, 2, 4, 6, 8, 10});
  CHECK(nice_ticks(0, 1, 2) == List{0, 0.5, 1});
  CHECK(nice_ticks(-3, 3, 6) == List{-3, -2, -1, 0, 1, 2, 3});
  CHECK(nice_ticks(1, 3, 7, 1) == List{1, 2, 3});
  CHECK(nice_ticks(1, 200, 7) == List{50, 100, 150, 200});
  const List small = nice_ticks(1e-9, 4e-9, 3);
  REQUIRE(small.size() == 4);
  CHECK(small[0] == doctest::Approx(1e-9).scale(0));
  CHECK(small[3] == doctest::Approx(4e-9).scale(0));
  CHECK(!std::signbit(nice_ticks(-1, 1, 2)[1]));
}

TEST_CASE("svg_plot: lines, axes and a legend") {
  const std::string svg = svg_plot(loss);
  CHECK(well_formed(svg));
  CHECK(svg.substr(0, 41) == "<svg xmlns=\"http://www.w3.org/2000/svg\" c");
  CHECK(count(svg, "<polyline ") == 2);
  CHECK(count(svg, "<circle ") == 0);
  for (const char* text : {"Loss", "epoch", "cross entropy", "test", "train", "0", "5", "3"})
    CHECK(says(svg, text));
  CHECK(!says(svg, "1.5"));  // epochs are whole
  // From the upper left to the lower right corner of the axes: 3 points, x evenly spaced.
  const std::vector<double> p = numbers_of(svg, "points");
  REQUIRE(p.size() == 6);
  CHECK(p[0] == 0);
  CHECK(p[2] == doctest::Approx(p[4] / 2));
  CHECK(p[3] - p[1] == doctest::Approx((p[5] - p[1]) * 2 / 3.5).epsilon(0.01));

  Plot one = loss;
  one.series.pop_back();
  CHECK(!says(svg_plot(one), "test"));  // the title says what a single line is
}

TEST_CASE("svg_plot: points that are none are gaps, lonely ones dots") {
  Plot p = loss;
  p.series = {{"a", {{1, 1}, {2, 2}, {3, NAN}, {4, 1}, {5, INFINITY}, {6, 3}, {7, 1}, {8, 1e300}}}};
  const std::string svg = svg_plot(p);
  CHECK(well_formed(svg));
  CHECK(count(svg, "<polyline ") == 2);
  CHECK(count(svg, "<circle ") == 1);
  CHECK(count(svg, "nan") == 0);
  CHECK(count(svg, "inf") == 0);

  p.log_y = true;
  p.series = {{"a", {{1, 1}, {2, 0}, {3, -1}, {4, 1}, {5, 2}}}};
  const std::string log = svg_plot(p);
  CHECK(count(log, "<polyline ") == 1);
  CHECK(count(log, "<circle ") == 1);
  CHECK(count(log, "nan") == 0);
}

TEST_CASE("svg_plot: nothing, one point, and constant lines are plots, too") {
  for (const std::vector<PlotPoint>& points :
       std::vector<std::vector<PlotPoint>>{{{1, 0}},
                                           {{7, 1e-90}, {8, 1e-90}},
                                           {{1, 1e6}, {2, 1e6 + 10}},
                                           {{1, -3}, {2, -3}},
                                           {{1, 1e15}, {2, 1e15 + 0.125}},
                                           {{0, 1e100}, {1, -1e100}},
                                           {{1e9, 1e-30}, {1e9 + 1, 1}},
                                           {{5, 1000}, {5, 1000}}})
    for (const bool log_y : {false, true}) {
      if (log_y && points[0].y <= 0) continue;
      const std::string svg =
          svg_plot({.title = "t", .x_label = "x", .series = {{"a", points}}, .log_y = log_y});
      CAPTURE(svg);
      CHECK(well_formed(svg));
      CHECK(count(svg, "nan") + count(svg, "inf") == 0);
      CHECK(count(svg, "<polyline ") + count(svg, "<circle ") == 1);
      CHECK(count(svg, "class=\"grid\"") >= 2);
      CHECK(count(svg, "class=\"grid\"") <= 24);
    }
  const std::string far =
      svg_plot({.title = "t", .x_label = "x", .series = {{"a", {{1, 1e6}, {2, 1e6 + 10}}}}});
  CHECK(says(far, "1000002"));
  for (const double tiny : {5e-324, 1e-300}) {
    Plot p{.title = "t", .x_label = "x", .series = {{"a", {{1, tiny}, {2, 0}}}}};
    CHECK(count(svg_plot(p), "<polyline ") == 1);
    p.log_y = true;
    CHECK(says(svg_plot(p), "nothing was measured"));
  }
  for (const bool log_y : {false, true}) {
    const std::string none = svg_plot(
        {.title = "t", .x_label = "x", .series = {{"a", {{1, NAN}}}, {"b", {}}}, .log_y = log_y});
    CHECK(well_formed(none));
    CHECK(says(none, "nothing was measured"));
    CHECK(count(none, "nan") == 0);
  }
}

TEST_CASE("svg_plot: a logarithmic axis") {
  Plot p{
      .title = "t", .x_label = "x", .series = {{"a", {{0, 1}, {1, 10}, {2, 100}}}}, .log_y = true};
  const std::string svg = svg_plot(p);
  const std::vector<double> xy = numbers_of(svg, "points");
  REQUIRE(xy.size() == 6);
  CHECK(xy[3] - xy[1] == doctest::Approx(xy[5] - xy[3]));
  for (const char* tick : {"1", "2", "5", "10", "20", "50", "100"}) CHECK(says(svg, tick));

  p.series[0].points = {{0, 1e-8}, {1, 1e8}};
  const std::string wide = svg_plot(p);
  CHECK(says(wide, "1e-8"));
  CHECK(!says(wide, "2e-8"));
}

TEST_CASE("svg_plot: a given range") {
  Plot p = loss;
  p.y_range = {0, 1};
  const std::string svg = svg_plot(p);
  CHECK(says(svg, "0.8"));
  CHECK(!says(svg, "5"));
  CHECK(numbers_of(svg, "points")[1] < 0);  // above the plot, cut off by the inner <svg>
  p.series[0].points[0].y = 1e99;
  CHECK(numbers_of(svg_plot(p), "points")[1] > -1e5);

  for (const auto& range : {std::pair(1.0, 1.0), std::pair(2.0, 1.0), std::pair(0.0, 5e-324),
                            std::pair(1.0, 1.0 + 1e-12), std::pair(0.0, double{NAN}),
                            std::pair(0.0, double{INFINITY})}) {
    p.y_range = range;
    CHECK_THROWS_AS(svg_plot(p), Error);
  }
  p.y_range = {0, 1};
  p.log_y = true;
  CHECK_THROWS_WITH_AS(
      svg_plot(p), "plot \"Loss\": y from 0 to 1; expected a positive smaller and a larger number",
      Error);
  p.y_range = {0.1, 10};
  CHECK(says(svg_plot(p), "0.1"));
}

TEST_CASE("svg_plot: names are text, however long") {
  Plot p = loss;
  p.title = "<script>alert('&')</script>";
  p.y_label = "\"y\"";
  for (PlotSeries& s : p.series) s.name = "</svg><b>\x01" + std::string(100, 'x');
  const std::string svg = svg_plot(p);
  CHECK(well_formed(svg));
  CHECK(count(svg, "<script") + count(svg, "<b>") + count(svg, "\x01") == 0);
  CHECK(count(svg, "&lt;script&gt;") == 2);
  CHECK(count(svg, std::string(60, 'x')) == 0);
}
