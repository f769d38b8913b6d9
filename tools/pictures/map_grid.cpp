#include "tools/pictures/map_grid.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "engine/check.h"

namespace lienet {
namespace {

using namespace palette;

constexpr int64_t margin = 12, between_panels = 4, between_groups = 16, between_rows = 10;
constexpr int64_t text_column = 124;  // beside the images
constexpr int64_t line = 24;          // of text at scale 2

// Small images are brought to about 64 pixels by a whole factor, large ones down to 112.
int64_t side_for(const Image& image) {
  return std::clamp<int64_t>(std::max(image.height, image.width), 64, 112);
}

// The lowest and the highest of a map's values, and that which a hundredth is not below.
struct Range {
  double lowest = 0, highest = 0, nearly_highest = 0;
};
Range range_of(std::span<const float> values) {
  std::vector<float> sorted;
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
               [](float v) { return std::isfinite(v); });
  if (sorted.empty()) return {};
  std::sort(sorted.begin(), sorted.end());
  return {sorted.front(), sorted.back(), sorted[(sorted.size() - 1) * 99 / 100]};
}

// What is not finite looks like 0, or like what is not shown.
Rgb colour_for(double v, MapColours colours, const Range& r) {
  const auto scaled = [](double value, double by) { return by > 0 ? value / by : 0; };
  switch (colours) {
    case MapColours::from_zero:
      return colour_of(scaled(v, r.nearly_highest));
    case MapColours::signed_:
      return diverging_colour_of(scaled(v, std::max(r.highest, -r.lowest)));
    case MapColours::share:
      return std::isnan(v) ? faint : mix(black, paper, std::clamp(v, 0.0, 1.0));
    case MapColours::overlay:
      return colour_of(scaled(v - r.lowest, r.highest - r.lowest));
  }
  fail("map grid: no such colours");
}

Canvas map_panel(const ValueMap& map, MapColours colours, const Canvas& image) {
  if (map.height < 1 || map.width < 1 || std::ssize(map.values) != map.height * map.width)
    fail("map grid: a map of {} values for {} x {}", map.values.size(), map.height, map.width);
  const Range range = range_of(map.values);
  std::vector<Rgb> cells;
  for (const float v : map.values) cells.push_back(colour_for(v, colours, range));
  const bool over = colours == MapColours::overlay;
  Canvas panel = image;
  for (int64_t y = 0; y < panel.height(); ++y)
    for (int64_t x = 0; x < panel.width(); ++x) {
      const int64_t i = y * map.height / panel.height(), j = x * map.width / panel.width();
      const Rgb colour = cells[static_cast<size_t>(i * map.width + j)];
      panel.set(y, x, over ? mix(grey_of(image.at(y, x)), colour, 0.68) : colour);
    }
  return panel;
}

// Broken at spaces so that it fits, if it can.
std::string broken(const std::string& text, int64_t width, int scale) {
  std::istringstream in(text);
  std::string result, current;
  for (std::string word; in >> word;) {
    const std::string longer = current.empty() ? word : current + " " + word;
    if (!current.empty() && Canvas::text_width(longer, scale) > width) {
      result += current + "\n";
      current = word;
    } else {
      current = longer;
    }
  }
  return result + current;
}

// In large letters where they have room.
void write_beside(Canvas& canvas, const MapRow& row, int64_t top, int64_t height) {
  constexpr int64_t width = text_column - margin;
  for (const int scale : {2, 1}) {
    const std::string name = broken(row.name, width, scale);
    const std::string note = broken(row.note, width, scale);
    const int64_t name_height = Canvas::text_height(name, scale);
    const bool fits =
        std::max(Canvas::text_width(name, scale), Canvas::text_width(note, scale)) <= width &&
        name_height + Canvas::text_height(note, scale) <= height + line / 2;
    if (!fits && scale > 1) continue;
    canvas.write(name, top, margin, scale, ink);
    canvas.write(note, top + name_height, margin, scale, faint);
    return;
  }
}

// Where the columns begin, from left to right, and the picture's right edge.
struct Columns {
  std::vector<int64_t> left;
  int64_t right;
};
Columns place_columns(const MapGrid& grid, int64_t panel_width) {
  Columns columns{{}, margin + text_column + panel_width};
  for (const MapGroup& group : grid.groups) {
    columns.right += between_groups;
    const int64_t begin = columns.right;
    for (size_t c = 0; c < group.columns.size(); ++c) {
      columns.left.push_back(columns.right);
      columns.right += panel_width + between_panels;
    }
    // The headings are not to run into the next group's.
    const int64_t heading =
        std::max(Canvas::text_width(group.title, 2), Canvas::text_width(group.note, 2));
    columns.right = std::max(columns.right - between_panels, begin + heading);
  }
  return columns;
}

void write_headings(Canvas& canvas, const MapGrid& grid, const Columns& columns, int64_t top) {
  size_t c = 0;
  for (const MapGroup& group : grid.groups) {
    canvas.write(group.title, top, columns.left[c], 2, ink);
    canvas.write(group.note, top + line, columns.left[c], 2, faint);
    for (const MapColumn& column : group.columns)
      canvas.write(column.title, top + 2 * line, columns.left[c++], 2, ink);
  }
}

constexpr int64_t headings = 3 * line;
constexpr int64_t bar_width = 96;

int64_t legend_width(const MapGrid& grid) {
  int64_t width = 0;
  for (const auto& [column, text] : grid.legend)
    width += bar_width + 10 + Canvas::text_width(text, 2) + 2 * between_groups;
  return width;
}

void draw_legend(Canvas& canvas, const MapGrid& grid, int64_t top) {
  int64_t left = margin;
  for (const auto& [column, text] : grid.legend) {
    ValueMap ramp{1, bar_width, {}};
    for (int64_t x = 0; x < bar_width; ++x) {
      const double t = double(x) / double(bar_width - 1);
      ramp.values.push_back(float(column.colours == MapColours::signed_ ? 2 * t - 1 : t));
    }
    canvas.draw(map_panel(ramp, column.colours, Canvas(12, bar_width, {128, 128, 128})), top, left);
    canvas.frame({top - 1, left - 1, 14, bar_width + 2}, 1, faint);
    left += bar_width + 10;
    canvas.write(text, top - 2, left, 2, faint);
    left += Canvas::text_width(text, 2) + 2 * between_groups;
  }
}

}  // namespace

Canvas draw_map_grid(const MapGrid& grid) {
  if (grid.rows.empty()) fail("map grid: no images");
  const int64_t side = side_for(grid.rows[0].image);
  const Canvas panel = fitted(grid.rows[0].image, side);
  const Columns columns = place_columns(grid, panel.width());
  std::vector<MapColours> colours;
  for (const MapGroup& group : grid.groups)
    for (const MapColumn& column : group.columns) colours.push_back(column.colours);
  const int64_t row_height = panel.height() + between_rows;
  const int64_t first = margin + line + line / 2 + headings;
  const int64_t last = first + std::ssize(grid.rows) * row_height;
  // The title's length is no reason for another size: pictures may be frames of an animation.
  const int64_t width = std::max(columns.right, margin + legend_width(grid));
  Canvas canvas(last + margin + line, width + margin, paper);
  canvas.write(grid.title, margin, margin, 2, ink);
  write_headings(canvas, grid, columns, margin + line + line / 2);
  int64_t top = first;
  for (const MapRow& row : grid.rows) {
    if (row.maps.size() != colours.size())
      fail("map grid: {} maps for {} columns", row.maps.size(), colours.size());
    const Canvas image = fitted(row.image, side);
    write_beside(canvas, row, top, panel.height());
    canvas.draw(image, top, margin + text_column);
    for (size_t c = 0; c < colours.size(); ++c)
      canvas.draw(map_panel(row.maps[c], colours[c], image), top, columns.left[c]);
    top += row_height;
  }
  draw_legend(canvas, grid, last + margin);
  return canvas;
}

}  // namespace lienet
