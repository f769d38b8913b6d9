// Weights from a file into a model: which tensors fit, and what is wrong with the others.
#pragma once

#include <string>
#include <vector>

#include "engine/safetensors.h"
#include "layers/layer.h"

namespace lienet {

// How a file's tensors meet a model's, by name, whichever of weight_names.h's names the file has:
// those here are the model's, of `unexpected` the file's. What a file has under `optimizer.` or
// `ema.` is a training's own state, no weight, and counts nowhere.
struct WeightsMatch {
  std::vector<std::string> matched;     // in the model's order
  std::vector<std::string> missing;     // in the model only
  std::vector<std::string> unexpected;  // in the file only
  struct Mismatch {
    std::string name, file, model;  // "F32 [10, 512]", "f32 [100, 512]"
  };
  std::vector<Mismatch> mismatched;  // of another shape, or a type that does not convert

  bool complete() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
  // "120 matched, 2 missing (fc.weight, fc.bias)": one line, at most four names of each kind.
  std::string str() const;
  // "2 missing: fc.weight, fc.bias": a line for each kind that there is, every name.
  std::vector<std::string> lines() const;
};

// F32, F64, BF16 and F16 fit any floating tensor, I64 an i64 one. BatchNorm's num_batches_tracked
// may be missing: older files lack it.
WeightsMatch match_weights(Layer& model, const SafetensorsFile& file);

// Copies the matched tensors into the model, after all of them have been read and checked. Throws
// Error unless all match, with `partial` only where none does; and for a tensor that has a NaN or
// an infinity. The model is then unchanged.
WeightsMatch load_weights(Context& ctx, Layer& model, const SafetensorsFile& file,
                          bool partial = false);

}  // namespace lienet
