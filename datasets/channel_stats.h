// What images are normalised by: (pixel - mean) / deviation.
#pragma once

#include <array>

#include "datasets/image_set.h"

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

}  // namespace lienet
