// A model as ONNX has it. A pass over one image is recorded in evaluation, and each op on the tape
// becomes the operators that do the same: what a model is composed of does not matter, as long as
// it is layers that ONNX knows.
#pragma once

#include <array>
#include <optional>

#include "layers/layer.h"
#include "models/onnx_model.h"

namespace lienet {

struct OnnxExportOptions {
  int64_t side = 0;  // of the images, height and width; 0: any, each its own
  // Images are pixels in 0..1, from which the graph itself makes x = (pixel - mean) / deviation;
  // without it, images are such x.
  struct Normalisation {
    std::array<float, 3> mean, deviation;
  };
  std::optional<Normalisation> normalisation{};
};

// From "images" [batch,3,H,W] to "logits". Nodes have the names of layers, initialisers those of
// parameters and buffers; what a layer takes more than one operator for goes on behind its name:
// "bn1", "bn1.relu". Throws Error for an op that has no counterpart.
OnnxModel onnx_model_of(Context& ctx, Layer& model, const OnnxExportOptions& options = {});

}  // namespace lienet
