#include "tools/training/inhibition_plan.h"

#include <algorithm>
#include <sstream>

#include "engine/check.h"
#include "engine/words.h"
#include "tools/training/config.h"

namespace lienet {
namespace {

bool lies_in(const std::string& path, const std::string& layer) {
  return path == layer || path.starts_with(layer + ".");
}

}  // namespace

InhibitionPlan::InhibitionPlan(const TrainConfig& c)
    : on_(c.inhibit != "off"),
      changes_(c.inhibit_warmup > 0 || c.inhibit_final_rate >= 0),
      layers_(split_list(c.inhibit_layers)),
      warmup_(c.inhibit_warmup),
      epochs_(c.epochs),
      final_rate_(c.inhibit_final_rate) {
  if (!on_) {
    if (!layers_.empty())
      fail("--inhibit-layers {}: --inhibit is off; say which inhibition, as --inhibit paper",
           c.inhibit_layers);
    if (changes_) fail("--inhibit is off, so that its rate cannot change over the epochs");
    return;
  }
  if (warmup_ < 0 || warmup_ > epochs_)
    fail("--inhibit-warmup {}: expected 0 to the number of epochs", warmup_);
  if (final_rate_ != -1 && !(final_rate_ >= 0 && final_rate_ < 1))
    fail("--inhibit-final-rate {}: expected 0 <= rate < 1, or -1", final_rate_);
  std::istringstream in(c.inhibit);
  std::getline(in, all_, ';');
  Inhibition::parse(all_);
  for (std::string part; std::getline(in, part, ';');) {
    const size_t colon = part.find(':');
    if (colon == part.npos || colon == 0 || colon + 1 == part.size())
      fail("inhibition: {}: expected a layer and what is otherwise there, as layer1:rate=0.3",
           part);
    exceptions_.push_back({part.substr(0, colon), part.substr(colon + 1)});
    Inhibition::parse(all_ + "," + exceptions_.back().settings);
  }
}

Inhibition InhibitionPlan::in(int64_t epoch, const std::string& path) const {
  std::string text = all_;
  for (const Exception& e : exceptions_)
    if (lies_in(path, e.layer)) text += "," + e.settings;
  Inhibition i = Inhibition::parse(text);
  i.rate = rate_in(epoch, i.rate);
  return i;
}

double InhibitionPlan::rate_in(int64_t epoch, double rate) const {
  if (epoch < warmup_)
    return rate * static_cast<double>(epoch + 1) / static_cast<double>(warmup_ + 1);
  const int64_t steps = epochs_ - 1 - warmup_;
  if (final_rate_ < 0 || steps < 1) return rate;
  return rate +
         (final_rate_ - rate) * static_cast<double>(epoch - warmup_) / static_cast<double>(steps);
}

void InhibitionPlan::apply(ResNet& model, int64_t epoch) const {
  if (!on_) return;
  std::vector<std::string> paths;
  for (size_t i = 0; layers_.empty() && i < model.blocks_to_inhibit().size(); ++i) {
    paths.push_back(model.blocks()[i]->path());
    model.inhibit_block(i, in(epoch, paths.back()));
  }
  for (const std::string& path : layers_) {
    paths.push_back(path);
    model.find(path).inhibit(in(epoch, path));
  }
  for (const Exception& e : exceptions_)
    if (std::none_of(paths.begin(), paths.end(),
                     [&](const std::string& path) { return lies_in(path, e.layer); }))
      fail("inhibition: {}: no inhibited layer lies in it", e.layer);
}

}  // namespace lienet
