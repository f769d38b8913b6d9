#include "tools/lienet/trace_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "tools/lienet/trace_table.h"
#include "tools/pictures/html.h"
#include "tools/training/readable.h"

namespace lienet::commands {
namespace {

// Units of the drawing: the boxes of the ops in the middle, the lanes of what passes by other boxes
// on both sides of them, the bars outside.
constexpr double width = 480, top = 128, box_left = 118, box_width = 172, box_height = 48, gap = 18;
constexpr double box_right = box_left + box_width, bar_width = 90;
constexpr double forward_bars = bar_width, backward_bars = box_right + 28;
constexpr double down = box_left + 34, up = box_right - 34;  // where tensors go, and gradients come
constexpr double leaving = 4, arriving = 9;  // from a box to the turn of a line that passes others

constexpr std::string_view style = R"(
.trace { display: block; width: 100%; height: auto;
  font: 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.trace text { fill: #4a535d; } .trace .layer { fill: #1b1f24; font-size: 13px; font-weight: 600; }
.trace .head { fill: #1b1f24; font-size: 15px; font-weight: 600; }
.trace .box { fill: #ffffff; stroke: #8a939d; } .trace .masked { fill: #f7e3b5; }
.trace .time { fill: #0b62b0; } .trace .scheduler { fill: #c2500a; }
.trace .held { fill: #d3d9df; } .trace .own { fill: #76818c; }
.trace .down { stroke: #0b62b0; fill: none; stroke-width: 1.6; }
.trace .up { stroke: #c0294e; fill: none; stroke-width: 1.6; }
.trace .tip-down { fill: #0b62b0; } .trace .tip-up { fill: #c0294e; }
.trace .sum { fill: #ffffff; stroke: #c0294e; stroke-width: 1.6; }
@media (prefers-color-scheme: dark) {
  .trace text { fill: #b4bcc6; } .trace .layer, .trace .head { fill: #e7eaee; }
  .trace .box { fill: #191d23; stroke: #707a85; } .trace .masked { fill: #4b3d14; }
  .trace .time { fill: #6cb6ff; } .trace .scheduler { fill: #ff9b57; }
  .trace .held { fill: #3a424b; } .trace .own { fill: #8e99a5; }
  .trace .down { stroke: #6cb6ff; } .trace .tip-down { fill: #6cb6ff; }
  .trace .up { stroke: #ff7b94; } .trace .tip-up { fill: #ff7b94; }
  .trace .sum { fill: #191d23; stroke: #ff7b94; } }
)";

double top_of(size_t op) {
  return top + static_cast<double>(op) * (box_height + gap);
}
double bottom_of(size_t op) {
  return top_of(op) + box_height;
}

// "128 x 64 x 32 x 32"
std::string extents(const Shape& shape) {
  std::string text;
  for (const int64_t n : shape.dims()) text += (text.empty() ? "" : " \u00d7 ") + std::to_string(n);
  return text;
}

std::string ms(double seconds) {
  return fmt::format("{:.3g} ms", 1e3 * seconds);
}

// An op's output that another op reads.
struct Edge {
  size_t from, to;
  int lane = 0;  // in which it passes the boxes between; of neighbours none
};

// Edges that overlap are in different lanes.
std::vector<Edge> edges_of(const Trace& trace) {
  std::vector<Edge> edges;
  for (size_t to = 0; to < trace.forward.size(); ++to)
    for (const size_t from : trace.forward[to].inputs) edges.push_back({from, to});
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    return std::pair(a.from, a.to) < std::pair(b.from, b.to);
  });
  std::vector<size_t> taken;  // of each lane: where its last edge ends
  for (Edge& e : edges) {
    if (e.to == e.from + 1) continue;
    const auto free =
        std::find_if(taken.begin(), taken.end(), [&](size_t end) { return end <= e.from; });
    e.lane = static_cast<int>(free - taken.begin());
    if (free == taken.end()) taken.push_back(0);
    taken[static_cast<size_t>(e.lane)] = e.to;
  }
  return edges;
}

class Drawing {
 public:
  explicit Drawing(const Trace& trace) : trace_(trace) {
    for (const TracedOp& op : trace.forward) longest_ = std::max(longest_, op.seconds);
    for (const TracedGradient& g : trace.backward) longest_ = std::max(longest_, g.seconds());
  }

  std::string draw() {
    legend();
    for (size_t op = 0; op < trace_.forward.size(); ++op) row(op);
    for (const Edge& e : edges_of(trace_)) edge(e);
    for (size_t op = 0; op < trace_.forward.size(); ++op)
      if (const TracedGradient* g = trace_.gradient_of(op); g && g->fan_in > 1) sum_sign(op);
    ends();
    return fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" class="trace" viewBox="0 0 {} {}" role="img" )"
        R"(aria-label="One training step, op by op"><style>{}</style>{}</svg>)",
        width, top_of(trace_.forward.size()) + 16, style, body_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
    body_ += '\n';
  }
  void text(double x, double y, std::string_view anchor, std::string_view line,
            std::string_view kind = {}) {
    add(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>)", x, y, anchor,
        kind.empty() ? "" : fmt::format(" class=\"{}\"", kind), escape_html(line));
  }
  void rect(double x, double y, double w, double h, std::string_view kind) {
    add(R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)", kind, x, y, w,
        h);
  }

  void legend() {
    text(forward_bars, 18, "end", "forward \u2193", "head");
    text(backward_bars, 18, "start", "\u2191 backward", "head");
    const auto item = [&](int column, int line, std::string_view kind, std::string_view what) {
      const double x = 240.0 * column, y = 32 + 18.0 * line;
      rect(x, y, 12, 10, kind);
      text(x + 18, y + 9.5, "start", what);
    };
    item(0, 0, "time", "time of the op");
    item(1, 0, "scheduler", "of the scheduler: sum, mask, ReLU");
    item(0, 1, "held", "memory in use");
    item(1, 1, "own", "of which this tensor");
    item(0, 2, "masked", "inhibited: what the mask keeps");
    add(R"(<circle class="sum" cx="{}" cy="73" r="5.5"/><path class="up" d="M{} 73h7m-3.5 -3.5v7"/>)",
        246, 242.5);
    text(258, 77.5, "start", "parts of a gradient are added");
  }

  double length(double seconds) const { return longest_ > 0 ? bar_width * seconds / longest_ : 0; }
  double length(size_t bytes) const {
    return bar_width * static_cast<double>(bytes) / static_cast<double>(trace_.peak_in_use());
  }

  void row(size_t i) {
    const TracedOp& op = trace_.forward[i];
    const double y = top_of(i), middle = box_left + box_width / 2;
    add(R"(<g><title>{} {}: {} {}, {}</title>)", op.op, escape_html(op.layer),
        name_of(op.output.dtype), extents(op.output.shape), name_of(op.output.layout));
    if (const TracedGradient* g = trace_.gradient_of(i)) gradient(*g, y);
    rect(box_left, y, box_width, box_height, "box");
    const bool named = !op.layer.empty();
    if (named) text(middle, y + 14, "middle", op.layer, "layer");
    text(middle, y + (named ? 28.5 : 21), "middle", op.op, named ? "" : "layer");
    text(middle, y + (named ? 42 : 37), "middle", extents(op.output.shape));
    text(forward_bars, y + 10, "end", ms(op.seconds));
    rect(forward_bars - length(op.seconds), y + 15, length(op.seconds), 10, "time");
    memory(op.output, forward_bars, -1, y + 29);
    text(forward_bars, y + 49, "end", byte_size(op.output.bytes));
    add("</g>");
  }

  // Right of the box: the gradient of its output.
  void gradient(const TracedGradient& g, double y) {
    if (g.mask) rect(box_right, y - 4, width - box_right, box_height + gap - 2, "masked");
    text(backward_bars, y + 10, "start", fmt::format("{}, norm {:.1e}", ms(g.seconds()), g.norm));
    const double own = length(g.complete + g.inhibit);
    rect(backward_bars, y + 15, own, 10, "scheduler");
    rect(backward_bars + own, y + 15, length(g.backward), 10, "time");
    memory(g.gradient, backward_bars, 1, y + 29);
    if (g.mask)
      text(backward_bars, y + 49, "start",
           fmt::format("{:.0f} % kept, {:.0f} % of |G|\u00b2", 100 * (1 - g.mask->inhibited),
                       100 * g.mask->energy_kept));
  }

  // A bar that begins at x and grows to the left (-1) or to the right (1).
  void memory(const TracedTensor& t, double x, int to, double y) {
    for (const auto& [bytes, kind] : {std::pair(t.in_use, "held"), std::pair(t.bytes, "own")})
      rect(to < 0 ? x - length(bytes) : x, y, length(bytes), 7, kind);
  }

  void edge(const Edge& e) {
    const double from = bottom_of(e.from), to = top_of(e.to);
    const bool beside = e.to == e.from + 1, back = trace_.gradient_of(e.from) != nullptr;
    if (beside) {
      add(R"(<path class="down" d="M{} {}V{}"/>)", down, from, to);
      if (back) add(R"(<path class="up" d="M{} {}V{}"/>)", up, to, from);
    } else {
      const double aside = 9 + 7.0 * std::min(e.lane, 2);
      add(R"(<path class="down" d="M{} {}v{}H{}V{}H{}v{}"/>)", down, from, leaving,
          box_left - aside, to - arriving, down, arriving);
      if (back)
        add(R"(<path class="up" d="M{} {}v{}H{}V{}H{}v{}"/>)", up, to, -leaving, box_right + aside,
            from + arriving, up, -arriving);
    }
    tips(e.from, e.to, back);
  }

  void tips(size_t from, size_t to, bool back) {
    add(R"(<path class="tip-down" d="M{} {}l-3.5 -6h7z"/>)", down, top_of(to));
    if (back) add(R"(<path class="tip-up" d="M{} {}l-3.5 6h7z"/>)", up, bottom_of(from));
  }

  void sum_sign(size_t op) {
    const double y = bottom_of(op) + arriving;
    add(R"(<circle class="sum" cx="{}" cy="{}" r="5.5"/>)", up, y);
    add(R"(<path class="up" d="M{} {}h7m-3.5 -3.5v7"/>)", up - 3.5, y);
  }

  // Where images come in, and the loss goes out and its derivative by itself comes back.
  void ends() {
    const double last = bottom_of(trace_.forward.size() - 1);
    text(down, top - 24, "middle", "images");
    add(R"(<path class="down" d="M{} {}v20"/><path class="tip-down" d="M{} {}l-3.5 -6h7z"/>)", down,
        top - 20, down, top);
    add(R"(<path class="down" d="M{} {}v12"/><path class="up" d="M{} {}v12"/>)", down, last, up,
        last);
    add(R"(<path class="tip-up" d="M{} {}l-3.5 6h7z"/>)", up, last);
    text(down, last + 24, "middle", fmt::format("loss {:.4g}", trace_.loss));
    text(up, last + 24, "middle", "1");
  }

  const Trace& trace_;
  double longest_ = 0;  // seconds of the longest bar
  std::string body_;
};

}  // namespace

std::string trace_svg(const Trace& trace) {
  return Drawing(trace).draw();
}

std::string trace_html(const Trace& trace, const std::string& title, const std::string& note) {
  std::string body = fmt::format("<h1>{}</h1>\n<p class=\"note\">{}</p>\n<div class=\"tiles\">\n",
                                 escape_html(title), escape_html(note));
  body += html_tile("Loss", fmt::format("{:.4f}", trace.loss), "mean of the batch");
  body += html_tile("Forward", ms(trace.forward_seconds()),
                    fmt::format("{} ops", trace.forward.size()));
  body += html_tile("Backward", ms(trace.backward_seconds()),
                    fmt::format("{} gradients", trace.backward.size()));
  body += html_tile("Memory in use", byte_size(trace.peak_in_use()),
                    fmt::format("at most; {} before", byte_size(trace.in_use_before)));
  body += "</div>\n<h2>The step</h2>\n<figure class=\"card\" style=\"max-width:40rem\">" +
          trace_svg(trace) + "</figure>\n<h2>Forward</h2>\n" + html_of(forward_table(trace)) +
          "<h2>Backward</h2>\n" + html_of(backward_table(trace));
  return html_page(title, body + "<footer>Written by lienet.</footer>\n");
}

}  // namespace lienet::commands
