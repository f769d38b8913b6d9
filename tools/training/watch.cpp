#include "tools/training/watch.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "analysis/saliency.h"
#include "datasets/loader.h"
#include "engine/check.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/inhibit.h"
#include "tools/pictures/map_grid.h"
#include "tools/training/evaluate.h"
#include "tools/training/readable.h"
#include "tools/training/telemetry.h"

namespace lienet {
namespace {

// Keeps the masks of a pass, in backward order.
class MaskKeeper : public Observer {
 public:
  // `others`: layers without inhibition whose masks are drawn all the same, and not applied.
  explicit MaskKeeper(std::vector<std::string> others) : others_(std::move(others)) {}

  bool wants_masks() const override { return true; }
  void on_gradient(Context& ctx, const GradientEvent& event) override {
    const std::string& name = event.record.name;
    MaskRecord record;
    if (event.mask) {
      record = *event.mask;
      if (!record.norms) record.norms = norms_of(ctx, *event.uninhibited, record.mask.dim(1));
    } else if (std::find(others_.begin(), others_.end(), name) != others_.end()) {
      Inhibition paper = Inhibition::paper();
      paper.sets = static_cast<int>(std::gcd(int64_t{paper.sets}, event.gradient.dim(1)));
      inhibit(ctx, paper, event.gradient, 0, &record);
    } else {
      return;
    }
    keep(ctx, name, record);
  }

  std::vector<WatchedLayer> take() {
    std::reverse(layers_.begin(), layers_.end());
    return std::move(layers_);
  }

 private:
  // Of the controls, which do not look at the gradient.
  static Tensor norms_of(Context& ctx, const Tensor& gradient, int64_t sets) {
    Inhibition unfiltered;
    unfiltered.sets = static_cast<int>(sets);
    unfiltered.mode = InhibitionMode::no_lateral;
    MaskRecord record;
    inhibit(ctx, unfiltered, gradient, 0, &record);
    return record.norms;
  }

  void keep(Context& ctx, const std::string& name, const MaskRecord& record) {
    const auto copied = [&](const Tensor& t) {
      return t ? as_type(ctx, to_host(ctx, t), DType::f32) : Tensor{};
    };
    layers_.push_back({.name = name,
                       .norms = copied(record.norms),
                       .responses = copied(record.responses),
                       .mask = to_host(ctx, record.mask)});
  }

  std::vector<std::string> others_;
  std::vector<WatchedLayer> layers_;
};

// Map k of image n of a tensor [N,K,u,v].
template <class T>
ValueMap map_of(const Tensor& t, int64_t n, int64_t k) {
  const int64_t plane = t.dim(2) * t.dim(3);
  const T* values = t.data<T>() + (n * t.dim(1) + k) * plane;
  return {t.dim(2), t.dim(3), {values, values + plane}};
}

// The share of an image's sets that keep each position.
ValueMap share_kept(const Tensor& mask, int64_t n) {
  ValueMap sum = map_of<uint8_t>(mask, n, 0);
  for (int64_t k = 1; k < mask.dim(1); ++k) {
    const ValueMap one = map_of<uint8_t>(mask, n, k);
    for (size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += one.values[i];
  }
  for (float& v : sum.values) v /= static_cast<float>(mask.dim(1));
  return sum;
}

constexpr MapColumn norm_column{"D", MapColours::from_zero},
    response_column{"delta", MapColours::signed_}, mask_column{"mask", MapColours::share},
    share_column{"kept", MapColours::share}, li_map_column{"LI-Map", MapColours::overlay};

constexpr size_t most_drawn = 8;  // layers

MapGroup group_of(const WatchedLayer& layer, int64_t set) {
  MapGroup group{layer.name,
                 fmt::format("{} x {}, set {} of {}", layer.mask.dim(2), layer.mask.dim(3), set + 1,
                             layer.sets()),
                 {norm_column}};
  if (layer.responses) group.columns.push_back(response_column);
  group.columns.push_back(mask_column);
  group.columns.push_back(share_column);
  return group;
}

void add_maps(const WatchedLayer& layer, int64_t set, int64_t image, MapRow& row) {
  row.maps.push_back(map_of<float>(layer.norms, image, set));
  if (layer.responses) row.maps.push_back(map_of<float>(layer.responses, image, set));
  row.maps.push_back(map_of<uint8_t>(layer.mask, image, set));
  row.maps.push_back(share_kept(layer.mask, image));
}

}  // namespace

int64_t WatchedLayer::largest_set() const {
  const int64_t plane = norms.dim(2) * norms.dim(3);
  std::vector<double> sums(static_cast<size_t>(sets()));
  for (int64_t i = 0; i < norms.size(); ++i)
    sums[static_cast<size_t>(i / plane % sets())] += double(norms.data<float>()[i]);
  return std::max_element(sums.begin(), sums.end()) - sums.begin();
}

std::vector<NamedTensor> Watched::tensors() const {
  std::vector<NamedTensor> all;
  for (const WatchedLayer& layer : layers) {
    all.push_back({layer.name + ".norms", layer.norms});
    if (layer.responses) all.push_back({layer.name + ".responses", layer.responses});
    all.push_back({layer.name + ".mask", layer.mask});
  }
  all.push_back({"li_map", li_map});
  all.push_back({"logits", logits});
  return all;
}

ShownSets largest_sets(const Watched& watched) {
  ShownSets sets;
  for (const WatchedLayer& layer : watched.layers) sets[layer.name] = layer.largest_set();
  return sets;
}

std::map<std::string, std::string> metadata_of(const ShownSets& sets) {
  std::map<std::string, std::string> metadata;
  for (const auto& [layer, set] : sets) metadata[layer] = std::to_string(set);
  return metadata;
}

ShownSets sets_of(const std::map<std::string, std::string>& metadata, const Watched& watched) {
  ShownSets sets = largest_sets(watched);
  for (const WatchedLayer& layer : watched.layers) {
    const auto found = metadata.find(layer.name);
    if (found == metadata.end()) continue;
    const std::string& text = found->second;
    int64_t set = -1;
    std::from_chars(text.data(), text.data() + text.size(), set);
    if (set >= 0 && set < layer.sets()) sets[layer.name] = set;
  }
  return sets;
}

Watch::Watch(std::shared_ptr<const ImageSet> set, const ChannelStats& stats, int64_t count,
             double label_smoothing)
    : set_(std::move(set)), label_smoothing_(label_smoothing) {
  if (count > set_->size())
    fail("--watch {}: expected at most {}, the images of {}", count, set_->size(), set_->name);
  Loader loader(set_, {.batch = count, .workers = 0, .stats = stats});
  loader.start(0);
  batch_ = *loader.next();
}

Watched Watch::look(Context& ctx, ResNet& model) const {
  const Tensor images = to_device(ctx, as_type(ctx, batch_.images, ctx.dtype()));
  const int64_t count = images.dim(0);
  Watched watched;
  {
    Tape tape(ctx, {.record = true, .inhibit = true, .parameters = false});
    Tensor unused;  // the gradient of the images, without which nothing would be recorded
    const Value logits = model(tape, tape.leaf(images, &unused));
    const Value loss = loss_of(tape, logits, batch_, metric_of(*set_), label_smoothing_);
    Tensor seed = ctx.empty_like(loss.tensor());
    fill(ctx, seed, double(count));  // the sum of the losses instead of their mean
    MaskKeeper keeper(blocks_of_paper(model));
    Observer* const observers[] = {&keeper};
    backward(tape, loss, seed, observers);
    watched.layers = keeper.take();
    watched.logits = as_type(ctx, to_host(ctx, logits.tensor()), DType::f32);
  }
  const int64_t* labels = batch_.labels.data<int64_t>();
  const Saliency looked = saliency(ctx, model, images, {labels, static_cast<size_t>(count)},
                                   {.methods = {SaliencyMethod::li_map}});
  watched.li_map = as_type(ctx, looked.maps[0].map, DType::f32);
  return watched;
}

Canvas Watch::draw(const Watched& watched, const ShownSets& sets, const std::string& title) const {
  const auto name_of_class = [&](int64_t k) {
    return set_->class_names.empty() ? std::to_string(k)
                                     : set_->class_names[static_cast<size_t>(k)];
  };
  const std::vector<size_t> drawn = evenly_chosen(watched.layers.size(), most_drawn);
  MapGrid grid{.title = title,
               .groups = {},
               .rows = {},
               .legend = {{norm_column, "D, from 0"},
                          {response_column, "delta, white at 0"},
                          {mask_column, "mask, and share kept"},
                          {li_map_column, "LI-Map"}}};
  for (const size_t i : drawn)
    grid.groups.push_back(group_of(watched.layers[i], sets.at(watched.layers[i].name)));
  grid.groups.push_back({"", "", {li_map_column}});
  for (int64_t n = 0; n < batch_.labels.size(); ++n) {
    const std::vector<double> p = probabilities(watched.logits, n, metric_of(*set_));
    const int64_t label = batch_.labels.data<int64_t>()[n];
    const auto predicted = std::max_element(p.begin(), p.end()) - p.begin();
    // Of several classes that are shown any is right; the probability is that of the label.
    const auto tag = static_cast<size_t>(n * set_->classes + predicted);
    const bool right = set_->multi_label() ? set_->tags[tag] == 1 : predicted == label;
    MapRow row{.name = name_of_class(label),
               .note = fmt::format("{} {:.0f} %", right ? "right" : "wrong",
                                   100 * p[static_cast<size_t>(label)]),
               .image = set_->view(n),
               .maps = {}};
    for (const size_t i : drawn)
      add_maps(watched.layers[i], sets.at(watched.layers[i].name), n, row);
    row.maps.push_back(map_of<float>(watched.li_map, n, 0));
    grid.rows.push_back(std::move(row));
  }
  return draw_map_grid(grid);
}

}  // namespace lienet
