// Pruning by magnitude: what matters least becomes 0, in one shot, from the network as it is.
//   layer     the round(q n) weights of smallest |w| of each convolution and linear layer, of n
//   global    the same over all of these layers together
//             Han et al., "Learning both Weights and Connections", NeurIPS 2015
//   channels  round(q C) output channels of smallest sum |w|, but never the last one, of each
//             convolution of a residual block that another one follows in it: nothing else sees
//             these channels, so that they can be removed
//             Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017
// Of equal values those that come first go first.
#pragma once

#include <string_view>
#include <vector>

#include "layers/layer.h"

namespace lienet {

enum class PruneScope : uint8_t { layer, global, channels };
// Throws Error that names the nearest.
PruneScope prune_scope(std::string_view name);

// Which elements of a parameter stay.
struct PruneMask {
  Parameter* parameter;
  std::vector<uint8_t> kept;  // 0 or 1 for each element, row-major
};
using PruneMasks = std::vector<PruneMask>;

// For q = sparsity. A channel's mask covers what it takes to make it 0 and what reads it: the
// filter, BatchNorm's weight and bias, the next convolution's weights of this input. Throws Error
// unless 0 <= q <= 1, and where there is no such layer. Changes nothing.
PruneMasks prune_masks(Context& ctx, Layer& model, double sparsity, PruneScope scope);

// Weights of convolutions and linear layers stay where they are not 0; without layers that have no
// 0 at all.
PruneMasks zero_masks(Context& ctx, Layer& model);

// Elements that do not stay become 0.
void apply_masks(Context& ctx, const PruneMasks& masks);

// Takes the channels that are 0 out of a model's residual blocks: those between two convolutions
// whose BatchNorm has weight and bias 0. The model computes what it did before, up to rounding, in
// less time; its tensors no longer have the shapes that its options say. How many were removed.
int64_t remove_zero_channels(Context& ctx, Layer& model);

struct WeightCount {
  int64_t all = 0, zeros = 0;
};
// Of convolutions and linear layers, without biases.
WeightCount count_weights(Context& ctx, Layer& model);

}  // namespace lienet
