// Initial weights as torchvision draws them.
#pragma once

#include "layers/layer.h"

namespace lienet {

// Convolutions: He et al. 2015, normal with deviation sqrt(2 / fan_out), biases 0; BatchNorm: its
// parameters and statistics as it is built, ones and zeros; Linear: uniform in +-1/sqrt(in) for
// weight and bias, torch.nn's default. Each tensor has a random stream of its own, keyed by the
// context's seed and its place in the model.
void initialise(Context& ctx, Layer& model);
// The same by streams of their own: with this seed, epoch and stream.
void initialise(Context& ctx, Layer& model, const RandomKey& key);

}  // namespace lienet
