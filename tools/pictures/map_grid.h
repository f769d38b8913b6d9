// Maps of several images as one picture: a row for each image, a column for each kind of map, the
// columns in groups.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "datasets/image.h"
#include "tools/pictures/canvas.h"

namespace lienet {

// How a map's values become colours. What is scaled is scaled map by map.
enum class MapColours : uint8_t {
  from_zero,  // v / the 0.99-quantile: colour_of()
  signed_,    // v / max |v|: diverging_colour_of()
  share,      // 0 black to 1 white, not scaled
  overlay,    // (v - min) / (max - min): colour_of(), over a grey copy of the image
};

struct MapColumn {
  std::string title;
  MapColours colours;
};
// "layer1.0" and, on a second line, "32 x 32, set 3 of 16" above its columns.
struct MapGroup {
  std::string title, note;
  std::vector<MapColumn> columns;
};

struct ValueMap {
  int64_t height = 0, width = 0;
  std::vector<float> values;  // [height,width]
};

struct MapRow {
  std::string name, note;  // beside the image; long ones are broken at spaces
  Image image;
  std::vector<ValueMap> maps;  // of any size, for all columns of all groups
};

struct MapGrid {
  std::string title;
  std::vector<MapGroup> groups;
  std::vector<MapRow> rows;
  std::vector<std::pair<MapColumn, std::string>> legend;  // what colours mean: "D, from 0"
};

// The size does not depend on the title, which is cut off where it is too long. Small images are
// enlarged, large ones made smaller; every value of a map is a square. Throws Error where a row has
// not as many maps as there are columns, or a map not its values.
Canvas draw_map_grid(const MapGrid& grid);

}  // namespace lienet
