#include "datasets/shapes100_outlines.h"

#include <cmath>
#include <span>

namespace lienet::shapes {

const char* const outline_names[outlines] = {
    "disc",   "ring", "triangle", "square", "star",   "cross", "heart", "crescent", "dome", "bar",
    "corner", "tee",  "arrow",    "bowtie", "flower", "gear",  "drop",  "leaf",     "arch", "bolt"};

const char* const surface_names[surfaces] = {"plain", "striped", "checked", "dotted", "ringed"};

namespace {

struct Point {
  double x, y;
};

// Even-odd rule.
bool in_polygon(std::span<const Point> p, double x, double y) {
  bool in = false;
  for (size_t i = 0, j = p.size() - 1; i < p.size(); j = i++)
    if ((p[i].y > y) != (p[j].y > y) &&
        x < (p[j].x - p[i].x) * (y - p[i].y) / (p[j].y - p[i].y) + p[i].x)
      in = !in;
  return in;
}

bool in_disc(double x, double y, double cx, double cy, double r) {
  return (x - cx) * (x - cx) + (y - cy) * (y - cy) < r * r;
}

bool in_box(double x, double y, double x0, double y0, double x1, double y1) {
  return x > x0 && x < x1 && y > y0 && y < y1;
}

constexpr Point triangle[] = {{0, -0.95}, {0.84, 0.55}, {-0.84, 0.55}};
constexpr Point star[] = {{0, -1},          {0.235, -0.324}, {0.951, -0.309}, {0.38, 0.124},
                          {0.588, 0.809},   {0, 0.4},        {-0.588, 0.809}, {-0.38, 0.124},
                          {-0.951, -0.309}, {-0.235, -0.324}};
constexpr Point arrow[] = {{0, -0.98},   {0.72, -0.15},  {0.28, -0.15}, {0.28, 0.9},
                           {-0.28, 0.9}, {-0.28, -0.15}, {-0.72, -0.15}};
constexpr Point bowtie[] = {{-0.82, -0.55}, {0, -0.12}, {0.82, -0.55},
                            {0.82, 0.55},   {0, 0.12},  {-0.82, 0.55}};
constexpr Point bolt[] = {{0.1, -0.98},  {-0.62, 0.15}, {-0.12, 0.15}, {-0.2, 0.98},
                          {0.62, -0.25}, {0.1, -0.25},  {0.5, -0.85}};
constexpr Point heart[] = {{-0.86, -0.1}, {0.86, -0.1}, {0, 0.92}};
constexpr Point drop[] = {{0, -0.99}, {0.5, 0.08}, {-0.5, 0.08}};

bool in_heart(double x, double y) {
  return in_disc(x, y, -0.44, -0.3, 0.47) || in_disc(x, y, 0.44, -0.3, 0.47) ||
         (in_polygon(heart, x, y) && y > -0.1) || in_box(x, y, -0.4, -0.35, 0.4, 0);
}

bool in_flower(double x, double y) {
  if (in_disc(x, y, 0, 0, 0.4)) return true;
  constexpr Point petals[] = {
      {0, -0.62}, {0.5897, -0.1916}, {0.3644, 0.5016}, {-0.3644, 0.5016}, {-0.5897, -0.1916}};
  for (const Point& p : petals)
    if (in_disc(x, y, p.x, p.y, 0.345)) return true;
  return false;
}

// A disc with eight teeth and a hole.
bool in_gear(double x, double y) {
  const double ax = std::fabs(x), ay = std::fabs(y);
  const double r = ax * ax + ay * ay;
  if (r < 0.28 * 0.28) return false;
  if (r < 0.68 * 0.68) return true;
  constexpr double half = 0.7071067811865476;
  const double u = (ax + ay) * half, v = std::fabs(ax - ay) * half;
  return (ax < 0.16 && ay < 0.95) || (ay < 0.16 && ax < 0.95) || (v < 0.16 && u < 0.95);
}

// The upper half of a ring on two posts.
bool in_arch(double x, double y) {
  const double ax = std::fabs(x);
  if (y >= -0.1) return ax > 0.36 && ax < 0.78 && y < 0.75;
  return in_disc(x, y, 0, -0.1, 0.78) && !in_disc(x, y, 0, -0.1, 0.36);
}

}  // namespace

bool inside(int outline, double x, double y) {
  if (x * x + y * y >= 1) return false;
  switch (outline) {
    case 0:
      return in_disc(x, y, 0, 0, 0.85);
    case 1:
      return in_disc(x, y, 0, 0, 0.95) && !in_disc(x, y, 0, 0, 0.5);
    case 2:
      return in_polygon(triangle, x, y);
    case 3:
      return in_box(x, y, -0.7, -0.7, 0.7, 0.7);
    case 4:
      return in_polygon(star, x, y);
    case 5:
      return in_box(x, y, -0.28, -0.92, 0.28, 0.92) || in_box(x, y, -0.92, -0.28, 0.92, 0.28);
    case 6:
      return in_heart(x, y);
    case 7:
      return in_disc(x, y, 0.05, 0, 0.94) && !in_disc(x, y, 0.46, 0, 0.72);
    case 8:
      return in_disc(x, y, 0, 0.4, 0.88) && y < 0.4;
    case 9:
      return in_box(x, y, -0.94, -0.3, 0.94, 0.3);
    case 10:
      return in_box(x, y, -0.65, -0.72, -0.1, 0.68) || in_box(x, y, -0.65, 0.13, 0.7, 0.68);
    case 11:
      return in_box(x, y, -0.75, -0.65, 0.75, -0.13) || in_box(x, y, -0.27, -0.65, 0.27, 0.9);
    case 12:
      return in_polygon(arrow, x, y);
    case 13:
      return in_polygon(bowtie, x, y);
    case 14:
      return in_flower(x, y);
    case 15:
      return in_gear(x, y);
    case 16:
      return in_disc(x, y, 0, 0.36, 0.57) || in_polygon(drop, x, y);
    case 17:
      return in_disc(x, y, 0, 0.75, 1.22) && in_disc(x, y, 0, -0.75, 1.22);
    case 18:
      return in_arch(x, y);
    case 19:
      return in_polygon(bolt, x, y);
    default:
      return false;
  }
}

bool marked(int surface, double x, double y) {
  const double fx = x - std::floor(x), fy = y - std::floor(y);
  switch (surface) {
    case 1:
      return fx < 0.5;
    case 2:
      return (fx < 0.5) != (fy < 0.5);
    case 3:
      return in_disc(fx, fy, 0.5, 0.5, 0.31);
    case 4: {
      const double r = std::sqrt(x * x + y * y) + 0.25;
      return r - std::floor(r) < 0.5;
    }
    default:
      return false;
  }
}

double sine(double turns) {
  double t = turns - std::floor(turns);  // [0, 1)
  const bool negative = t >= 0.5;
  if (negative) t -= 0.5;
  if (t > 0.25) t = 0.5 - t;
  // Taylor's series to the 13th power; on a quarter turn its error is below 1e-9.
  const double a = t * 6.283185307179586, b = a * a;
  const double s =
      a * (1 - b / 6 * (1 - b / 20 * (1 - b / 42 * (1 - b / 72 * (1 - b / 110 * (1 - b / 156))))));
  return negative ? -s : s;
}

}  // namespace lienet::shapes
