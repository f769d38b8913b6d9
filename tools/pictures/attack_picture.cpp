#include "tools/pictures/attack_picture.h"

#include <fmt/format.h>

#include <algorithm>

namespace lienet {
namespace {

using namespace palette;

constexpr int64_t gap = 12, side = 160, line = 24;

// The panel's pixels p as a picture of f(p, the clean image's).
template <class F>
Canvas shown(const AttackPicture& p, const AttackPanel& panel, F f) {
  Image image{p.height, p.width, {}};
  for (size_t i = 0; i < panel.pixels.size(); ++i)
    image.pixels.push_back(byte_of(f(double(panel.pixels[i]), double(p.clean.pixels[i]))));
  return fitted(image, side);
}

}  // namespace

Canvas draw_attack(const AttackPicture& p) {
  const auto as_it_is = [](double value, double) { return value; };
  const auto difference = [&](double value, double clean) {
    return 0.5 + 0.5 * (value - clean) / p.epsilon;
  };
  const int64_t columns = 1 + 2 * std::ssize(p.attacks);
  const int64_t width =
      std::max(gap + columns * (side + gap), Canvas::text_width(p.caption, 2) + 2 * gap);
  Canvas canvas(2 * gap + 3 * line + side, width, paper);
  canvas.write(p.caption, gap, gap, 2, ink);
  int64_t left = gap;
  const auto add = [&](const std::string& title, const std::string& note, const Canvas& panel) {
    canvas.write(title, gap + line, left, 2, ink);
    canvas.draw(panel, gap + 2 * line, left);
    canvas.write(note.substr(0, static_cast<size_t>(side / Canvas::text_width("m", 1))),
                 gap + 2 * line + panel.height() + 6, left, 1, faint);
    left += side + gap;
  };
  add(p.clean.title, p.clean.note, shown(p, p.clean, as_it_is));
  for (const AttackPanel& attack : p.attacks) {
    add(attack.title, attack.note, shown(p, attack, as_it_is));
    add("difference", fmt::format("times {:.1f}", 0.5 / p.epsilon), shown(p, attack, difference));
  }
  return canvas;
}

}  // namespace lienet
