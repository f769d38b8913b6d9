#include "analysis/saliency.h"

#include <optional>
#include <string>
#include <vector>

#include "python/bindings/objects.h"

namespace lienet::python {
namespace {

using namespace py::literals;

Tensor map_of(ModelObject& m, const Tensor& x, const SaliencyOptions& options,
              const std::vector<int64_t>& classes) {
  const Computing computing(*m.owner);
  return saliency(m.context(), m.network, on_device(m.context(), x), classes, options).maps[0].map;
}

py::object maps(ModelObject& m, const py::object& images, const std::string& method,
                const std::optional<std::vector<int64_t>>& classes) {
  const SaliencyOptions options{.methods = {saliency_method(method)}};
  const Tensor x = input_images(m, images);
  const Tensor map = map_of(m, x, options, classes.value_or(std::vector<int64_t>()));
  return numpy_view(py::cast(TensorObject{m.owner, map}));
}

}  // namespace

void bind_saliency(py::module_& m) {
  m.def("saliency", &maps, "model"_a, "images"_a, "method"_a = "li_map", "classes"_a = py::none(),
        "Where the model looks: a numpy array [N, 1, H, W], of guided_backprop and input_grad\n"
        "[N, 3, H, W]. method: li_map, grad_cam, grad_cam_pp, cam, guided_backprop, input_grad;\n"
        "classes: one for each image, None for those of the largest logits.");
}

}  // namespace lienet::python
