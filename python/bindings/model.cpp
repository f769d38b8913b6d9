#include <fmt/format.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/safetensors.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "models/weights.h"
#include "python/bindings/objects.h"

namespace lienet::python {
namespace {

namespace fs = std::filesystem;
using namespace py::literals;

std::shared_ptr<ModelObject> make_resnet(const std::shared_ptr<ContextObject>& owner,
                                         const std::string& name, int64_t classes, int64_t width,
                                         const std::string& stem) {
  if (stem != "cifar" && stem != "imagenet")
    throw py::value_error(fmt::format("stem {}: expected cifar or imagenet", stem));
  ResNetOptions options = resnet_options(name, classes, width);
  options.stem = stem == "cifar" ? Stem::cifar : Stem::imagenet;
  const Computing computing(*owner);
  return std::make_shared<ModelObject>(owner, name, options);
}

TensorObject logits_of(ModelObject& m, const py::object& images) {
  const Tensor x = input_images(m, images);
  const Computing computing(*m.owner);
  Tape tape = Tape::inference(m.context());
  return {m.owner, m.network(tape, tape.constant(on_device(m.context(), x))).tensor()};
}

void load(ModelObject& m, const fs::path& path, bool partial) {
  const Computing computing(*m.owner);
  load_weights(m.context(), m.network, SafetensorsFile::open(path), partial);
}

void save(ModelObject& m, const fs::path& path) {
  const ResNetOptions& o = m.network.options();
  const std::map<std::string, std::string> metadata{
      {"format", "pt"},
      {"model", m.name},
      {"stem", o.stem == Stem::cifar ? "cifar" : "imagenet"},
      {"width", std::to_string(o.width)},
      {"classes", std::to_string(o.classes)}};
  const Computing computing(*m.owner);
  save_safetensors(path, to_host(m.context(), m.network.state()), metadata);
}

py::dict state_dict(ModelObject& m) {
  py::dict result;
  for (const auto& [name, tensor] : m.network.state())
    result[name.c_str()] = TensorObject{m.owner, tensor};
  return result;
}

// Nothing is copied unless everything fits. As PyTorch's older files, `tensors` may do without
// BatchNorm's num_batches_tracked.
void load_state_dict(ModelObject& m, const py::dict& tensors) {
  std::vector<std::pair<Tensor, Tensor>> copies;  // from, to
  std::set<std::string> known;
  for (const auto& [name, to] : m.network.state()) {
    known.insert(name);
    if (!tensors.contains(name)) {
      if (name.ends_with("num_batches_tracked")) continue;
      throw py::value_error("load_state_dict: " + name + " is missing");
    }
    copies.emplace_back(input_tensor(m.owner, tensors[name.c_str()]), to);
    const Tensor& from = copies.back().first;
    if (from.shape() != to.shape())
      throw py::value_error(
          fmt::format("load_state_dict: {} is {}, expected {}", name, from.str(), to.str()));
  }
  for (const auto& [name, tensor] : tensors)
    if (!known.contains(name.cast<std::string>()))
      throw py::value_error("load_state_dict: the model has no " + name.cast<std::string>());
  const Computing computing(*m.owner);
  for (auto& [from, to] : copies) copy(m.context(), from, to);
}

void inhibit_blocks(ModelObject& m, const py::object& inhibition) {
  std::optional<Inhibition> wanted;
  if (py::isinstance<py::str>(inhibition))
    wanted = Inhibition::parse(inhibition.cast<std::string>());
  else if (!inhibition.is_none())
    wanted = inhibition.cast<const Inhibition&>();
  const Computing computing(*m.owner);
  if (wanted) {
    m.network.inhibit_blocks(*wanted);
  } else {
    for (const auto& block : m.network.blocks()) block->inhibit_off();
  }
}

std::vector<ParameterObject> parameters(const std::shared_ptr<ModelObject>& m) {
  std::vector<ParameterObject> result;
  m->network.visit_parameters([&](const std::string& path, Parameter& p) {
    result.push_back({m, path, &p});
  });
  return result;
}

std::optional<TensorObject> gradient_of(const ParameterObject& p) {
  const Computing computing(*p.model->owner);
  if (!p.parameter->gradient) return std::nullopt;
  return TensorObject{p.model->owner, p.parameter->gradient};
}

void bind_parameter(py::module_& m) {
  py::class_<ParameterObject>(m, "Parameter", "A trainable tensor of a model.")
      .def_readonly("name", &ParameterObject::name, "As torchvision: layer1.0.conv1.weight.")
      .def_property_readonly(
          "data",
          [](const ParameterObject& p) {
            return TensorObject{p.model->owner, p.parameter->value};
          },
          "Its values; whoever writes to them changes the model.")
      .def_property_readonly("grad", &gradient_of,
                             "The gradient of the latest backward pass; None before.")
      .def_property(
          "requires_grad", [](const ParameterObject& p) { return !p.parameter->frozen; },
          [](const ParameterObject& p, bool wanted) {
            const Computing computing(*p.model->owner);
            p.parameter->frozen = !wanted;
          },
          "Whether gradients of it are computed.");
}

}  // namespace

Tensor input_images(const ModelObject& model, const py::object& images) {
  Tensor x = input_tensor(model.owner, images);
  if (x.shape().rank() != 4 || x.dim(1) != 3)
    throw py::value_error(fmt::format("images are {}; expected [N, 3, H, W]", x.str()));
  if (!is_floating(x.dtype()))
    throw py::value_error(fmt::format("images are {}; expected floats, normalised", x.str()));
  return x;
}

Tensor on_device(Context& ctx, const Tensor& x) {
  return to_device(ctx, is_floating(x.dtype()) ? as_type(ctx, x, ctx.dtype()) : x);
}

void bind_model(py::module_& m) {
  bind_parameter(m);
  py::class_<ModelObject, std::shared_ptr<ModelObject>>(
      m, "ResNet",
      "resnet18, 34, 50, 101, 152 and CIFAR's resnet20, 32, 44, 56, 110, with torchvision's\n"
      "names of layers; weights are drawn from the context's seed. width: channels of the first\n"
      "stage, 0 for the usual; stem: cifar (3x3, no pooling) or imagenet.")
      .def(py::init(&make_resnet), "context"_a, "name"_a = "resnet18", "classes"_a = 100,
           "width"_a = 0, "stem"_a = "cifar")
      .def("__call__", &logits_of, "images"_a,
           "Logits [N, classes] of normalised images [N, 3, H, W]. Records nothing; BatchNorm\n"
           "uses its running statistics.")
      .def("load", &load, "path"_a, "partial"_a = false,
           "Weights from a safetensors file, all of them or, with partial, those that fit.")
      .def("save", &save, "path"_a, "Weights to a safetensors file.")
      .def("state_dict", &state_dict,
           "Parameters and statistics by name, on the model's own memory.")
      .def("load_state_dict", &load_state_dict, "tensors"_a,
           "Copies values from tensors of the same names: of lienet, numpy or PyTorch.")
      .def("parameters", &parameters, "Parameters in the order of the layers.")
      .def("inhibit_blocks", &inhibit_blocks, "inhibition"_a,
           "Inhibits the output of every residual block but the last two, in training: an\n"
           "Inhibition or its words; None: no more.")
      .def_property_readonly("context", [](const ModelObject& o) { return o.owner; })
      .def_readonly("name", &ModelObject::name);
}

}  // namespace lienet::python
