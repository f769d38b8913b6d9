// Where a network looks: maps of how much each place of an image matters for a class, by several
// methods at once. P is the class's logit; BatchNorm uses its running statistics; every image is
// on its own. One forward and one backward pass serve all methods but guided backpropagation, which
// changes the gradients and so takes a pass of its own.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/li_map.h"
#include "layers/layer.h"

namespace lienet {

enum class SaliencyMethod : uint8_t {
  li_map,           // li_map.h
  grad_cam,         // grad_cam.h
  grad_cam_pp,      // grad_cam.h
  cam,              // cam.h
  guided_backprop,  // guided.h
  input_grad,  // dP/dx: Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2014
};
inline constexpr SaliencyMethod all_saliency_methods[] = {
    SaliencyMethod::li_map, SaliencyMethod::grad_cam,        SaliencyMethod::grad_cam_pp,
    SaliencyMethod::cam,    SaliencyMethod::guided_backprop, SaliencyMethod::input_grad};

const char* name_of(SaliencyMethod method);   // "grad_cam_pp"
const char* title_of(SaliencyMethod method);  // "Grad-CAM++"
// Throws Error that names the nearest.
SaliencyMethod saliency_method(std::string_view name);

struct SaliencyOptions {
  std::vector<SaliencyMethod> methods{std::begin(all_saliency_methods),
                                      std::end(all_saliency_methods)};
  // Whose outputs LI-Map sums over; none: every ReLU's with a map.
  std::vector<std::string> layers{};
  std::string cam_layer{};  // Grad-CAM's and Grad-CAM++'s; empty: the last ReLU's with a map
  LiMapOptions li_map{};
  bool inhibit = false;  // whether the layers' inhibition is on in these passes
};

// Results are in the host's memory, f32 or f64.
struct SaliencyMap {
  SaliencyMethod method;
  Tensor map;  // [N,1,H,W], the gradients [N,3,H,W]; of the CAMs ReLU(raw), resized
  Tensor raw;  // CAM, Grad-CAM, Grad-CAM++ only: before ReLU, [N,1,u,v]
};

struct Saliency {
  Tensor logits;                  // [N,K]
  std::vector<int64_t> classes;   // [N], whose logit P was
  std::vector<SaliencyMap> maps;  // one for each method, in the order asked for
};

// x [N,3,H,W], normalised, in the context's type, in any memory; `classes`: one for each image, or
// none for the class of the largest logit. Throws Error for a class or a layer that is not there,
// and for CAM where the network does not end as it must. Changes nothing in the network.
Saliency saliency(Context& ctx, Layer& network, const Tensor& x, std::span<const int64_t> classes,
                  const SaliencyOptions& options);

// One number for each pixel, [N,1,height,width], by which pixels are ranked: LI-Map itself, the
// CAMs' raw map resized (before ReLU, so that it has no plateau of zeros), max_c |dP/dx|.
Tensor ranking(Context& ctx, const SaliencyMap& map, int64_t height, int64_t width);

// What is drawn, [N,1,H,W]: the map, of gradients max_c |dP/dx|.
Tensor shown(Context& ctx, const SaliencyMap& map);

}  // namespace lienet
