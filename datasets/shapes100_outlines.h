// The geometry of shapes100: which points an outline has, and which of two colours a surface has at
// a point. Internal. Only + - * / sqrt floor on doubles: the results are the same everywhere.
#pragma once

#include <string>

namespace lienet::shapes {

inline constexpr int outlines = 20, surfaces = 5;

extern const char* const outline_names[outlines];
extern const char* const surface_names[surfaces];

// Whether the outline has the point (x, y), y downwards. Outlines fill most of the unit disc and
// have nothing outside it.
bool inside(int outline, double x, double y);

// Whether the surface has its second colour at a point: (x, y) in units of the surface's period.
bool marked(int surface, double x, double y);

// Sine and cosine of an angle in turns.
double sine(double turns);
inline double cosine(double turns) {
  return sine(turns + 0.25);
}

}  // namespace lienet::shapes
