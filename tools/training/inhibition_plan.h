// Which layers' gradients a training inhibits, and how, epoch by epoch.
#pragma once

#include <string>
#include <vector>

#include "models/resnet.h"

namespace lienet {

struct TrainConfig;

class InhibitionPlan {
 public:
  // What --inhibit and its like ask for. --inhibit is an inhibition for all layers, and then, after
  // semicolons, what is otherwise in some: "paper;layer1:rate=0.3;layer2.1:sets=8,sigma=5", where
  // layer1 is all that lies in it. Throws Error for what cannot be meant.
  explicit InhibitionPlan(const TrainConfig& config);

  // Whether epochs differ.
  bool changes() const { return changes_; }
  // Gives the model's layers their inhibition in this epoch, from 0. Throws Error for a layer that
  // is not there, and where sets do not divide its channels.
  void apply(ResNet& model, int64_t epoch) const;
  // The rate of that epoch, of a layer whose rate is otherwise `rate`.
  double rate_in(int64_t epoch, double rate) const;
  // That of a layer in that epoch, whether or not it is one of those that are inhibited.
  Inhibition in(int64_t epoch, const std::string& path) const;

 private:
  struct Exception {
    std::string layer, settings;
  };

  bool on_ = false, changes_ = false;
  std::string all_;  // of every layer
  std::vector<Exception> exceptions_;
  std::vector<std::string> layers_;  // empty: every block but the last two
  int64_t warmup_ = 0, epochs_ = 1;
  double final_rate_ = -1;  // negative: none
};

}  // namespace lienet
