#include "tools/training/watch.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "analysis/saliency.h"
#include "datasets/shapes100.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "layers/inhibit.h"
#include "layers/softmax_cross_entropy.h"
#include "op_case.h"
#include "temporary_directory.h"

using namespace lienet;
using test::message_of;

namespace {

constexpr int64_t images = 3;

std::shared_ptr<const ImageSet> shapes() {
  static const auto set = std::make_shared<const ImageSet>(
      make_shapes100({.seed = 3, .train = 1, .test = 5, .threads = 1}).test);
  return set;
}

// A network and what is watched of it.
struct Case {
  explicit Case(const std::string& inhibit, int64_t width = 8)
      : model(ctx, resnet_options("resnet20", 100, width)) {
    if (inhibit != "off") model.inhibit_blocks(Inhibition::parse(inhibit));
  }
  Watched look() { return watch.look(ctx, model); }

  Context ctx{{.device = Device::cpu, .threads = 1, .seed = 4}};
  ResNet model;
  Watch watch{shapes(), {}, images, 0.1};
};

// The gradient of the sum of the losses by the last inhibited output, layer3.0, by itself: no mask
// was applied before it.
struct LastGradient : Observer {
  void on_gradient(Context& ctx, const GradientEvent& event) override {
    if (event.record.name == "layer3.0") gradient = as_plain(ctx, event.gradient);
  }
  Tensor gradient;
};
Tensor last_gradient(Case& c) {
  Loader loader(shapes(), {.batch = images, .workers = 0});
  loader.start(0);
  const Batch batch = *loader.next();
  Tape tape = Tape::evaluation(c.ctx);
  const Value loss =
      softmax_cross_entropy(tape, c.model(tape, tape.constant(batch.images)), batch.labels, 0.1);
  Tensor seed = c.ctx.empty_like(loss.tensor());
  fill(c.ctx, seed, images);
  LastGradient last;
  Observer* const observers[] = {&last};
  backward(tape, loss, seed, observers);
  return last.gradient;
}

double kept(const Tensor& mask) {
  double sum = 0;
  for (int64_t i = 0; i < mask.size(); ++i) sum += mask.data<uint8_t>()[i];
  return sum / double(mask.size());
}

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

}  // namespace

TEST_CASE("watch: D, delta and mask of every inhibited layer, from each image's own loss") {
  Case c("paper,sets=4");
  const Watched watched = c.look();
  REQUIRE(watched.layers.size() == 7);
  CHECK(watched.layers[0].name == "layer1.0");
  CHECK(watched.layers[3].name == "layer2.0");
  const WatchedLayer& last = watched.layers[6];
  CHECK(last.name == "layer3.0");
  CHECK(last.norms.shape() == Shape{images, 4, 8, 8});
  for (const WatchedLayer& layer : watched.layers)
    CHECK(kept(layer.mask) == doctest::Approx(0.5).epsilon(0.01));
  // D against its definition: 32 channels in 4 sets.
  const Tensor g = last_gradient(c);
  REQUIRE(g.shape() == Shape{images, 32, 8, 8});
  for (int64_t i = 0; i < last.norms.size(); ++i) {
    double squares = 0;
    for (int64_t k = 0; k < 8; ++k) {
      const double v = g.data<float>()[(i / 64 * 8 + k) * 64 + i % 64];
      squares += v * v;
    }
    CHECK(last.norms.data<float>()[i] == doctest::Approx(std::sqrt(squares)).epsilon(1e-4));
  }
  CHECK(watched.logits.shape() == Shape{images, 100});
  CHECK(watched.li_map.shape() == Shape{images, 1, 32, 32});
  CHECK(watched.tensors().size() == 3 * 7 + 2);
}

TEST_CASE("watch: a network without inhibition shows what preset paper would draw") {
  Case plain("off", 16), paper("paper", 16);
  const Watched would = plain.look(), does = paper.look();
  REQUIRE(would.layers.size() == 7);
  // The last layer's gradient is the same in both; before it only the inhibited network's changes.
  CHECK(same(would.layers[6].norms, does.layers[6].norms));
  CHECK(same(would.layers[6].responses, does.layers[6].responses));
  CHECK(same(would.layers[6].mask, does.layers[6].mask));
  CHECK(!same(would.layers[5].norms, does.layers[5].norms));
  CHECK(same(would.li_map, does.li_map));  // never inhibited
  // 8 channels have no 16 sets, but 8.
  Case narrow("off", 8);
  CHECK(narrow.look().layers[0].sets() == 8);
}

TEST_CASE("watch: LI-Map is that of the image's own class") {
  Case c("paper,sets=4");
  Loader loader(shapes(), {.batch = images, .workers = 0});
  loader.start(0);
  const Batch batch = *loader.next();
  const int64_t* labels = batch.labels.data<int64_t>();
  const Saliency expected = saliency(c.ctx, c.model, batch.images, {labels, images},
                                     {.methods = {SaliencyMethod::li_map}});
  CHECK(same(c.look().li_map, expected.maps[0].map));
}

TEST_CASE("watch: the network stays as it was, and looks the same again") {
  Case c("paper,sets=4");
  std::vector<Tensor> before;
  for (const NamedTensor& t : c.model.state()) before.push_back(clone(c.ctx, t.tensor));
  const Watched first = c.look(), second = c.look();
  const std::vector<NamedTensor> after = c.model.state();
  for (size_t i = 0; i < before.size(); ++i) CHECK(same(before[i], after[i].tensor));
  for (Parameter* p : c.model.parameters()) CHECK(!p->gradient);
  const std::vector<NamedTensor> a = first.tensors(), b = second.tensors();
  for (size_t i = 0; i < a.size(); ++i) CHECK(same(a[i].tensor, b[i].tensor));
}

TEST_CASE("watch: controls have D and a mask, and no delta") {
  Case random("paper,sets=4,mode=random"), lateral("paper,sets=4");
  const Watched watched = random.look();
  const WatchedLayer& last = watched.layers[6];
  CHECK(!last.responses);
  CHECK(same(last.norms, lateral.look().layers[6].norms));
  CHECK(kept(last.mask) == doctest::Approx(0.5).epsilon(0.01));
  CHECK(watched.tensors().size() == 2 * 7 + 2);
  CHECK(random.watch.draw(watched, largest_sets(watched), "t").width() <
        lateral.watch.draw(lateral.look(), largest_sets(watched), "t").width());
}

TEST_CASE("watch: the set that is drawn is the largest at first, and stays") {
  Case c("paper,sets=4");
  Watched watched = c.look();
  Tensor& norms = watched.layers[2].norms;
  fill(c.ctx, norms, 1);
  norms.data<float>()[(4 + 3) * 32 * 32 + 5] = 2;  // image 1, set 3
  ShownSets sets = largest_sets(watched);
  CHECK(sets.size() == 7);
  CHECK(sets.at("layer1.2") == 3);
  norms.data<float>()[0] = 9;  // now it would be set 0
  CHECK(largest_sets(watched).at("layer1.2") == 0);
  CHECK(sets_of(metadata_of(sets), watched) == sets);
  CHECK(sets_of({{"layer1.2", "4"}}, watched).at("layer1.2") == 0);  // no such set
  CHECK(sets_of({{"layer1.2", "x"}}, watched).at("layer1.2") == 0);
  CHECK(c.watch.draw(watched, sets, "t").png() !=
        c.watch.draw(watched, largest_sets(watched), "t").png());
}

TEST_CASE("watch: a deep network's picture has eight of its layers") {
  Case c("paper,sets=4");
  Watched watched = c.look();
  const int64_t seven = c.watch.draw(watched, largest_sets(watched), "t").width();
  for (int i = 0; i < 9; ++i) {
    watched.layers.push_back(watched.layers[6]);
    watched.layers.back().name += "." + std::to_string(i);
  }
  const int64_t sixteen = c.watch.draw(watched, largest_sets(watched), "t").width();
  CHECK(sixteen - seven == 4 * 64 + 3 * 4 + 16);
}

TEST_CASE("watch: fewer images than asked for") {
  CHECK(message_of([] { Watch(shapes(), {}, 6, 0); }) ==
        "--watch 6: expected at most 5, the images of " + shapes()->name);
}
