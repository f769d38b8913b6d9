// Networks with ever fewer weights.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>

#include "analysis/prune.h"
#include "datasets/open.h"
#include "tools/lienet/trained.h"
#include "tools/pictures/curves_page.h"
#include "tools/training/evaluate.h"
#include "tools/training/trainer.h"

namespace lienet::commands {

struct PruneRunOptions {
  PruneScope scope = PruneScope::layer;
  std::vector<double> sparsities;
  int64_t finetune = 0;  // epochs
  bool save = true;      // the pruned weights, as OUT/NAME-0.5.safetensors
  std::filesystem::path out{};
  int64_t batch = 128;
  int workers = 1;
  std::string device = "auto";  // of the fine-tuning
  int threads = 0;
};

class PruneRun {
 public:
  // Throws UsageError where a network is to be fine-tuned whose recipe is not known, Error where it
  // cannot be one of so many epochs.
  PruneRun(Context& ctx, std::span<const Network> networks, std::shared_ptr<const ImageSet> images,
           const PruneRunOptions& options);

  // Each network at each sparsity, always pruned from its dense weights; `each` gets a line of
  // JSON. A fine-tuning is a run in OUT/NAME-0.5: one that is there goes on. False: stopped.
  bool all(const std::function<void(const std::string& line)>& each, const TrainHooks& hooks = {});
  // prune.csv, prune.jsonl, prune.svg, index.html.
  void write() const;

  Table table() const;
  std::string what_was_done() const;

 private:
  // With the channels taken out.
  struct Removal {
    int64_t channels = 0, parameters = 0;    // removed, left
    double dense_speed = 0, left_speed = 0;  // images a second
  };
  struct Row {
    size_t network;
    double sparsity;
    WeightCount weights{};
    Evaluation test{};
    std::optional<double> finetuned{};  // top-1
    std::optional<Removal> removal{};
  };

  Row prune(size_t network, double sparsity);
  Removal remove(const Network& network);
  Evaluation test(const Network& network);  // on the images
  // top-1 on the images after the last epoch; none: stopped.
  std::optional<double> finetune(const Network& network, double sparsity, const TrainHooks& hooks);
  TrainConfig recipe(const Network& network, double sparsity) const;
  std::filesystem::path path_of(const Network& network, double sparsity) const;
  std::string json_of(const Row& row) const;
  Plot plot() const;

  Context& ctx_;
  std::span<const Network> networks_;
  std::shared_ptr<const ImageSet> images_;
  PruneRunOptions options_;
  std::vector<Row> rows_;
};

}  // namespace lienet::commands
