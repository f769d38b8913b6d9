#include "analysis/saliency.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/cam.h"
#include "analysis/grad_cam.h"
#include "analysis/guided.h"
#include "analysis/on_host.h"
#include "analysis/resize.h"
#include "engine/words.h"

namespace lienet {
namespace {

struct Known {
  SaliencyMethod method;
  const char *name, *title;
};
constexpr Known known_methods[] = {
    {SaliencyMethod::li_map, "li_map", "LI-Map"},
    {SaliencyMethod::grad_cam, "grad_cam", "Grad-CAM"},
    {SaliencyMethod::grad_cam_pp, "grad_cam_pp", "Grad-CAM++"},
    {SaliencyMethod::cam, "cam", "CAM"},
    {SaliencyMethod::guided_backprop, "guided_backprop", "Guided backprop"},
    {SaliencyMethod::input_grad, "input_grad", "Input gradient"},
};

const Known& known(SaliencyMethod method) {
  return *std::find_if(std::begin(known_methods), std::end(known_methods),
                       [&](const Known& k) { return k.method == method; });
}

// The classes asked for, checked; without any, those of the largest logits.
std::vector<int64_t> chosen_classes(const Tensor& logits, std::span<const int64_t> asked) {
  const int64_t N = logits.dim(0), K = logits.dim(1);
  std::vector<int64_t> classes(asked.begin(), asked.end());
  if (asked.empty())
    for_floating(logits.dtype(), [&]<class T>(T) {
      for (const T* row = logits.data<T>(); row < logits.data<T>() + logits.size(); row += K)
        classes.push_back(std::max_element(row, row + K) - row);
    });
  if (std::ssize(classes) != N) fail("saliency: {} classes for {} images", classes.size(), N);
  for (const int64_t k : classes)
    if (k < 0 || k >= K) fail("saliency: class {}; expected 0 to {}", k, K - 1);
  return classes;
}

// dP/dlogits: 1 at each image's class.
Tensor one_hot(Context& ctx, const Tensor& logits, std::span<const int64_t> classes) {
  const int64_t K = logits.dim(1);
  Tensor seed = ctx.empty_on_host(logits.shape(), logits.dtype());
  fill(ctx, seed, 0);
  for_floating(seed.dtype(), [&]<class T>(T) {
    T* row = seed.data<T>();
    for (const int64_t k : classes) row[k] = 1, row += K;
  });
  return to_device(ctx, seed);
}

Tensor largest_magnitude(Context& ctx, const Tensor& gradient) {
  const int64_t N = gradient.dim(0), C = gradient.dim(1), n = gradient.dim(2) * gradient.dim(3);
  Tensor result = ctx.empty_on_host({N, 1, gradient.dim(2), gradient.dim(3)}, gradient.dtype());
  fill(ctx, result, 0);
  for_floating(gradient.dtype(), [&]<class T>(T) {
    for (int64_t m = 0; m < N * C; ++m)
      for (int64_t i = 0; i < n; ++i) {
        T& to = result.data<T>()[m / C * n + i];
        to = std::max(to, std::abs(gradient.data<T>()[m * n + i]));
      }
  });
  return result;
}

// The two passes and what they leave behind.
class Passes {
 public:
  Passes(Context& ctx, Layer& network, const Tensor& x, const SaliencyOptions& options)
      : ctx_(ctx), network_(network), x_(x), options_(options) {
    if (x.shape().rank() != 4 || x.dim(0) == 0)
      fail("saliency: images {}; expected [N, C, H, W]", x.str());
  }

  Saliency run(std::span<const int64_t> classes) {
    plain(classes);
    if (wants(SaliencyMethod::guided_backprop)) guided();
    for (const SaliencyMethod method : options_.methods) result_.maps.push_back(map_of(method));
    return std::move(result_);
  }

 private:
  bool wants(SaliencyMethod m) const {
    return std::find(options_.methods.begin(), options_.methods.end(), m) != options_.methods.end();
  }
  Tape tape() const {
    return {ctx_, {.record = true, .inhibit = options_.inhibit, .parameters = false}};
  }
  ReluPass forward(Tape& tape, Tensor* gradient) {
    ReluPass pass = run_with_relus(tape, network_, tape.leaf(to_device(ctx_, x_), gradient));
    if (pass.output.shape().rank() != 2)
      fail("saliency: the network's output is {}; expected logits [N, K]",
           pass.output.tensor().str());
    return pass;
  }
  void backward_from(Tape& tape, const Value& logits, std::span<Observer* const> observers) {
    backward(tape, logits, one_hot(ctx_, result_.logits, result_.classes), observers);
  }

  // All that comes from the network's own gradients.
  void plain(std::span<const int64_t> classes) {
    Tape recorded = tape();
    const ReluPass pass = forward(recorded, &input_gradient_);
    result_.logits = to_host(ctx_, pass.output.tensor());
    result_.classes = chosen_classes(result_.logits, classes);
    if (wants(SaliencyMethod::cam))
      cam_ = class_activation_map(recorded, network_, pass, result_.classes);
    std::vector<Observer*> observers;
    if (wants(SaliencyMethod::li_map)) {
      std::vector<int> nodes;
      for (const ReluOutput& relu : select_layers(pass.relus, options_.layers))
        nodes.push_back(relu.node);
      if (nodes.empty()) fail("LI-Map: the network has no ReLU with a map");
      li_map_.emplace(nodes, x_.dim(0), x_.dim(2), x_.dim(3), options_.li_map);
      observers.push_back(&*li_map_);
    }
    for (const auto& [method, kind] :
         {std::pair(SaliencyMethod::grad_cam, GradCamKind::plain),
          std::pair(SaliencyMethod::grad_cam_pp, GradCamKind::plus_plus)}) {
      if (!wants(method)) continue;
      std::optional<GradCam>& observer = grad_cam_of(method);
      observer.emplace(cam_layer(pass), kind);
      observers.push_back(&*observer);
    }
    if (!observers.empty() || wants(SaliencyMethod::input_grad))
      backward_from(recorded, pass.output, observers);
  }

  void guided() {
    Tape recorded = tape();
    const ReluPass pass = forward(recorded, &guided_gradient_);
    guide(recorded);
    backward_from(recorded, pass.output, {});
  }

  ReluOutput cam_layer(const ReluPass& pass) const {
    if (pass.relus.empty()) fail("Grad-CAM: the network has no ReLU with a map");
    if (options_.cam_layer.empty()) return pass.relus.back();
    return select_layers(pass.relus, {&options_.cam_layer, 1}).back();
  }
  std::optional<GradCam>& grad_cam_of(SaliencyMethod method) {
    return method == SaliencyMethod::grad_cam ? grad_cam_ : grad_cam_pp_;
  }

  SaliencyMap map_of(SaliencyMethod method) {
    switch (method) {
      case SaliencyMethod::li_map:
        return {method, li_map_->map(ctx_), {}};
      case SaliencyMethod::grad_cam:
      case SaliencyMethod::grad_cam_pp:
        return from_raw(method, grad_cam_of(method)->raw(ctx_));
      case SaliencyMethod::cam:
        return from_raw(method, cam_);
      case SaliencyMethod::guided_backprop:
        return {method, plain_on_host(ctx_, guided_gradient_), {}};
      case SaliencyMethod::input_grad:
        return {method, plain_on_host(ctx_, input_gradient_), {}};
    }
    fail("saliency: no such method");
  }
  SaliencyMap from_raw(SaliencyMethod method, Tensor raw) {
    Tensor map = shown_map(ctx_, raw, x_.dim(2), x_.dim(3));
    return {method, std::move(map), std::move(raw)};
  }

  Context& ctx_;
  Layer& network_;
  const Tensor& x_;
  const SaliencyOptions& options_;
  Saliency result_;
  std::optional<LiMap> li_map_;
  std::optional<GradCam> grad_cam_, grad_cam_pp_;
  Tensor cam_, input_gradient_, guided_gradient_;
};

}  // namespace

const char* name_of(SaliencyMethod method) {
  return known(method).name;
}

const char* title_of(SaliencyMethod method) {
  return known(method).title;
}

SaliencyMethod saliency_method(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Known& k : known_methods) {
    if (k.name == name) return k.method;
    names.emplace_back(k.name);
  }
  fail("saliency method {}: not known; did you mean {}?", name, nearest_word(name, names));
}

Saliency saliency(Context& ctx, Layer& network, const Tensor& x, std::span<const int64_t> classes,
                  const SaliencyOptions& options) {
  return Passes(ctx, network, x, options).run(classes);
}

Tensor ranking(Context& ctx, const SaliencyMap& map, int64_t height, int64_t width) {
  Tensor scores = map.raw ? map.raw : shown(ctx, map);
  if (scores.dim(2) == height && scores.dim(3) == width) return scores;
  return resize(ctx, scores, height, width);
}

Tensor shown(Context& ctx, const SaliencyMap& map) {
  return map.map.dim(1) == 1 ? map.map : largest_magnitude(ctx, map.map);
}

}  // namespace lienet
