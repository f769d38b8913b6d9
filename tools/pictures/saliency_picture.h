// Saliency maps as pictures: the image and, over a grey copy of it, each map in colour; or beside
// it what was made with the map.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/box.h"
#include "tools/pictures/canvas.h"

namespace lienet {

enum class SaliencyMethod : uint8_t;

struct SaliencyPanel {
  std::string title;            // "LI-Map"
  std::vector<double> map;      // [height,width] of the image; NaN where the network did not look
  Image image{};                // shown instead of a map where it has pixels; of the same size
  std::optional<PixelBox> box;  // around the map's highest values
  std::string note;             // "IoU 0.62"; may be empty
  bool fine = false;  // a gradient by pixels: drawn pixel by pixel, its highest hundredth as one
};

struct SaliencyPicture {
  std::string caption;  // "striped star, taken for spotted star (93 %)"
  Image image;
  std::vector<PixelBox> objects;
  std::vector<SaliencyPanel> panels;
};

// Whether the method's maps are gradients by pixels, for SaliencyPanel::fine.
bool is_fine(SaliencyMethod method);

// A map's values brought to 0..1 for display: (map - min) / (max - min); 0 where all are equal;
// fine maps: max is the 0.99-quantile. NaN stays.
std::vector<double> for_display(std::span<const double> map, bool fine);

// The picture on its own, with titles, notes and a legend.
Canvas draw_saliency(const SaliencyPicture& picture);
// Image and maps side by side, squares of `side` pixels, without any text: for pages.
Canvas draw_strip(const SaliencyPicture& picture, int64_t side);
// Several pictures with the same panels, a row each under its caption.
Canvas draw_grid(std::span<const SaliencyPicture> pictures);

}  // namespace lienet
