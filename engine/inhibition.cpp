#include "engine/inhibition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "engine/settings.h"
#include "engine/words.h"

namespace lienet {
namespace {

template <class E>
struct Word {
  std::string_view word;
  E value;
};

constexpr std::array<Word<InhibitionMode>, 5> modes{
    {{"lateral", InhibitionMode::lateral},
     {"no_lateral", InhibitionMode::no_lateral},
     {"no_minicolumn", InhibitionMode::no_minicolumn},
     {"random", InhibitionMode::random},
     {"center", InhibitionMode::center}}};
constexpr std::array<Word<FilterTaps>, 2> tap_kinds{
    {{"formula", FilterTaps::formula}, {"impulse", FilterTaps::impulse}}};
constexpr std::array<Word<FilterPadding>, 3> paddings{{{"zero", FilterPadding::zero},
                                                       {"reflect", FilterPadding::reflect},
                                                       {"symmetric", FilterPadding::symmetric}}};
constexpr std::array<Word<bool>, 4> booleans{
    {{"1", true}, {"0", false}, {"true", true}, {"false", false}}};

template <class E, size_t n>
E find(const std::array<Word<E>, n>& words, std::string_view key, std::string_view text) {
  std::vector<std::string_view> known;
  for (const auto& w : words) {
    if (w.word == text) return w.value;
    known.push_back(w.word);
  }
  fail("inhibition: {}={} is not known; did you mean {}?", key, text, nearest_word(text, known));
}

template <class E, size_t n>
std::string_view word_of(const std::array<Word<E>, n>& words, E value) {
  return std::find_if(words.begin(), words.end(), [&](auto& w) { return w.value == value; })->word;
}

void set(Inhibition& i, std::string_view key, std::string_view value) {
  if (key == "rate")
    i.rate = number_of<double>("inhibition", key, value);
  else if (key == "sets")
    i.sets = number_of<int>("inhibition", key, value);
  else if (key == "mode")
    i.mode = find(modes, key, value);
  else if (key == "sigma")
    i.filter.sigma = number_of<double>("inhibition", key, value);
  else if (key == "kernel")
    i.filter.size = value == "auto" ? 0 : number_of<int>("inhibition", key, value);
  else if (key == "taps")
    i.filter.taps = find(tap_kinds, key, value);
  else if (key == "zero_sum")
    i.filter.zero_sum = find(booleans, key, value);
  else if (key == "padding")
    i.filter.padding = find(paddings, key, value);
  else
    fail("inhibition: {} is not an option; did you mean {}?", key,
         nearest_word(key,
                      {"rate", "sets", "mode", "sigma", "kernel", "taps", "zero_sum", "padding"}));
}

Inhibition preset(std::string_view name) {
  if (name == "paper") return Inhibition::paper();
  if (name == "impulse") return Inhibition::impulse();
  if (name == "log") return Inhibition::log();
  fail("inhibition: {} is not a preset; did you mean {}?", name,
       nearest_word(name, {"paper", "impulse", "log"}));
}

}  // namespace

int LogFilter::size_on(int64_t height, int64_t width) const {
  if (size > 0) return size;
  const int64_t whole = 2 * static_cast<int64_t>(std::ceil(3 * sigma)) + 1;
  return static_cast<int>(std::min(whole, 2 * std::min(height, width) - 1));
}

Inhibition Inhibition::paper() {
  return {};
}

Inhibition Inhibition::impulse() {
  Inhibition i;
  i.filter.taps = FilterTaps::impulse;
  return i;
}

Inhibition Inhibition::log() {
  Inhibition i;
  i.filter.size = 0;
  i.filter.zero_sum = true;
  i.filter.padding = FilterPadding::symmetric;
  return i;
}

Inhibition Inhibition::parse(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(','));
  Inhibition result = preset(name);
  text.remove_prefix(std::min(name.size() + 1, text.size()));
  for_each_setting("inhibition", text,
                   [&](std::string_view key, std::string_view value) { set(result, key, value); });
  result.check(0, "--inhibit");
  return result;
}

std::string Inhibition::str() const {
  const std::string size = filter.size ? std::to_string(filter.size) : "auto";
  return fmt::format(
      "paper,rate={},sets={},mode={},sigma={},kernel={},taps={},zero_sum={},padding={}", rate, sets,
      word_of(modes, mode), filter.sigma, size, word_of(tap_kinds, filter.taps),
      filter.zero_sum ? 1 : 0, word_of(paddings, filter.padding));
}

int Inhibition::sets_for(int64_t channels) const {
  return mode == InhibitionMode::no_minicolumn ? static_cast<int>(channels) : sets;
}

void Inhibition::check(int64_t channels, std::string_view layer) const {
  if (!(rate >= 0 && rate < 1)) fail("{}: inhibition rate={}; expected 0 <= rate < 1", layer, rate);
  if (sets < 1) fail("{}: inhibition sets={}; expected 1 or more", layer, sets);
  if (!(filter.sigma >= LogFilter::min_sigma && filter.sigma <= LogFilter::max_sigma))
    fail("{}: inhibition sigma={}; expected {} to {}", layer, filter.sigma, LogFilter::min_sigma,
         LogFilter::max_sigma);
  if (filter.size != 0 &&
      (filter.size < 0 || filter.size > LogFilter::max_size || filter.size % 2 == 0))
    fail("{}: inhibition kernel={}; expected an odd size up to {}, or auto", layer, filter.size,
         LogFilter::max_size);
  if (channels % sets_for(std::max<int64_t>(channels, 1)) != 0)
    fail("{}: {} channels cannot be split into {} even sets; choose sets that divide them", layer,
         channels, sets);
}

int64_t kept_positions(double rate, int64_t n) {
  if (rate == 0 || n <= 1) return n;
  return n - 1 - static_cast<int64_t>(std::floor(rate * static_cast<double>(n - 1)));
}

}  // namespace lienet
