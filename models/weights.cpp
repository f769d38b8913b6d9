#include "models/weights.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "models/weight_names.h"

namespace lienet {
namespace {

bool fits(const SafetensorsEntry& entry, const Tensor& t) {
  const auto dims = t.shape().dims();
  const bool shape = std::equal(dims.begin(), dims.end(), entry.shape.begin(), entry.shape.end());
  const bool floating =
      entry.dtype == "F32" || entry.dtype == "F64" || entry.dtype == "BF16" || entry.dtype == "F16";
  return shape && (is_floating(t.dtype()) ? floating : entry.dtype == "I64");
}

// The kinds in order, with the names of each.
std::vector<std::pair<const char*, std::vector<std::string>>> kinds_of(const WeightsMatch& match) {
  std::vector<std::string> differing;
  for (const WeightsMatch::Mismatch& m : match.mismatched)
    differing.push_back(fmt::format("{}: {}, expected {}", m.name, m.file, m.model));
  return {{"matched", match.matched},
          {"missing", match.missing},
          {"unexpected", match.unexpected},
          {"mismatched", differing}};
}

}  // namespace

std::string WeightsMatch::str() const {
  constexpr size_t most = 4;
  std::string text = fmt::format("{} matched", matched.size());
  for (const auto& [kind, names] : kinds_of(*this)) {
    if (names.empty() || kind == std::string_view("matched")) continue;
    const std::span shown(names.data(), std::min(most, names.size()));
    text += fmt::format(", {} {} ({}{})", names.size(), kind, fmt::join(shown, ", "),
                        names.size() > most ? ", ..." : "");
  }
  return text;
}

std::vector<std::string> WeightsMatch::lines() const {
  std::vector<std::string> result;
  for (const auto& [kind, names] : kinds_of(*this))
    if (!names.empty())
      result.push_back(fmt::format("{} {}: {}", names.size(), kind, fmt::join(names, ", ")));
  return result;
}

WeightsMatch match_weights(Layer& model, const SafetensorsFile& file) {
  WeightsMatch result;
  std::set<const SafetensorsEntry*> known;
  for (const auto& [name, tensor] : model.state()) {
    const SafetensorsEntry* entry = find_weight(file, name);
    known.insert(entry);
    if (!entry) {
      if (!name.ends_with("num_batches_tracked")) result.missing.push_back(name);
    } else if (fits(*entry, tensor)) {
      result.matched.push_back(name);
    } else {
      result.mismatched.push_back(
          {name, fmt::format("{} [{}]", entry->dtype, fmt::join(entry->shape, ", ")),
           tensor.str()});
    }
  }
  for (const SafetensorsEntry& entry : file.entries())
    if (!known.contains(&entry) && !entry.name.starts_with("optimizer.") &&
        !entry.name.starts_with("ema."))
      result.unexpected.push_back(entry.name);
  return result;
}

WeightsMatch load_weights(Context& ctx, Layer& model, const SafetensorsFile& file, bool partial) {
  WeightsMatch match = match_weights(model, file);
  const std::string path = file.path().string();
  if (match.matched.empty())
    fail("{}: no tensor is the model's: {}; it holds the weights of something else", path,
         match.str());
  if (!partial && !match.complete())
    fail("{}: does not fit the model: {}; name the model it was saved from", path, match.str());
  std::vector<std::pair<Tensor, Tensor>> copies;  // from, to
  const std::set<std::string> wanted(match.matched.begin(), match.matched.end());
  for (const auto& [name, tensor] : model.state()) {
    if (!wanted.contains(name)) continue;
    Tensor from = file.load(ctx, find_weight(file, name)->name);
    if (const int64_t bad = count_non_finite(ctx, from))
      fail("{}: {} of {} values of {} are NaN or infinite; the training that saved it had failed",
           path, bad, from.size(), name);
    copies.emplace_back(std::move(from), tensor);
  }
  for (auto& [from, to] : copies) copy(ctx, from, to);
  return match;
}

}  // namespace lienet
