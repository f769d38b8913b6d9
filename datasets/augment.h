// What happens to an image between the data set and the network: geometry, colour, normalisation,
// and the mixing of a batch's images. Everything random depends on (seed, epoch, sample) alone.
#pragma once

#include <array>

#include "datasets/image_set.h"
#include "engine/random.h"
#include "engine/tensor.h"

namespace lienet {

// Mean and deviation of each channel, R, G, B, of pixels scaled to 0..1.
struct ChannelStats {
  std::array<float, 3> mean{0, 0, 0}, deviation{1, 1, 1};
};

inline constexpr ChannelStats cifar10_stats = {{0.4914f, 0.4822f, 0.4465f},
                                               {0.2470f, 0.2435f, 0.2616f}};
inline constexpr ChannelStats cifar100_stats = {{0.5071f, 0.4865f, 0.4409f},
                                                {0.2673f, 0.2564f, 0.2762f}};
inline constexpr ChannelStats imagenet_stats = {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};

// Over all pixels of all images. Throws Error for an empty set and for a channel that never varies.
ChannelStats measure_stats(const ImageSet& set);

// All off. The usual CIFAR recipe is {.pad = 4, .flip = true}.
struct AugmentOptions {
  int pad = 0;        // black pixels around the image, out of which a window of its size is cut
  bool flip = false;  // left and right change places for half of the images
  int cutout = 0;     // side of a square, centred anywhere, that is set to the mean
  int colour_changes = 0;        // how many of brightness, contrast, saturation, drawn one by one
  double colour_strength = 0.4;  // each changes by a factor of up to 1 +- this; 0 to 1
  double crop =
      0;  // smallest share of an image's area that random_crop() takes; 0: no random_crop()
};

// A window of a share of the area drawn from [smallest, 1) and of proportions from 3:4 to 4:3,
// resized to height x width: torchvision's RandomResizedCrop. Of an image that no such window fits
// in ten times, the middle is taken.
Image random_crop(const Image& image, double smallest, int64_t height, int64_t width,
                  Random& random);

// Turns one image into the network's numbers. Thread-safe once made.
class Augment {
 public:
  // Throws Error for options that make no sense.
  Augment(const AugmentOptions& options, const ChannelStats& stats, int64_t height, int64_t width);

  // pixels [3,H,W] u8 -> out [3,H,W] f32, (pixel/255 - mean) / deviation.
  void apply(const uint8_t* pixels, const RandomKey& key, float* out) const;

 private:
  using Table = std::array<float, 256>;

  void change_colours(uint8_t* pixels, Random& random) const;
  void place(const uint8_t* pixels, int dy, int dx, bool flip, float* out) const;
  void cut_out(Random& random, float* out) const;

  AugmentOptions options_;
  int64_t height_, width_;
  std::array<Table, 3> tables_;  // normalised value of each byte
};

// Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019). With both on, each batch draws one.
struct MixOptions {
  double mixup = 0;   // alpha of Beta(alpha, alpha), out of which the share is drawn; 0: off
  double cutmix = 0;  // the same for the share of the area
  bool on() const { return mixup > 0 || cutmix > 0; }
};

// Throws Error for a negative or infinite alpha.
void check_mix(const MixOptions& options);

// Mixes image i with image B-1-i, in place: shuffled batches need no second shuffle.
// images f32 [B,3,H,W] plain; labels i64 [B] in 0..classes-1; targets f32 [B,classes], overwritten
// with the shares of the classes, each row of sum 1. Key: one for each batch.
void mix_batch(Tensor& images, const Tensor& labels, Tensor& targets, const MixOptions& options,
               const RandomKey& key);

}  // namespace lienet
