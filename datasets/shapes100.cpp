#include "datasets/shapes100.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <system_error>
#include <thread>

#include "datasets/shapes100_outlines.h"
#include "engine/check.h"
#include "engine/random.h"

namespace lienet {

namespace {

constexpr int side = 32, plane = side * side;
constexpr int grid = 4;  // a pixel is sampled at grid x grid points

struct Colour {
  double r, g, b;
};

Colour mix(const Colour& a, const Colour& b, double t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

double clamped(double v) {
  return std::min(1.0, std::max(0.0, v));
}

// A colour of a hue (in turns), a saturation and, where the gamut allows it, a luminance.
Colour colour(double hue, double saturation, double luminance) {
  const auto channel = [&](double shift) {
    double h = hue + shift;
    h = (h - std::floor(h)) * 6;
    return clamped(std::fabs(h - 3) - 1);
  };
  const Colour pure = {channel(0), channel(2.0 / 3), channel(1.0 / 3)};
  const double y = 0.3 * pure.r + 0.59 * pure.g + 0.11 * pure.b;
  const auto of = [&](double c) { return clamped(luminance + saturation * (c - y)); };
  return {of(pure.r), of(pure.g), of(pure.b)};
}

struct Range {
  double low, high;
};

// A colour around a hue. One number is drawn after the other in statements of their own: the order
// in which a call's arguments are evaluated is the compiler's, and the images must not be.
Colour draw_colour(Random& random, double hue, double spread, Range saturation, double luminance) {
  const double h = hue + random.uniform(-spread, spread);
  const double s = random.uniform(saturation.low, saturation.high);
  return colour(h, s, luminance);
}

struct Canvas {
  std::array<Colour, plane> pixels;
  Colour& at(int x, int y) { return pixels[static_cast<size_t>(y * side + x)]; }
};

// A shape's frame: its centre and radius in pixels, its angle, and how it is stretched.
struct Frame {
  double cx, cy, radius, turns, stretch;
};

// Calls pixel(x, y, covered points, marked points) for every pixel that the figure touches.
// `hit` maps a point in units of the radius to 0 (outside), 1 (inside) or 2 (inside and marked).
template <class Hit, class Pixel>
void scan(const Frame& f, Hit hit, Pixel pixel) {
  const double c = shapes::cosine(f.turns), s = shapes::sine(f.turns);
  const double reach = f.radius * std::max(f.stretch, 1 / f.stretch);
  const auto low = [](double v) { return std::max(0, static_cast<int>(std::floor(v))); };
  const auto high = [](double v) { return std::min(side - 1, static_cast<int>(std::floor(v))); };
  const double ax = 1 / (f.radius * f.stretch), ay = f.stretch / f.radius;
  for (int y = low(f.cy - reach); y <= high(f.cy + reach); ++y)
    for (int x = low(f.cx - reach); x <= high(f.cx + reach); ++x) {
      int covered = 0, marks = 0;
      for (int k = 0; k < grid * grid; ++k) {
        const double dx = x + (k % grid + 0.5) / grid - f.cx;
        const double dy = y + (k / grid + 0.5) / grid - f.cy;
        const int h = hit((c * dx + s * dy) * ax, (c * dy - s * dx) * ay);
        covered += h > 0;
        marks += h > 1;
      }
      if (covered > 0) pixel(x, y, covered, marks);
    }
}

// What a background is like: 20 hues times 5 kinds of clutter.
struct Theme {
  double hue;
  int clutter;
};

Theme theme_of(int number) {
  return {(number / 5) / 20.0, number % 5};
}

// Smooth patches of two related colours.
void paint_ground(Canvas& canvas, const Theme& theme, double luminance, Random& random) {
  constexpr int cells = 4;
  std::array<double, (cells + 1) * (cells + 1)> knots;
  for (double& k : knots) k = random.uniform();
  const double hue = theme.hue + random.uniform(-0.06, 0.06);
  const Colour a = draw_colour(random, hue, 0, {0.35, 0.6}, luminance - 0.1);
  const Colour b = draw_colour(random, hue, 0.05, {0.35, 0.6}, luminance + 0.1);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double u = (x + 0.5) * cells / side, v = (y + 0.5) * cells / side;
      const int i = static_cast<int>(u), j = static_cast<int>(v);
      const auto smooth = [](double t) { return t * t * (3 - 2 * t); };
      const double fu = smooth(u - i), fv = smooth(v - j);
      const double* k = knots.data() + j * (cells + 1) + i;
      const double top = k[0] + (k[1] - k[0]) * fu;
      const double bottom = k[cells + 1] + (k[cells + 2] - k[cells + 1]) * fu;
      canvas.at(x, y) = mix(a, b, top + (bottom - top) * fv);
    }
}

// Lines, discs, boxes, triangles or small rings, in colours near the ground's.
void paint_clutter(Canvas& canvas, const Theme& theme, double luminance, int figures,
                   Random& random) {
  static constexpr int outline_of[5] = {9, 0, 3, 2, 1};
  for (int i = 0; i < figures; ++i) {
    const bool lines = theme.clutter == 0;
    const Frame f = {random.uniform(0, side), random.uniform(0, side),
                     lines ? random.uniform(5, 9) : random.uniform(2, 4.5), random.uniform(),
                     lines ? random.uniform(1.3, 1.8) : random.uniform(0.8, 1.25)};
    const double light = luminance + random.uniform(-0.25, 0.25);
    const Colour paint = draw_colour(random, theme.hue, 0.08, {0.2, 0.7}, light);
    const int outline = outline_of[theme.clutter];
    const double opacity = random.uniform(0.5, 0.9) / (grid * grid);
    scan(
        f, [&](double x, double y) { return shapes::inside(outline, x, y) ? 1 : 0; },
        [&](int x, int y, int covered, int) {
          Colour& p = canvas.at(x, y);
          p = mix(p, paint, covered * opacity);
        });
  }
}

// Two colours that stand out from a ground of the given luminance and from each other.
std::array<Colour, 2> object_colours(double ground, Random& random) {
  const bool light = ground < 0.5;
  const double far = light ? random.uniform(0.82, 1.0) : random.uniform(0.0, 0.16);
  const double near = light ? random.uniform(0.48, 0.58) : random.uniform(0.4, 0.5);
  const Colour first = draw_colour(random, 0, 0.5, {0.3, 0.9}, far);
  const Colour second = draw_colour(random, 0, 0.5, {0.3, 0.9}, near);
  if (random.chance(0.5)) return {second, first};
  return {first, second};
}

// How hard an image is to see: most are clear, some are hazy, grainy and partly covered.
struct View {
  double opacity, grain;
  int covers;
};

View draw_view(Random& random) {
  if (!random.chance(0.2)) return {1, random.uniform(2, 7), 0};
  return {random.uniform(0.04, 0.24), random.uniform(8, 20), 2};
}

PixelBox paint_object(Canvas& canvas, int outline, int surface, double ground, double opacity,
                      Random& random) {
  const std::array<Colour, 2> colours = object_colours(ground, random);
  const double radius = random.uniform(10.3, 14.5), play = std::max(0.0, 17 - radius);
  const Frame f = {16 + random.uniform(-play, play), 16 + random.uniform(-play, play), radius,
                   random.uniform(-0.09, 0.09), random.uniform(0.88, 1.14)};
  const double period = random.uniform(5.0, 6.5) * (surface == 2 ? 1.25 : 1.0);
  // Nearly along the object's axes: whether stripes, checks or dots is then learned in few epochs.
  const double scale = radius / period, turn = random.uniform(-0.06, 0.06);
  const double c = shapes::cosine(turn) * scale, s = shapes::sine(turn) * scale;
  const double shift_x = surface == 4 ? 0 : random.uniform(),
               shift_y = surface == 4 ? 0 : random.uniform();
  const double slope = random.uniform(-0.15, 0.15);  // shading across the object

  PixelBox box = {side, side, -1, -1};
  scan(
      f,
      [&](double x, double y) {
        if (!shapes::inside(outline, x, y)) return 0;
        return shapes::marked(surface, c * x + s * y + shift_x, c * y - s * x + shift_y) ? 2 : 1;
      },
      [&](int x, int y, int covered, int marks) {
        Colour paint = mix(colours[0], colours[1], static_cast<double>(marks) / covered);
        const double light = 1 + slope * (x - f.cx) / radius;
        paint = {paint.r * light, paint.g * light, paint.b * light};
        Colour& p = canvas.at(x, y);
        p = mix(p, paint, opacity * covered / (grid * grid));
        if (2 * covered < grid * grid) return;
        box = {std::min(box.xmin, x), std::min(box.ymin, y), std::max(box.xmax, x),
               std::max(box.ymax, y)};
      });
  return box;
}

// Light that comes from a side, exposure, and the grain of a sensor.
void develop(const Canvas& canvas, double grain, Random& random, uint8_t* out) {
  const double gain = random.uniform(0.75, 1.1), turn = random.uniform();
  const double slope = random.uniform(0, 0.25) / side;
  const double gx = shapes::cosine(turn) * slope, gy = shapes::sine(turn) * slope;
  for (int i = 0; i < plane; ++i) {
    const double light = gain * (1 + gx * (i % side - 15.5) + gy * (i / side - 15.5));
    const Colour& p = canvas.pixels[static_cast<size_t>(i)];
    const double values[3] = {p.r, p.g, p.b};
    const uint32_t bits = random.next();
    for (int channel = 0; channel < 3; ++channel) {
      const double noise = (bits >> (10 * channel) & 1023) / 1023.0 - 0.5;
      const double v = std::floor(values[channel] * light * 255 + noise * 2 * grain + 0.5);
      out[channel * plane + i] = static_cast<uint8_t>(std::min(255.0, std::max(0.0, v)));
    }
  }
}

struct Drawn {
  int label;
  PixelBox box;
};

Drawn draw(const Shapes100Options& options, Split split, int64_t index, uint8_t* out) {
  Random random({.seed = options.seed,
                 .epoch = split == Split::train ? 0u : 1u,
                 .sample = static_cast<uint32_t>(index),
                 .use = RandomUse::synthesis});
  const int label = static_cast<int>(index % 100);
  // Both numbers are always drawn, so that the option changes nothing but the theme.
  const int any = static_cast<int>(random.below(100));
  const bool own = random.chance(options.background_goes_with_class) && split == Split::train;
  const Theme theme = theme_of(own ? label : any);
  const double ground =
      random.chance(0.5) ? random.uniform(0.18, 0.38) : random.uniform(0.62, 0.82);
  Canvas canvas;
  paint_ground(canvas, theme, ground, random);
  paint_clutter(canvas, theme, ground, 5 + static_cast<int>(random.below(5)), random);
  const View view = draw_view(random);
  const PixelBox box = paint_object(canvas, label / 5, label % 5, ground, view.opacity, random);
  paint_clutter(canvas, theme, ground, view.covers, random);
  develop(canvas, view.grain, random, out);
  return {label, box};
}

void check(const Shapes100Options& o) {
  if (!(o.background_goes_with_class >= 0 && o.background_goes_with_class <= 1))
    fail("shapes100: background_goes_with_class is {}; expected 0 to 1",
         o.background_goes_with_class);
  constexpr int64_t most = 10'000'000;
  if (o.train < 1 || o.train > most || o.test < 1 || o.test > most)
    fail("shapes100: {} training and {} test images; expected 1 to {}", o.train, o.test, most);
  if (o.threads < 0 || o.threads > 1024)
    fail("shapes100: {} threads; expected 0 (all) to 1024", o.threads);
}

ImageSet empty_set(Split split, int64_t count) {
  ImageSet set;
  set.name = std::string("shapes100 ") + name_of(split);
  set.height = set.width = side;
  set.classes = shapes::outlines * shapes::surfaces;
  set.coarse_classes = shapes::outlines;
  set.pixels.resize(static_cast<size_t>(count) * 3 * plane);
  set.labels.resize(static_cast<size_t>(count));
  set.coarse_labels.resize(static_cast<size_t>(count));
  set.class_names = shapes100_names();
  set.coarse_class_names = shapes100_coarse_names();
  return set;
}

void draw_all(const Shapes100Options& options, Split split, ImageSet& set,
              std::vector<PixelBox>& boxes) {
  boxes.resize(set.labels.size());
  constexpr int64_t chunk = 256;
  std::atomic<int64_t> next = 0;
  const auto work = [&] {
    for (int64_t begin; (begin = next.fetch_add(chunk)) < set.size();)
      for (int64_t i = begin; i < std::min(begin + chunk, set.size()); ++i) {
        const Drawn d = draw(options, split, i, set.image(i));
        const auto n = static_cast<size_t>(i);
        set.labels[n] = d.label;
        set.coarse_labels[n] = d.label / shapes::surfaces;
        boxes[n] = d.box;
      }
  };
  const unsigned machine = std::max(1u, std::thread::hardware_concurrency());
  const unsigned threads = options.threads > 0 ? static_cast<unsigned>(options.threads) : machine;
  std::vector<std::jthread> helpers;
  try {
    for (unsigned t = 1; t < threads; ++t) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // Those that there are draw everything.
  }
  work();
}

}  // namespace

Shapes100Sample draw_shapes100(const Shapes100Options& options, Split split, int64_t index) {
  check(options);
  if (index < 0) fail("shapes100: there is no image {}", index);
  Shapes100Sample sample;
  sample.pixels.resize(3 * plane);
  const Drawn d = draw(options, split, index, sample.pixels.data());
  sample.label = d.label;
  sample.coarse_label = d.label / shapes::surfaces;
  sample.box = d.box;
  return sample;
}

Shapes100 make_shapes100(const Shapes100Options& options) {
  check(options);
  Shapes100 all = {
      empty_set(Split::train, options.train), empty_set(Split::test, options.test), {}, {}};
  draw_all(options, Split::train, all.train, all.train_boxes);
  draw_all(options, Split::test, all.test, all.test_boxes);
  return all;
}

std::vector<std::string> shapes100_names() {
  std::vector<std::string> names;
  for (const char* outline : shapes::outline_names)
    for (const char* surface : shapes::surface_names)
      names.push_back(std::string(surface) + ' ' + outline);
  return names;
}

std::vector<std::string> shapes100_coarse_names() {
  return {std::begin(shapes::outline_names), std::end(shapes::outline_names)};
}

}  // namespace lienet
