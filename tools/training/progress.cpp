#include "tools/training/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tools/training/readable.h"

namespace lienet {
namespace {

// Three decimals, unless a number that large would only push the rest off the line.
std::string loss_text(double loss) {
  return std::abs(loss) < 1e4 ? fmt::format("{:.3f}", loss) : fmt::format("{:.3g}", loss);
}

// Nothing where it was not measured.
std::string score_text(Metric metric, double score) {
  return std::isnan(score) ? "" : fmt::format("{} {:.1f} %", title_of(metric), score);
}

std::string epoch_of(int epoch, int epochs) {
  const std::string last = std::to_string(epochs);
  return fmt::format("epoch {:>{}}/{}", epoch, last.size(), last);
}

// "[=====>    ]" in `width` columns, at least 2.
std::string bar(double share, int width) {
  const int inside = width - 2;
  const int full = static_cast<int>(std::floor(share * inside));
  std::string text = std::string(full, '=') + std::string(inside - full, ' ');
  if (full < inside) text[full] = '>';
  return '[' + text + ']';
}

int columns_of(std::FILE* terminal) {
  winsize size{};
  const bool known = ioctl(fileno(terminal), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(const ProgressState& s, int width) {
  const double share =
      s.steps > 0 ? std::clamp(static_cast<double>(s.step) / static_cast<double>(s.steps), 0.0, 1.0)
                  : 0.0;
  struct Part {
    int importance;
    std::string text;
  };
  constexpr int bar_importance = 3, shortest_bar = 4, longest_bar = 32;
  std::vector<Part> parts = {
      {5, epoch_of(s.epoch, s.epochs)},
      {bar_importance, ""},  // drawn when it is known how much room is left
      {4, "loss " + loss_text(s.loss)},
      {1, score_text(s.metric, s.score)},
      {0, with_commas(s.images_per_second) + " images/s"},
      {2, duration(s.seconds_left) + " left"},
  };
  std::erase_if(parts,
                [](const Part& p) { return p.text.empty() && p.importance != bar_importance; });
  constexpr std::string_view gap = "  ";
  const auto columns = [&] {
    size_t n = 0;
    for (const Part& part : parts)
      n += gap.size() + (part.importance == bar_importance ? shortest_bar : part.text.size());
    return static_cast<int>(n - gap.size());
  };
  for (int least = 0; least < 5 && columns() > width; ++least)
    std::erase_if(parts, [&](const Part& part) { return part.importance == least; });
  const int free = std::max(0, width - columns());
  std::string line;
  for (const Part& part : parts) {
    if (!line.empty()) line += gap;
    line += part.importance == bar_importance
                ? bar(share, std::min(longest_bar, shortest_bar + free))
                : part.text;
  }
  return line.substr(0, static_cast<size_t>(std::max(0, width)));
}

std::string summary_line(const EpochMetrics& m, int epochs) {
  const auto measured = [&](double loss, double score) {
    return fmt::format("loss {}{}{}", loss_text(loss), std::isnan(score) ? "" : "  ",
                       score_text(m.metric, score));
  };
  std::string line = epoch_of(m.epoch, epochs) + "  " + measured(m.train_loss, m.train_score);
  if (!std::isnan(m.test_loss)) line += "  test " + measured(m.test_loss, m.test_score);
  const bool tiny = m.learning_rate > 0 && m.learning_rate < 1e-3;
  line += tiny ? fmt::format("  lr {:.2e}", m.learning_rate)
               : fmt::format("  lr {:.4f}", m.learning_rate);
  return line + fmt::format("  {:.1f} s  {} images/s", m.seconds, with_commas(m.images_per_second));
}

void MovingAverage::add(double value) {
  ++count_;
  const double weight = std::max(share_, 1 / static_cast<double>(count_));
  value_ = count_ == 1 ? value : value_ + weight * (value - value_);
}

void TimeLeft::begin_epoch(double now) {
  last_ = now;
}
void TimeLeft::step(double now) {
  step_.add(now - std::exchange(last_, now));
}
void TimeLeft::end_epoch(double now) {
  between_.add(now - std::exchange(last_, now));
}

double TimeLeft::seconds(int64_t steps, int64_t epoch_ends) const {
  const double between = std::isnan(between_.value()) ? 0 : between_.value();
  return static_cast<double>(steps) * step_.value() + static_cast<double>(epoch_ends) * between;
}

Progress::Progress(std::FILE* out, bool terminal, int epochs, int64_t steps_per_epoch,
                   std::function<double()> clock)
    : out_(out), terminal_(terminal), clock_(std::move(clock)) {
  state_.epochs = epochs;
  state_.steps = steps_per_epoch;
}

void Progress::begin_epoch(int epoch, int64_t steps_done) {
  state_.epoch = epoch;
  state_.step = steps_done;
  time_left_.begin_epoch(clock_());
}

void Progress::step(int64_t images, double loss, double score, Metric metric) {
  const double now = clock_();
  time_left_.step(now);
  images_.add(static_cast<double>(images));
  ++state_.step;
  if (!terminal_ || now - drawn_ < 0.1) return;
  const int64_t epochs_after = state_.epochs - state_.epoch;
  state_.loss = loss;
  state_.score = score;
  state_.metric = metric;
  state_.images_per_second = images_.value() / time_left_.seconds_per_step();
  state_.seconds_left = time_left_.seconds(state_.steps - state_.step + epochs_after * state_.steps,
                                           epochs_after + 1);
  // The last column stays empty: some terminals go on to the next line when it is written.
  write("\r" + progress_line(state_, columns_of(out_) - 1) + "\x1b[K");
  drawn_ = now;
}

void Progress::end_epoch(const EpochMetrics& metrics) {
  time_left_.end_epoch(clock_());
  clear();
  write(summary_line(metrics, state_.epochs) + '\n');
}

void Progress::write(const std::string& text) {
  std::fputs(text.c_str(), out_);
  std::fflush(out_);
}

void Progress::clear() {
  if (std::isnan(drawn_)) return;
  write("\r\x1b[K");
  drawn_ = not_measured;
}

}  // namespace lienet
