// Two small networks in files and some images, for tests of what compares networks.
#pragma once

#include <algorithm>

#include "analysis/normalise.h"
#include "datasets/shapes100.h"
#include "engine/tensor_ops.h"
#include "narrow_network.h"
#include "temporary_directory.h"
#include "tools/lienet/image_inputs.h"
#include "tools/lienet/trained.h"

namespace lienet::test {

// a.safetensors, and b.safetensors, whose logits are 10,000 times those of a: it says the same, so
// surely that no gradient of the loss is left.
class TwoNetworks {
 public:
  explicit TwoNetworks(Context& ctx) : ctx_(ctx) {
    ResNet model(ctx, narrow_network.options());
    save_weights(ctx, dir_ / "a.safetensors", model, narrow_network);
    for (Parameter* p : model.find("fc").parameters())
      for (int64_t i = 0; i < p->value.size(); ++i) p->value.data<float>()[i] *= 1e4f;
    save_weights(ctx, dir_ / "b.safetensors", model, narrow_network);
    networks = commands::open_networks(ctx, {.weights = {path("a"), path("b")}, .common = {}});
    pictures.labelled = true;
    pictures.name = "shapes";
  }

  // The first images of shapes100's test set. Their labels: what the networks say, or the next
  // class.
  void draw(int64_t count, bool right = true) {
    Shapes100 shapes = make_shapes100({.train = 1, .test = count, .threads = 1});
    auto set = std::make_shared<ImageSet>(std::move(shapes.test));
    images_ = set;
    pictures.set = set;
    pictures.count = count;
    label(right);
  }

  // [count,100] of a.
  Tensor logits() const {
    Tape tape = Tape::inference(ctx_);
    const Tensor pixels = commands::pixels_of(ctx_, *images_, 0, pictures.count);
    const Value x = tape.constant(normalise(ctx_, pixels, narrow_network.stats));
    return (*networks[0].model)(tape, x).tensor();
  }

  void label(bool right = true) {
    const Tensor all = logits();
    for (int64_t i = 0; i < all.dim(0); ++i) {
      const float* row = all.data<float>() + i * 100;
      const auto said = static_cast<int32_t>(std::max_element(row, row + 100) - row);
      images_->labels[static_cast<size_t>(i)] = right ? said : (said + 1) % 100;
    }
  }

  std::string path(const std::string& name) const { return dir_ / (name + ".safetensors"); }
  std::filesystem::path folder(const std::string& name) const {
    std::filesystem::create_directory(dir_ / name);
    return dir_ / name;
  }

  std::vector<commands::Network> networks;
  commands::ImageInputs pictures;

 private:
  Context& ctx_;
  TemporaryDirectory dir_;
  std::shared_ptr<ImageSet> images_;
};

}  // namespace lienet::test
