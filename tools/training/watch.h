// A look inside training: what inhibition does to the gradients of a few images that stay the same.
//
// After an epoch, with the weights that training goes on with:
//
// A pass in evaluation mode, inhibition on, from the loss of training: D, delta and the mask of
// every inhibited layer, see engine/inhibition.h. D is of each image's own loss; in training that
// is divided by the number of images in the batch. Without any inhibition, what preset paper would
// draw at the outputs of all blocks but the last two, in as many sets up to 16 as divide the
// channels; gradients then go on as they are.
//
// A second pass, without inhibition, for LI-Map of each image's label, as `lienet saliency` makes.
//
// Nothing in the network changes, and no number that training draws.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "datasets/loader.h"
#include "models/resnet.h"
#include "tools/pictures/canvas.h"

namespace lienet {

struct WatchedLayer {
  std::string name;
  Tensor norms;      // D [N,K,u,v] f32
  Tensor responses;  // delta [N,K,u,v] f32; undefined for the controls, which filter nothing
  Tensor mask;       // [N,K,u,v] u8

  int64_t sets() const { return norms.dim(1); }
  // The set of the largest sum of D over all images.
  int64_t largest_set() const;
};

// In the host's memory.
struct Watched {
  std::vector<WatchedLayer> layers;  // in forward order
  Tensor li_map;                     // [N,1,H,W] f32
  Tensor logits;                     // [N,classes] f32

  // "layer1.0.norms", ".responses", ".mask"; "li_map", "logits".
  std::vector<NamedTensor> tensors() const;
};

// By layer, the set that is drawn: the one whose D was largest over all images when the run was
// first watched, so that a picture can be compared with the next one.
using ShownSets = std::map<std::string, int64_t>;
ShownSets largest_sets(const Watched& watched);
// As the metadata of the maps' file: "layer1.0": "3". Where a layer has none there, its largest.
std::map<std::string, std::string> metadata_of(const ShownSets& sets);
ShownSets sets_of(const std::map<std::string, std::string>& metadata, const Watched& watched);

class Watch {
 public:
  // The first `count` images of a set. Throws Error where it has fewer.
  Watch(std::shared_ptr<const ImageSet> set, const ChannelStats& stats, int64_t count,
        double label_smoothing);

  Watched look(Context& ctx, ResNet& model) const;

  // One picture: a row for each image; for every layer (of more than 8, 8 of them, evenly chosen)
  // D, delta and the mask of one set, and the share of sets that keep each position; LI-Map.
  Canvas draw(const Watched& watched, const ShownSets& sets, const std::string& title) const;

 private:
  std::shared_ptr<const ImageSet> set_;
  Batch batch_;
  double label_smoothing_;
};

}  // namespace lienet
