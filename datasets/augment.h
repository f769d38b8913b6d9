// What happens to an image between the data set and the network: geometry, colour, normalisation.
// Everything random depends on (seed, epoch, sample) alone.
#pragma once

#include <array>

#include "datasets/box.h"
#include "datasets/channel_stats.h"
#include "datasets/image.h"
#include "engine/random.h"

namespace lienet {

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

}  // namespace lienet
