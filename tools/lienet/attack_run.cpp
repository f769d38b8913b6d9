#include "tools/lienet/attack_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/check.h"
#include "engine/file.h"
#include "engine/transfer.h"
#include "tools/pictures/attack_picture.h"
#include "tools/training/json_line.h"

namespace lienet::commands {
namespace {

constexpr double shown_epsilon = 8;  // where it is among those asked for, else the largest

double share(int64_t part, int64_t all) {
  return all ? 100 * static_cast<double>(part) / static_cast<double>(all) : 0;
}

}  // namespace

// f(chunk) for every `size` images.
template <class F>
void AttackRun::in_chunks(std::span<const int64_t> numbers, int64_t size, F f) const {
  while (!numbers.empty()) {
    const size_t count = std::min(numbers.size(), static_cast<size_t>(size));
    Chunk chunk{numbers.first(count), pixels_of(ctx_, *pictures_.set, numbers.first(count)),
                ctx_.empty_on_host({static_cast<int64_t>(count)}, DType::i64)};
    for (size_t i = 0; i < count; ++i)
      chunk.labels.data<int64_t>()[i] = pictures_.set->labels[static_cast<size_t>(numbers[i])];
    f(chunk);
    numbers = numbers.subspan(count);
  }
}

AttackRun::AttackRun(Context& ctx, std::span<const Network> networks, const ImageInputs& pictures,
                     const AttackRunOptions& options)
    : ctx_(ctx), networks_(networks), pictures_(pictures), options_(options) {
  std::vector<int64_t> all(static_cast<size_t>(pictures.count));
  std::iota(all.begin(), all.end(), 0);
  in_chunks(all, options.batch, [&](const Chunk& chunk) {
    std::vector<uint8_t> right(chunk.numbers.size(), 1);
    for (const Network& network : networks_) {
      const std::vector<uint8_t> own = right_of(network, chunk.pixels, chunk.labels);
      for (size_t i = 0; i < right.size(); ++i) right[i] = right[i] && own[i];
    }
    for (size_t i = 0; i < right.size(); ++i)
      if (right[i]) right_.push_back(chunk.numbers[i]);
  });
  if (right_.empty())
    fail("of {} images of {} there is none that {} right", pictures.count, pictures.name,
         networks.size() == 1 ? "the network gets" : "all networks get");
}

std::vector<uint8_t> AttackRun::right_of(const Network& network, const Tensor& pixels,
                                         const Tensor& labels) const {
  Tape tape = Tape::inference(ctx_);
  const Tensor x = to_device(ctx_, normalise(ctx_, pixels, network.description.stats));
  return classified_right(ctx_, (*network.model)(tape, tape.constant(x)).tensor(), labels);
}

LossGradient AttackRun::gradient_of(const Network& network, const Chunk& chunk) const {
  return loss_gradient(ctx_, *network.model, chunk.pixels, chunk.labels, network.description.stats,
                       options_.inhibit != "off");
}

PgdImages AttackRun::pgd_of(const Network& network, const Chunk& chunk, double epsilon) const {
  const Tensor start =
      options_.start ? random_start(ctx_, chunk.pixels, epsilon, *options_.start, chunk.numbers)
                     : chunk.pixels;
  return pgd(ctx_, *network.model, chunk.pixels, start, chunk.labels, network.description.stats,
             {.epsilon = epsilon,
              .steps = options_.pgd_steps,
              .batch = options_.batch,
              .inhibit = options_.inhibit != "off"});
}

void AttackRun::all(const std::function<void(const std::string&)>& each) {
  constexpr int64_t batches = 16;  // PGD keeps its batch full with the images of so many
  for (size_t n = 0; n < networks_.size(); ++n) {
    const Network& network = networks_[n];
    std::vector<Row> rows;
    for (const double epsilon : options_.epsilons) rows.push_back({n, epsilon});
    in_chunks(right_, options_.batch, [&](const Chunk& chunk) {
      const Tensor gradient = gradient_of(network, chunk).gradient;
      for (Row& row : rows) {
        row.slopes += gradient.size();
        row.zeros += count_zeros(ctx_, gradient);
        const std::vector<uint8_t> right =
            right_of(network, fgsm(ctx_, chunk.pixels, gradient, row.epsilon / 255), chunk.labels);
        row.fgsm += std::count(right.begin(), right.end(), 1);
      }
    });
    if (options_.pgd_steps > 0)
      in_chunks(right_, batches * options_.batch, [&](const Chunk& chunk) {
        for (Row& row : rows) {
          const PgdImages found = pgd_of(network, chunk, row.epsilon / 255);
          row.pgd += std::count(found.fooled.begin(), found.fooled.end(), 0);
          row.pgd_slopes += found.slopes;
          row.pgd_zeros += found.zeros;
        }
      });
    for (const Row& row : rows) {
      rows_.push_back(row);
      each(json_of(row));
    }
  }
}

double AttackRun::percent(int64_t count) const {
  return share(count, images());
}

std::string AttackRun::json_of(const Row& row) const {
  nlohmann::ordered_json line{{"network", networks_[row.network].name},
                              {"epsilon", row.epsilon},
                              {"images", images()},
                              {"fgsm_top1", percent(row.fgsm)},
                              {"fgsm_zero_gradients", share(row.zeros, row.slopes)}};
  if (options_.pgd_steps > 0) {
    line["pgd_steps"] = options_.pgd_steps;
    line["pgd_top1"] = percent(row.pgd);
    line["pgd_zero_gradients"] = nullptr;  // where no gradient was taken
    if (row.pgd_slopes) line["pgd_zero_gradients"] = share(row.pgd_zeros, row.pgd_slopes);
  }
  line["inhibit"] = options_.inhibit;
  return json_line(line);
}

Table AttackRun::table() const {
  const bool with_pgd = options_.pgd_steps > 0;
  Table table{{"network", "eps/255", "FGSM top-1 %", "zero gradients %"}};
  if (with_pgd) {
    table.columns.push_back(fmt::format("PGD-{} top-1 %", options_.pgd_steps));
    table.columns.emplace_back("its zero gradients %");
  }
  for (const Row& row : rows_) {
    auto& cells = table.rows.emplace_back(
        std::vector<std::string>{networks_[row.network].name, fmt::format("{}", row.epsilon),
                                 fmt::format("{:.2f}", percent(row.fgsm)),
                                 fmt::format("{:.3f}", share(row.zeros, row.slopes))});
    if (!with_pgd) continue;
    cells.push_back(fmt::format("{:.2f}", percent(row.pgd)));
    cells.push_back(row.pgd_slopes ? fmt::format("{:.3f}", share(row.pgd_zeros, row.pgd_slopes))
                                   : "");
  }
  return table;
}

std::string AttackRun::what_was_done() const {
  std::string text =
      fmt::format("{} of {} images of {}: those that {} right.", images(), pictures_.count,
                  pictures_.name, networks_.size() == 1 ? "the network gets" : "all networks get");
  if (options_.pgd_steps > 0)
    text += fmt::format(" PGD: {} steps of 2.5 eps / {}, from {}.", options_.pgd_steps,
                        options_.pgd_steps, options_.start ? "a random place" : "the image");
  text += options_.inhibit == "off"
              ? " Gradients are not inhibited."
              : fmt::format(" Gradients are inhibited ({}): they hide what an attack needs.",
                            options_.inhibit);
  return text + " Many gradients of exactly 0 hide it, too.";
}

Plot AttackRun::plot_of(const char* attack, int64_t Row::*right) const {
  Plot plot{.title = attack,
            .x_label = "eps, in 1/255",
            .y_label = "top-1 %",
            .y_range = std::pair(0.0, 100.0)};
  for (const Network& network : networks_) plot.series.push_back({network.name, {}});
  for (const Row& row : rows_)
    plot.series[row.network].points.push_back({row.epsilon, percent(row.*right)});
  return plot;
}

std::vector<std::pair<std::string, std::string>> AttackRun::drawn(
    const std::filesystem::path& out) const {
  const std::vector<double>& all = options_.epsilons;
  const bool usual = std::find(all.begin(), all.end(), shown_epsilon) != all.end();
  const double epsilon = usual ? shown_epsilon : *std::max_element(all.begin(), all.end());
  std::vector<std::pair<std::string, std::string>> pictures;
  if (epsilon == 0 || options_.shown == 0) return pictures;
  const auto count = static_cast<size_t>(std::min(options_.shown, images()));
  const std::span<const int64_t> numbers(right_.data(), count);
  for (const Network& network : networks_)
    in_chunks(numbers, options_.batch, [&](const Chunk& chunk) {
      const Tensor moved =
          fgsm(ctx_, chunk.pixels, gradient_of(network, chunk).gradient, epsilon / 255);
      const std::vector<uint8_t> right = right_of(network, moved, chunk.labels);
      PgdImages found;
      if (options_.pgd_steps > 0) found = pgd_of(network, chunk, epsilon / 255);
      const int64_t size = moved.size() / moved.dim(0);
      for (size_t i = 0; i < chunk.numbers.size(); ++i) {
        const auto panel = [&](const char* title, const Tensor& t, bool is_right) {
          return AttackPanel{
              title,
              is_right ? "right" : "wrong",
              {t.data<float>() + static_cast<int64_t>(i) * size, static_cast<size_t>(size)}};
        };
        const std::string name =
            class_name(pictures_.set->class_names, chunk.labels.data<int64_t>()[i]);
        const std::string caption = fmt::format("{}: image {}, {}, eps {}/255", network.name,
                                                chunk.numbers[i], name, epsilon);
        AttackPicture picture{.caption = caption,
                              .height = moved.dim(2),
                              .width = moved.dim(3),
                              .epsilon = epsilon / 255,
                              .clean = panel("clean", chunk.pixels, true),
                              .attacks = {panel("FGSM", moved, right[i])}};
        if (options_.pgd_steps > 0)
          picture.attacks.push_back(panel("PGD", found.pixels, !found.fooled[i]));
        const std::string png = draw_attack(picture).png();
        write_unsynced(out / fmt::format("{}-{:05}.png", network.name, chunk.numbers[i]), png);
        pictures.emplace_back(caption, png);
      }
    });
  return pictures;
}

void AttackRun::write(const std::filesystem::path& out) const {
  std::string lines;
  for (const Row& row : rows_) lines += json_of(row) + "\n";
  CurvesPage page{.title = networks_.size() == 1 ? networks_[0].name + " under attack"
                                                 : "Networks under attack",
                  .note = what_was_done(),
                  .plots = {plot_of("FGSM", &Row::fgsm)},
                  .table = table()};
  if (options_.pgd_steps > 0) page.plots.push_back(plot_of("PGD", &Row::pgd));
  page.pictures = drawn(out);
  write_atomically(out / "attack.jsonl", lines);
  write_atomically(out / "attack.csv", csv_of(page.table));
  write_atomically(out / "fgsm.svg", svg_plot(page.plots[0]));
  if (page.plots.size() > 1) write_atomically(out / "pgd.svg", svg_plot(page.plots[1]));
  write_atomically(out / "index.html", curves_html(page));
}

}  // namespace lienet::commands
