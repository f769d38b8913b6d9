// The decoders behind decode_image(). Internal.
#pragma once

#include <string>
#include <string_view>

#include "datasets/image.h"

namespace lienet::detail {

// Throws Error for a size that is 0 or over the limit.
void check_claimed_size(int64_t height, int64_t width, const std::string& name,
                        const ImageLimits& limits);

// rgb: [height, width, 3].
Image image_of_rgb(const uint8_t* rgb, int64_t height, int64_t width);

Image decode_jpeg(std::string_view bytes, const std::string& name, const ImageLimits& limits);
Image decode_png(std::string_view bytes, const std::string& name, const ImageLimits& limits);

}  // namespace lienet::detail
