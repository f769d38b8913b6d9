#include "tools/training/examples.h"

#include "datasets/loader.h"
#include "tools/training/evaluate.h"

namespace lienet {

std::vector<ReportExample> predicted_examples(Context& ctx, Layer& model, const ImageSet& set,
                                              const LoaderOptions& options) {
  constexpr int64_t count = 24;
  const auto some = std::make_shared<const ImageSet>(part_of(set, count));
  const auto name = [&](int32_t label) {
    const auto i = static_cast<size_t>(label);
    return i < some->class_names.size() ? some->class_names[i] : std::to_string(label);
  };
  Loader loader(some, options);
  const std::vector<Prediction> predictions = predict_first(ctx, model, loader, count);
  std::vector<ReportExample> examples;
  for (size_t i = 0; i < predictions.size(); ++i) {
    const int32_t predicted = predictions[i].label;
    const size_t tag = i * static_cast<size_t>(some->classes) + static_cast<size_t>(predicted);
    const bool right = some->multi_label() && some->tags[tag] == 1;
    examples.push_back({.pixels = some->view(static_cast<int64_t>(i)).pixels,
                        .height = some->height,
                        .width = some->width,
                        .label = name(right ? predicted : some->labels[i]),
                        .predicted = name(predicted),
                        .probability = predictions[i].probability});
  }
  return examples;
}

}  // namespace lienet
