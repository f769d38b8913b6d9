#include <fmt/format.h>

#include "engine/inhibition.h"
#include "python/bindings/objects.h"

namespace lienet::python {
namespace {

DType parameter_type(const std::string& name) {
  if (name == "float32") return DType::f32;
  if (name == "float64") return DType::f64;
  throw py::value_error(fmt::format("dtype {}: expected float32, or float64 on ref", name));
}

std::shared_ptr<ContextObject> make_context(const std::string& device, const std::string& precision,
                                            int threads, uint64_t seed, const std::string& dtype,
                                            bool winograd, bool deterministic) {
  return std::make_shared<ContextObject>(ContextOptions{.device = device_named(device),
                                                        .dtype = parameter_type(dtype),
                                                        .precision = precision_named(precision),
                                                        .winograd = winograd,
                                                        .threads = threads,
                                                        .seed = seed,
                                                        .deterministic = deterministic});
}

std::string described(const ContextObject& c) {
  return fmt::format("lienet.Context(device='{}', precision='{}', threads={}, seed={})",
                     name_of(c.context.device()), name_of(c.context.precision()),
                     c.context.threads(), c.context.seed());
}

}  // namespace

void bind_context(py::module_& m) {
  using namespace py::literals;
  py::class_<ContextObject, std::shared_ptr<ContextObject>>(
      m, "Context",
      "Where work happens: device, memory, threads and random numbers. Models and tensors are\n"
      "made in one and keep it alive. device: cpu, cuda, ref (plain loops), or auto; precision:\n"
      "fp32, bf16, and on cuda tf32 and fp16; threads 0: all; dtype float64: on ref;\n"
      "winograd: on cpu, the fast 3x3 convolutions, which round more than direct ones.")
      .def(py::init(&make_context), "device"_a = "cpu", "precision"_a = "fp32", "threads"_a = 0,
           "seed"_a = 0, py::kw_only(), "dtype"_a = "float32", "winograd"_a = true,
           "deterministic"_a = false)
      .def_property_readonly("device",
                             [](const ContextObject& c) { return name_of(c.context.device()); })
      .def_property_readonly("precision",
                             [](const ContextObject& c) { return name_of(c.context.precision()); })
      .def_property_readonly("threads", [](const ContextObject& c) { return c.context.threads(); })
      .def_property_readonly("seed", [](const ContextObject& c) { return c.context.seed(); })
      .def("__repr__", &described);

  py::class_<Inhibition>(
      m, "Inhibition",
      "Lateral inhibition of a layer's output: 'paper', 'impulse' or 'log', then what is\n"
      "otherwise, as in 'paper,rate=0.3,sets=8'; the words of the command line's --inhibit.")
      .def(py::init(&Inhibition::parse), "text"_a = "paper")
      .def_readonly("rate", &Inhibition::rate, "The share that is inhibited.")
      .def_readonly("sets", &Inhibition::sets, "Minicolumns that the channels are split into.")
      .def("__str__", &Inhibition::str)
      .def("__repr__",
           [](const Inhibition& i) { return fmt::format("lienet.Inhibition('{}')", i.str()); })
      .def(
          "__eq__", [](const Inhibition& a, const Inhibition& b) { return a == b; },
          py::is_operator());
}

}  // namespace lienet::python
