// Data enhancement in training: some images of every batch are replaced by what analysis/enhance.h
// makes of them with the network as it is then.
#pragma once

#include <string_view>
#include <vector>

#include "analysis/enhance.h"
#include "datasets/loader.h"

namespace lienet {

struct Enhancement {
  double share = 0.3;  // of a batch's images
  EnhanceOptions options;

  // "rate=0.5,share=0.3,sigma=2", in any order; what is left out has these values. Throws Error
  // that names the nearest known word, and for values out of range.
  static Enhancement parse(std::string_view text);
};

// floor(share * count) different numbers of 0 .. count-1, rising, each choice equally likely.
std::vector<int64_t> draw_share(int64_t count, double share, const RandomKey& key);

// Replaces that share of the batch's images, drawn for the context's position; the batch is in the
// host's memory, has one label to an image, and is changed in place. With sigma 0 its bits stay as
// they are, after the same pass through the network: the control.
void enhance_batch(Context& ctx, Layer& network, const Enhancement& enhancement, Batch& batch);

}  // namespace lienet
