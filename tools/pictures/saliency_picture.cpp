#include "tools/pictures/saliency_picture.h"

#include <algorithm>
#include <cmath>

#include "analysis/saliency.h"
#include "engine/check.h"

namespace lienet {
namespace {

using namespace palette;

constexpr Rgb object_colour{255, 255, 255}, box_colour{255, 106, 61};
constexpr int64_t gap = 12;

// The map's values at the panel's pixels: bilinear, or pixel by pixel.
std::vector<double> scaled_map(const std::vector<double>& map, const Image& image,
                               const Canvas& panel, bool fine) {
  const double scale_y = double(panel.height()) / double(image.height);
  const double scale_x = double(panel.width()) / double(image.width);
  std::vector<double> result(static_cast<size_t>(panel.height() * panel.width()));
  for (int64_t y = 0; y < panel.height(); ++y)
    for (int64_t x = 0; x < panel.width(); ++x) {
      const double at_y = (double(y) + 0.5) / scale_y - 0.5;
      const double at_x = (double(x) + 0.5) / scale_x - 0.5;
      const auto clamped = [](double v, int64_t n) { return std::clamp(v, 0.0, double(n - 1)); };
      const double cy = clamped(fine ? std::round(at_y) : at_y, image.height);
      const double cx = clamped(fine ? std::round(at_x) : at_x, image.width);
      const auto y0 = static_cast<int64_t>(cy), x0 = static_cast<int64_t>(cx);
      const int64_t y1 = std::min(y0 + 1, image.height - 1), x1 = std::min(x0 + 1, image.width - 1);
      const auto value = [&](int64_t i, int64_t j) {
        return map[static_cast<size_t>(i * image.width + j)];
      };
      const double ty = cy - double(y0), tx = cx - double(x0);
      // Neighbours without weight may be NaN.
      const auto line = [&](int64_t i) {
        return tx > 0 ? (1 - tx) * value(i, x0) + tx * value(i, x1) : value(i, x0);
      };
      result[static_cast<size_t>(y * panel.width() + x)] =
          ty > 0 ? (1 - ty) * line(y0) + ty * line(y1) : line(y0);
    }
  return result;
}

// The image in grey under the map's colours; where the network did not look, grey and dark.
Canvas overlay(const Canvas& image, const std::vector<double>& values) {
  constexpr double cover = 0.68, dark = 0.55;
  Canvas result = image;
  for (int64_t y = 0; y < image.height(); ++y)
    for (int64_t x = 0; x < image.width(); ++x) {
      const Rgb grey = grey_of(image.at(y, x));
      const double v = values[static_cast<size_t>(y * image.width() + x)];
      result.set(y, x, std::isnan(v) ? mix(grey, black, dark) : mix(grey, colour_of(v), cover));
    }
  return result;
}

void mark(Canvas& canvas, const PixelBox& b, const Image& image, Rgb colour) {
  const auto y = [scale = double(canvas.height()) / double(image.height)](int v) {
    return std::lround(v * scale);
  };
  const auto x = [scale = double(canvas.width()) / double(image.width)](int v) {
    return std::lround(v * scale);
  };
  const Rect r{y(b.ymin), x(b.xmin), y(b.ymax + 1) - y(b.ymin), x(b.xmax + 1) - x(b.xmin)};
  canvas.frame({r.top - 1, r.left - 1, r.height + 2, r.width + 2}, 3, black);
  canvas.frame(r, 1, colour);
}

// The image, then each map over it; with boxes where asked for.
std::vector<Canvas> cells(const SaliencyPicture& p, int64_t side, bool boxes) {
  const Canvas image = fitted(p.image, side);
  std::vector<Canvas> result{image};
  for (const SaliencyPanel& panel : p.panels) {
    if (!panel.image.pixels.empty()) {
      result.push_back(fitted(panel.image, side));
      continue;
    }
    if (std::ssize(panel.map) != p.image.plane())
      fail("{}: a map of {} values for an image of {} x {}", panel.title, panel.map.size(),
           p.image.height, p.image.width);
    result.push_back(
        overlay(image, scaled_map(for_display(panel.map, panel.fine), p.image, image, panel.fine)));
    if (boxes && panel.box) mark(result.back(), *panel.box, p.image, box_colour);
  }
  if (boxes)
    for (Canvas& cell : result)
      for (const PixelBox& object : p.objects) mark(cell, object, p.image, object_colour);
  return result;
}

// On two lines where one is too long.
std::string in_lines(const std::string& title, int64_t width, int scale) {
  std::string text = title;
  const size_t space = text.rfind(' ');
  if (Canvas::text_width(text, scale) > width && space != text.npos) text[space] = '\n';
  return text;
}

void legend(Canvas& canvas, int64_t top, int64_t right) {
  constexpr int64_t width = 160, height = 12;
  const int64_t left = right - width - Canvas::text_width(" high", 2);
  for (int64_t x = 0; x < width; ++x)
    canvas.fill({top, left + x, height, 1}, colour_of(double(x) / double(width - 1)));
  canvas.write("low ", top, left - Canvas::text_width("low ", 2), 2, faint);
  canvas.write(" high", top, left + width, 2, faint);
}

// What the boxes are, where there are any.
void explain_boxes(Canvas& canvas, const SaliencyPicture& p, int64_t top) {
  if (p.objects.empty()) return;
  std::vector<std::pair<Rgb, const char*>> boxes{{object_colour, " object   "}};
  if (std::any_of(p.panels.begin(), p.panels.end(), [](auto& panel) { return panel.box; }))
    boxes.emplace_back(box_colour, " highest 15 %");
  int64_t left = gap;
  for (const auto& [colour, what] : boxes) {
    canvas.fill({top, left, 12, 12}, black);
    canvas.fill({top + 3, left + 3, 6, 6}, colour);
    canvas.write(what, top, left + 12, 2, faint);
    left += 12 + Canvas::text_width(what, 2);
  }
}

constexpr int64_t line = 24;          // of text at scale 2
constexpr int64_t least_width = 660;  // that the legend and the boxes' explanation need

// Of a panel: small images are as clear in little space.
int64_t side_for(const Image& image) {
  return std::max(image.height, image.width) <= 192 ? 192 : 320;
}

}  // namespace

bool is_fine(SaliencyMethod method) {
  return method == SaliencyMethod::guided_backprop || method == SaliencyMethod::input_grad;
}

std::vector<double> for_display(std::span<const double> map, bool fine) {
  std::vector<double> sorted;
  std::copy_if(map.begin(), map.end(), std::back_inserter(sorted),
               [](double v) { return !std::isnan(v); });
  if (sorted.empty()) return {map.begin(), map.end()};
  const size_t top = fine ? (sorted.size() - 1) * 99 / 100 : sorted.size() - 1;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(top), sorted.end());
  const double high = sorted[top], low = *std::min_element(sorted.begin(), sorted.end());
  std::vector<double> result;
  for (const double v : map)
    result.push_back(high > low || std::isnan(v) ? (v - low) / (high - low) : 0);
  return result;
}

Canvas draw_saliency(const SaliencyPicture& p) {
  const int64_t side = side_for(p.image);
  const std::vector<Canvas> panels = cells(p, side, true);
  const auto count = std::ssize(panels);
  const int64_t columns = std::min<int64_t>(count, 4), rows = (count + columns - 1) / columns;
  const int64_t cell_height = 2 * line + panels[0].height() + line;
  const int64_t width = std::max(
      {columns * (side + gap) + gap, least_width, Canvas::text_width(p.caption, 2) + 2 * gap});
  Canvas canvas(gap + line + rows * (cell_height + gap) + line, width, paper);
  canvas.write(p.caption, gap, gap, 2, ink);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t top = gap + line + i / columns * (cell_height + gap);
    const int64_t left = gap + i % columns * (side + gap);
    const std::string title =
        in_lines(i ? p.panels[static_cast<size_t>(i - 1)].title : "Image", side, 2);
    canvas.write(title, top + 2 * line - Canvas::text_height(title, 2), left, 2, ink);
    canvas.draw(panels[static_cast<size_t>(i)], top + 2 * line, left);
    if (i)
      canvas.write(p.panels[static_cast<size_t>(i - 1)].note,
                   top + 2 * line + panels[0].height() + 6, left, 2, faint);
  }
  legend(canvas, canvas.height() - line, width - gap);
  explain_boxes(canvas, p, canvas.height() - line);
  return canvas;
}

Canvas draw_strip(const SaliencyPicture& p, int64_t strip_side) {
  const std::vector<Canvas> panels = cells(p, strip_side, false);
  Canvas canvas(panels[0].height(), std::ssize(panels) * (strip_side + 2) - 2, paper);
  for (size_t i = 0; i < panels.size(); ++i)
    canvas.draw(panels[i], 0, static_cast<int64_t>(i) * (strip_side + 2));
  return canvas;
}

Canvas draw_grid(std::span<const SaliencyPicture> pictures) {
  if (pictures.empty()) fail("a grid of no pictures");
  constexpr int64_t cell = 128, margin = 6;
  const auto columns = std::ssize(pictures[0].panels) + 1;
  std::vector<std::vector<Canvas>> rows;
  int64_t height = gap + 2 * line;
  int64_t width = std::max(columns * (cell + margin) - margin + 2 * gap, least_width);
  for (const SaliencyPicture& p : pictures) {
    width = std::max(width, Canvas::text_width(p.caption, 2) + 2 * gap);
    LIENET_CHECK(std::ssize(p.panels) + 1 == columns, "a grid of unequal pictures");
    rows.push_back(cells(p, cell, true));
    height += rows.back()[0].height() + margin + line;
  }
  Canvas canvas(height + gap + line, width, paper);
  for (int64_t c = 0; c < columns; ++c) {
    const std::string title =
        in_lines(c ? pictures[0].panels[static_cast<size_t>(c - 1)].title : "Image", cell, 2);
    canvas.write(title, gap + 2 * line - Canvas::text_height(title, 2), gap + c * (cell + margin),
                 2, ink);
  }
  int64_t top = gap + 2 * line;
  for (size_t r = 0; r < rows.size(); ++r) {
    const std::vector<Canvas>& row = rows[r];
    canvas.write(pictures[r].caption, top + 4, gap, 2, faint);
    top += line;
    for (int64_t c = 0; c < columns; ++c)
      canvas.draw(row[static_cast<size_t>(c)], top, gap + c * (cell + margin));
    top += row[0].height() + margin;
  }
  legend(canvas, top + gap / 2, canvas.width() - gap);
  explain_boxes(canvas, pictures[0], top + gap / 2);
  return canvas;
}

}  // namespace lienet
