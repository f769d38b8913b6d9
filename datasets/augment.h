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

// Rows and columns from the first up to the second; empty where they are not ascending.
struct ImageWindow {
  int32_t y0 = 0, x0 = 0, y1 = 0, x1 = 0;
};

// What was drawn for one image. The host and the GPU carry it out alike.
struct AugmentPlan {
  enum Colour : int32_t { brightness, contrast, saturation };
  static constexpr int most_changes = 16;
  int32_t changes = 0;  // of colour, in order
  Colour colour[most_changes] = {};
  double factor[most_changes] = {};
  // The pixel at (y, x) comes from (y + dy, x + dx), mirrored afterwards; black outside the image.
  int32_t dy = 0, dx = 0, flip = 0;
  ImageWindow cut;  // set to the mean
};

// Turns one image into the network's numbers. Thread-safe once made.
class Augment {
 public:
  using Table = std::array<float, 256>;

  // Throws Error for options that make no sense.
  Augment(const AugmentOptions& options, const ChannelStats& stats, int64_t height, int64_t width);

  // pixels [3,H,W] u8 -> out [3,H,W] f32, (pixel/255 - mean) / deviation.
  void apply(const uint8_t* pixels, const RandomKey& key, float* out) const {
    carry_out(plan(key), pixels, out);
  }
  AugmentPlan plan(const RandomKey& key) const;
  void carry_out(const AugmentPlan& plan, const uint8_t* pixels, float* out) const;

  int64_t height() const { return height_; }
  int64_t width() const { return width_; }
  const std::array<Table, 3>& tables() const { return tables_; }

 private:
  void change_colours(uint8_t* pixels, const AugmentPlan& plan) const;
  void place(const uint8_t* pixels, const AugmentPlan& plan, float* out) const;
  void cut_out(const ImageWindow& cut, float* out) const;

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

// What was drawn for one batch: image i gets `share` of its own and the rest of image B-1-i; where
// `cut` is on, a window of the other, which takes the rest of the area.
struct MixPlan {
  bool cut = false;
  float share = 1;
  ImageWindow window;
};
// Key: one for each batch. Throws Error as check_mix does.
MixPlan plan_mix(const MixOptions& options, const RandomKey& key, int64_t height, int64_t width);

// Mixes image i with image B-1-i, in place: shuffled batches need no second shuffle.
// images f32 [B,3,H,W] plain; labels i64 [B] in 0..classes-1; targets f32 [B,classes], overwritten
// with the shares of the classes, each row of sum 1.
void mix_batch(Tensor& images, const Tensor& labels, Tensor& targets, const MixPlan& plan);
void mix_batch(Tensor& images, const Tensor& labels, Tensor& targets, const MixOptions& options,
               const RandomKey& key);

}  // namespace lienet
