#include "tools/pictures/map_grid.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"

using namespace lienet;

namespace {

Image grey_image(int64_t side, uint8_t value) {
  return {side, side, std::vector<uint8_t>(static_cast<size_t>(3 * side * side), value)};
}

MapGrid grid_of(MapColours colours, std::vector<float> values, int64_t side = 64) {
  return {
      .title = "t",
      .groups = {{"layer", "note", {{"D", colours}}}},
      .rows = {{"star", "right 90 %", grey_image(side, 128), {{1, std::ssize(values), values}}}},
      .legend = {}};
}

// The colours of a panel that is a row of values, from left to right; it is the rightmost.
std::vector<Rgb> panel_colours(const MapGrid& grid) {
  const Canvas canvas = draw_map_grid(grid);
  const auto cells = grid.rows[0].maps[0].width;
  const int64_t left = 12 + 124 + 64 + 16, y = 12 + 24 + 12 + 3 * 24 + 32;
  std::vector<Rgb> colours;
  for (int64_t i = 0; i < cells; ++i)
    colours.push_back(canvas.at(y, left + (2 * i + 1) * 32 / cells));
  return colours;
}

constexpr Rgb black{0, 0, 0}, white{255, 255, 255};

}  // namespace

TEST_CASE("map grid: each kind of colours scales as it says") {
  using Colours = std::vector<Rgb>;
  CHECK(panel_colours(grid_of(MapColours::from_zero, {2, 0, 4, 1})) ==
        Colours{colour_of(1), colour_of(0), colour_of(1), colour_of(0.5)});  // 4 is beyond 99 %
  CHECK(panel_colours(grid_of(MapColours::signed_, {-4, 0, 1, 2})) ==
        Colours{diverging_colour_of(-1), diverging_colour_of(0), diverging_colour_of(0.25),
                diverging_colour_of(0.5)});
  CHECK(panel_colours(grid_of(MapColours::share, {0, 1})) == Colours{black, white});
  const Rgb grey{128, 128, 128};
  CHECK(panel_colours(grid_of(MapColours::overlay, {-1, 3})) ==
        Colours{mix(grey, colour_of(0), 0.68), mix(grey, colour_of(1), 0.68)});
  // All equal, or not finite.
  CHECK(panel_colours(grid_of(MapColours::from_zero, {0, 0})) ==
        Colours{colour_of(0), colour_of(0)});
  CHECK(panel_colours(grid_of(MapColours::signed_, {NAN, 0})) ==
        Colours{diverging_colour_of(0), diverging_colour_of(0)});
  CHECK(panel_colours(grid_of(MapColours::signed_, {INFINITY, 1})) ==
        Colours{diverging_colour_of(1), diverging_colour_of(1)});
}

TEST_CASE("map grid: images of any size") {
  const auto width = [](int64_t side) {
    return draw_map_grid(grid_of(MapColours::share, {0, 1}, side)).width();
  };
  CHECK(width(64) == width(32));  // enlarged by 2
  CHECK(width(1) == width(64));
  CHECK(width(224) - width(64) ==
        2 * (112 - 64));  // made smaller: the image's column and the map's
  CHECK(width(100) - width(64) == 2 * (100 - 64));
}

TEST_CASE("map grid: a long title or name changes no size") {
  const MapGrid grid = grid_of(MapColours::share, {0, 1});
  MapGrid other = grid;
  other.title = std::string(500, 't');
  other.rows[0].name = std::string(50, 'n') + " and more words than fit beside an image";
  CHECK(draw_map_grid(other).width() == draw_map_grid(grid).width());
  CHECK(draw_map_grid(other).height() == draw_map_grid(grid).height());
}

TEST_CASE("map grid: what does not fit") {
  MapGrid grid = grid_of(MapColours::share, {0, 1});
  grid.rows[0].maps[0].width = 3;
  CHECK_THROWS_WITH_AS(draw_map_grid(grid), "map grid: a map of 2 values for 1 x 3", Error);
  grid.rows[0].maps.clear();
  CHECK_THROWS_WITH_AS(draw_map_grid(grid), "map grid: 0 maps for 1 columns", Error);
  grid.rows.clear();
  CHECK_THROWS_WITH_AS(draw_map_grid(grid), "map grid: no images", Error);
}
