// Networks under attack, on the images that all of them get right.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>

#include "analysis/attack.h"
#include "tools/lienet/image_inputs.h"
#include "tools/lienet/trained.h"
#include "tools/pictures/curves_page.h"

namespace lienet::commands {

struct AttackRunOptions {
  std::vector<double> epsilons;     // in 1/255
  int pgd_steps = 20;               // 0: FGSM alone
  std::optional<uint64_t> start{};  // the seed of PGD's random start; none: it starts at the image
  std::string inhibit = "off";      // in the attacks' passes; the networks' blocks have it already
  int64_t shown = 8;                // images that are drawn
  int64_t batch = 128;
};

class AttackRun {
 public:
  // Finds the images. Throws Error where there is none that all networks get right.
  AttackRun(Context& ctx, std::span<const Network> networks, const ImageInputs& pictures,
            const AttackRunOptions& options);

  // Attacks one network after the other; `each` gets a line of JSON for every network and epsilon.
  void all(const std::function<void(const std::string& line)>& each);
  // attack.csv, attack.jsonl, fgsm.svg, pgd.svg, images as NAME-00012.png, index.html.
  void write(const std::filesystem::path& out) const;

  int64_t images() const { return std::ssize(right_); }  // that all networks get right
  Table table() const;
  std::string what_was_done() const;

 private:
  struct Row {
    size_t network;
    double epsilon;             // in 1/255
    int64_t fgsm = 0, pgd = 0;  // images that are still right
    int64_t slopes = 0, zeros = 0, pgd_slopes = 0, pgd_zeros = 0;
  };
  struct Chunk {
    std::span<const int64_t> numbers;
    Tensor pixels, labels;
  };

  template <class F>
  void in_chunks(std::span<const int64_t> numbers, int64_t size, F f) const;
  std::vector<uint8_t> right_of(const Network& network, const Tensor& pixels,
                                const Tensor& labels) const;
  LossGradient gradient_of(const Network& network, const Chunk& chunk) const;
  PgdImages pgd_of(const Network& network, const Chunk& chunk, double epsilon) const;
  std::string json_of(const Row& row) const;
  double percent(int64_t images) const;
  Plot plot_of(const char* attack, int64_t Row::*right) const;
  // Caption and PNG of the first images, at one epsilon.
  std::vector<std::pair<std::string, std::string>> drawn(const std::filesystem::path& out) const;

  Context& ctx_;
  std::span<const Network> networks_;
  const ImageInputs& pictures_;
  AttackRunOptions options_;
  std::vector<int64_t> right_;  // images, by number
  std::vector<Row> rows_;
};

}  // namespace lienet::commands
