// Replays golden cases: inputs in single precision, answers in double, one safetensors file a case.
#pragma once

#include <filesystem>
#include <string>

#include "engine/context.h"

namespace lienet {

struct Verdict {
  enum class Kind { ok, failed, unsupported } kind = Kind::ok;
  std::string worst_tensor{};  // the one nearest to, or farthest over, its limit
  double error = 0;            // its relative L2 error
  std::string reason{};        // of `unsupported`
};

// kind gradient_mask: D, delta, Q and the mask of one gradient. A mask may differ from the answer
// only where ||delta| - Q| / max|delta| < 1e-5; others count as an error of 1. kind train_step:
// logits, loss, first gradients, and the state after some steps of SGD. kind analysis: saliency
// maps, FGSM, moments of gradients, enhanced images of a network in evaluation. Limits: 1e-9 in
// f64; in f32 1e-4, and 5e-4 for gradients and the state after the steps. Throws Error where the
// file is not a case.
Verdict verify_case(Context& ctx, const std::filesystem::path& path);

}  // namespace lienet
