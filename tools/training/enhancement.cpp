#include "tools/training/enhancement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/settings.h"
#include "engine/words.h"

namespace lienet {

Enhancement Enhancement::parse(std::string_view text) {
  constexpr std::string_view what = "enhancement";
  Enhancement e;
  for_each_setting(what, text, [&](std::string_view key, std::string_view value) {
    const auto set = [&](double& member) { member = number_of<double>(what, key, value); };
    if (key == "rate")
      set(e.options.rate);
    else if (key == "share")
      set(e.share);
    else if (key == "sigma")
      set(e.options.blur_sigma);
    else
      fail("{}: {} is not an option; did you mean {}?", what, key,
           nearest_word(key, {"rate", "share", "sigma"}));
  });
  if (!(e.share >= 0 && e.share <= 1)) fail("{}: share {}; expected 0 to 1", what, e.share);
  e.options.check();
  return e;
}

std::vector<int64_t> draw_share(int64_t count, double share, const RandomKey& key) {
  constexpr double rounding = 1e-9;  // 0.29 * 100 is less than 29
  const auto drawn =
      static_cast<int64_t>(std::floor(share * static_cast<double>(count) + rounding));
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), int64_t{0});
  Random random(key);
  for (int64_t i = 0; i < drawn; ++i)
    std::swap(all[static_cast<size_t>(i)],
              all[static_cast<size_t>(i + random.below(static_cast<uint32_t>(count - i)))]);
  all.resize(static_cast<size_t>(drawn));
  std::sort(all.begin(), all.end());
  return all;
}

void enhance_batch(Context& ctx, Layer& network, const Enhancement& enhancement, Batch& batch) {
  const Tensor& images = batch.images;
  const std::vector<int64_t> drawn =
      draw_share(images.dim(0), enhancement.share, ctx.random_key(RandomUse::enhance));
  if (drawn.empty()) return;
  const auto count = std::ssize(drawn);
  const int64_t size = images.size() / images.dim(0);
  Tensor some = ctx.empty_on_host({count, images.dim(1), images.dim(2), images.dim(3)}, DType::f32);
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t from = drawn[static_cast<size_t>(i)];
    std::copy_n(images.data<float>() + from * size, size, some.data<float>() + i * size);
    labels.push_back(batch.labels.data<int64_t>()[from]);
  }
  const Enhanced enhanced = enhance(ctx, network, some, labels, enhancement.options);
  for (int64_t i = 0; i < count; ++i)
    std::copy_n(enhanced.images.data<float>() + i * size, size,
                batch.images.data<float>() + drawn[static_cast<size_t>(i)] * size);
}

}  // namespace lienet
