#include "tools/pictures/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "engine/check.h"
#include "engine/words.h"
#include "tools/pictures/html.h"

namespace lienet {
namespace {

// Units of the drawing. It is narrow so that its letters can still be read on a phone.
constexpr double width = 480, left = 62, right = 16, plot_height = 212, below = 48, row_height = 20;
constexpr double plot_width = width - left - right;

// Colours that differ in hue and lightness, at least 3:1 against the background, also to eyes that
// see fewer hues; the dashes tell lines apart without any colour.
constexpr size_t colours = 8;
constexpr std::string_view style = R"(
.plot { display: block; max-width: 100%; height: auto;
  font: 14px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.plot text { fill: #4a535d; } .plot .title { fill: #1b1f24; font-size: 16px; font-weight: 600; }
.plot .back { fill: #ffffff; } .plot .grid { stroke: #e3e6ea; fill: none; }
.plot .axis { stroke: #8a939d; fill: none; } .plot .dot { fill: currentColor; stroke: none; }
.plot .line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.plot .s0 { color: #0b62b0; } .plot .s1 { color: #c2500a; stroke-dasharray: 7 3; }
.plot .s2 { color: #00805e; stroke-dasharray: 2 2.5; } .plot .s3 { color: #a0438f; stroke-dasharray: 9 3 2 3; }
.plot .s4 { color: #80690a; } .plot .s5 { color: #2b8aa8; stroke-dasharray: 7 3; }
.plot .s6 { color: #c0294e; stroke-dasharray: 2 2.5; } .plot .s7 { color: #66686c; stroke-dasharray: 9 3 2 3; }
@media (prefers-color-scheme: dark) {
  .plot text { fill: #b4bcc6; } .plot .title { fill: #e7eaee; } .plot .back { fill: #191d23; }
  .plot .grid { stroke: #2c333b; } .plot .axis { stroke: #707a85; }
  .plot .s0 { color: #6cb6ff; } .plot .s1 { color: #ff9b57; } .plot .s2 { color: #3fcf9f; }
  .plot .s3 { color: #e58fd3; } .plot .s4 { color: #dcc04c; } .plot .s5 { color: #7fdcee; }
  .plot .s6 { color: #ff7b94; } .plot .s7 { color: #b8bcc2; } }
)";

struct Range {
  double low, high;
};

struct Axis {
  Range range;  // of the axis' scale: log10 of the values where it is logarithmic
  bool log = false;
  std::vector<double> ticks{};  // values

  double scaled(double value) const { return log ? std::log10(value) : value; }
  // 0 at the low end, 1 at the high one.
  double place(double value) const {
    return (scaled(value) - range.low) / (range.high - range.low);
  }
};

// Numbers beyond these leave no room for arithmetic with their differences and quotients.
constexpr double most = 1e100, least = 1e-100;

bool drawable(const PlotPoint& p, bool log_y) {
  return std::abs(p.x) <= most && std::abs(p.y) <= most && (!log_y || p.y >= least);
}

// What the drawable points span; low > high where there is none.
Range span_of(const Plot& plot, double PlotPoint::*coordinate) {
  Range r{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const PlotSeries& series : plot.series)
    for (const PlotPoint& p : series.points)
      if (drawable(p, plot.log_y)) {
        r.low = std::min(r.low, p.*coordinate);
        r.high = std::max(r.high, p.*coordinate);
      }
  return r;
}

// A range that is too thin for ticks, widened around its middle.
Range widened(Range r) {
  const double size = std::max(std::abs(r.low), std::abs(r.high));
  if (r.high - r.low > std::max(least, 1e-9 * size)) return r;
  const double by = size > least ? 0.1 * size : 1;
  return {r.low - by, r.high + by};
}

double nice_step(double span, int count) {
  const double raw = span / count;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double nice : {1., 2., 5.})
    if (raw <= nice * power * 1.0001) return nice * power;
  return 10 * power;
}

std::vector<double> ticks_at(double step, const Range& r) {
  std::vector<double> ticks;
  // Rounding must not lose a tick at either end. 0 is added since -0 would be written as such.
  for (double i = std::ceil(r.low / step - 1e-6); i <= r.high / step + 1e-6; ++i)
    ticks.push_back(i * step + 0.0);
  return ticks;
}

// Epochs are whole: no tick stands between them.
Axis x_axis(const Plot& plot) {
  bool whole = true;
  for (const PlotSeries& series : plot.series)
    for (const PlotPoint& p : series.points)
      whole = whole && (!drawable(p, plot.log_y) || p.x == std::floor(p.x));
  Range r = span_of(plot, &PlotPoint::x);
  if (r.low == r.high) r = {r.low - 0.5, r.high + 0.5};
  Axis axis{widened(r)};
  axis.ticks = nice_ticks(axis.range.low, axis.range.high, 7, whole ? 1 : 0);
  return axis;
}

// Ends at ticks, unless the range is given.
Axis linear_y_axis(const Plot& plot) {
  if (plot.y_range) {
    const auto [low, high] = *plot.y_range;
    return {{low, high}, false, nice_ticks(low, high, 5)};
  }
  const Range r = widened(span_of(plot, &PlotPoint::y));
  const double step = nice_step(r.high - r.low, 5);
  const Range wide{std::floor(r.low / step) * step, std::ceil(r.high / step) * step};
  return {wide, false, ticks_at(step, wide)};
}

// Ticks at powers of ten; at 1, 2 and 5 times them where the range has few powers.
Axis log_y_axis(const Plot& plot) {
  Range r = plot.y_range ? Range{plot.y_range->first, plot.y_range->second}
                         : span_of(plot, &PlotPoint::y);
  r = {std::log10(r.low), std::log10(r.high)};
  const bool fine = r.high - r.low < 2.2;
  const double first = std::floor(r.low + 1e-9), last = std::ceil(r.high - 1e-9);
  const double stride = std::max(1.0, std::ceil((last - first) / 8));
  std::vector<double> candidates;
  for (double power = first; power <= last + stride - 1; power += stride)
    for (const double nice : {1., 2., 5.})
      if (fine || nice == 1) candidates.push_back(nice * std::pow(10, power));
  candidates.push_back(std::pow(10, last + stride));  // for a range that is one power alone
  if (!plot.y_range) {
    const auto above = [](double tick, double log) { return std::log10(tick) > log + 1e-9; };
    auto begin = candidates.begin();
    while (!above(begin[1], r.low)) ++begin;
    auto end = begin + 1;
    while (!above(*end, r.high - 2e-9)) ++end;
    r = {std::log10(*begin), std::log10(*end)};
  }
  Axis axis{r, true};
  for (const double tick : candidates)
    if (std::log10(tick) >= r.low - 1e-9 && std::log10(tick) <= r.high + 1e-9)
      axis.ticks.push_back(tick);
  return axis;
}

// "0.05", "1200", "2e-7": short, but never the same for two ticks.
std::string tick_text(double value) {
  std::string text = fmt::format("{:.6g}", value);
  if (std::abs(std::stod(text) - value) > 1e-10 * std::abs(value))
    text = fmt::format("{:.10g}", value);
  const size_t e = text.find('e');
  if (e == text.npos) return text;
  return fmt::format("{}e{}", text.substr(0, e), std::stoi(text.substr(e + 1)));
}

std::string cut(std::string_view utf8, size_t letters) {
  if (letters_in(utf8) <= letters) return std::string(utf8);
  size_t bytes = 0;
  for (size_t n = 0; bytes < utf8.size(); ++bytes)
    if ((utf8[bytes] & 0xc0) != 0x80 && ++n == letters) break;
  return std::string(utf8.substr(0, bytes)) + "\u2026";
}

// Draws into the text of the element; `top` is where the axes begin.
class Drawing {
 public:
  explicit Drawing(const Plot& plot) : plot_(plot) {}

  std::string draw() {
    if (plot_.series.size() > 1) legend();
    if (const Range r = span_of(plot_, &PlotPoint::x); r.low <= r.high) {
      x_ = x_axis(plot_);
      y_ = plot_.log_y ? log_y_axis(plot_) : linear_y_axis(plot_);
      axes();
      lines();
    } else {
      text(left + plot_width / 2, top_ + plot_height / 2, "middle", "nothing was measured");
    }
    const double bottom = top_ + plot_height;
    text(left + plot_width / 2, bottom + 38, "middle", plot_.x_label);
    if (!plot_.y_label.empty())
      add(R"(<text transform='translate(14 {:.1f}) rotate(-90)' text-anchor="middle">{}</text>)",
          top_ + plot_height / 2, escape_html(plot_.y_label));
    const std::string title = escape_html(plot_.title);
    return fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {0} {1}" width="100%" )"
        R"(role="img" aria-label="{2}"><style>{3}</style>)"
        R"(<rect class="back" width="{0}" height="{1}"/>)"
        R"(<text class="title" x="12" y="22">{2}</text>{4}</svg>)",
        width, bottom + below, title, style, body_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
    body_ += '\n';
  }
  void text(double x, double y, std::string_view anchor, std::string_view what) {
    add(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)", x, y, anchor,
        escape_html(what));
  }
  double x_of(double value) const { return plot_width * x_.place(value); }
  // A line may lead far outside; what draws it has only single precision.
  double y_of(double value) const {
    return plot_height * std::clamp(1 - y_.place(value), -20.0, 20.0);
  }

  // Fills rows from the left; letters have no known width, so an ample one is assumed.
  void legend() {
    constexpr double line = 26, letter = 8.4, start = 12;
    double x = start;
    top_ -= 4;
    for (size_t i = 0; i < plot_.series.size(); ++i) {
      const std::string name = cut(plot_.series[i].name, 48);
      const double item = line + 6 + letter * static_cast<double>(letters_in(name)) + 12;
      if (x > start && x + item > width) {
        x = start;
        top_ += row_height;
      }
      add(R"(<path class="line s{}" d="M{:.1f} {:.1f}h{}"/>)", i % colours, x, top_ + 4.5, line);
      text(x + line + 6, top_ + 9, "start", name);
      x += item;
    }
    top_ += row_height + 8;
  }

  void axes() {
    const double bottom = top_ + plot_height;
    for (const double tick : y_.ticks) {
      const double y = top_ + y_of(tick);
      add(R"(<path class="grid" d="M{} {:.1f}h{}"/>)", left, y, plot_width);
      text(left - 7, y + 4.5, "end", tick_text(tick));
    }
    for (const double tick : x_.ticks) {
      const double x = left + x_of(tick);
      add(R"(<path class="grid" d="M{:.1f} {:.1f}v{}"/>)", x, top_, plot_height);
      text(x, bottom + 18, "middle", tick_text(tick));
    }
    add(R"(<path class="axis" d="M{} {:.1f}v{}h{}"/>)", left, top_, plot_height, plot_width);
  }

  // An inner <svg> cuts off what is outside; the margin leaves room for half a line's width.
  void lines() {
    constexpr double margin = 4;
    add(R"(<svg x="{}" y="{:.1f}" width="{}" height="{}" viewBox="{} {} {} {}">)", left - margin,
        top_ - margin, plot_width + 2 * margin, plot_height + 2 * margin, -margin, -margin,
        plot_width + 2 * margin, plot_height + 2 * margin);
    for (size_t s = 0; s < plot_.series.size(); ++s) {
      std::vector<PlotPoint> run;
      for (const PlotPoint& p : plot_.series[s].points) {
        if (drawable(p, plot_.log_y)) {
          run.push_back(p);
        } else {
          line(run, s % colours);
          run.clear();
        }
      }
      line(run, s % colours);
    }
    add("</svg>");
  }

  void line(const std::vector<PlotPoint>& run, size_t colour) {
    if (run.size() == 1)
      add(R"(<circle class="dot s{}" cx="{:.1f}" cy="{:.1f}" r="3.5"/>)", colour, x_of(run[0].x),
          y_of(run[0].y));
    if (run.size() < 2) return;
    std::string points;
    for (const PlotPoint& p : run)
      fmt::format_to(std::back_inserter(points), "{}{:.1f},{:.1f}", points.empty() ? "" : " ",
                     x_of(p.x), y_of(p.y));
    add(R"(<polyline class="line s{}" points="{}"/>)", colour, points);
  }

  const Plot& plot_;
  double top_ = 42;  // where the plot begins
  Axis x_{}, y_{};
  std::string body_;
};

}  // namespace

std::vector<double> nice_ticks(double low, double high, int count, double min_step) {
  return ticks_at(std::max(min_step, nice_step(high - low, count)), {low, high});
}

std::string svg_plot(const Plot& plot) {
  if (plot.y_range) {
    const auto [low, high] = *plot.y_range;
    const bool fits = low < high && drawable({0, low}, plot.log_y) &&
                      drawable({0, high}, plot.log_y) && widened({low, high}).low == low;
    if (!fits)
      fail("plot {:?}: y from {} to {}; expected {} smaller and a larger number", plot.title, low,
           high, plot.log_y ? "a positive" : "a");
  }
  return Drawing(plot).draw();
}

}  // namespace lienet
