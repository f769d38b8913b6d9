#include <dlpack/dlpack.h>
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "engine/cuda/device.h"
#include "engine/dlpack.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "python/bindings/objects.h"

namespace lienet::python {
namespace {

using namespace py::literals;

// As numpy and PyTorch call it.
const char* type_name(DType t) {
  switch (t) {
    case DType::f32:
      return "float32";
    case DType::f64:
      return "float64";
    case DType::bf16:
      return "bfloat16";
    case DType::f16:
      return "float16";
    case DType::i64:
      return "int64";
    case DType::u8:
      return "uint8";
  }
  return "?";
}

// DLPack's own number of where the memory is, and which.
std::pair<int, int> dlpack_device(const TensorObject& t) {
  return {t.tensor.on_host() ? kDLCPU : kDLCUDA, 0};
}

// The capsule that x, or x.__dlpack__, is. A device's memory is then ready for the context's work.
py::object capsule_of(const ContextObject& owner, const py::object& x) {
  if (PyCapsule_CheckExact(x.ptr())) return x;
  if (!py::hasattr(x, "__dlpack__"))
    throw py::type_error(
        fmt::format("{}: expected a lienet.Tensor, a numpy array, or what has __dlpack__",
                    py::type::of(x).attr("__name__").cast<std::string>()));
  const int device = py::tuple(x.attr("__dlpack_device__")())[0].cast<int>();
  if (device != kDLCUDA || owner.context.device() != Device::cuda) return x.attr("__dlpack__")();
  return x.attr("__dlpack__")("stream"_a = cuda::number_of(owner.context.stream()));
}

TensorObject tensor_from_dlpack(const std::shared_ptr<ContextObject>& owner, const py::object& x) {
  const py::object capsule = capsule_of(*owner, x);
  void* managed = PyCapsule_GetPointer(capsule.ptr(), "dltensor");
  if (!managed) throw py::error_already_set();
  PyCapsule_SetName(capsule.ptr(), "used_dltensor");  // by which its producer knows that it is ours
  return {owner, from_dlpack(owner->context, static_cast<DLManagedTensor*>(managed))};
}

// numpy is spoken to in Python, by what all its versions have: the layout of its structures, which
// pybind11's own interface reads, changed with numpy 2.
py::module_ numpy() {
  return py::module_::import("numpy");
}

bool is_array(const py::object& x) {
  return py::isinstance(x, numpy().attr("ndarray"));
}

bool has_flag(const py::object& array, const char* name) {
  return array.attr("flags").attr(name).cast<bool>();
}

TensorObject tensor_from_numpy(const std::shared_ptr<ContextObject>& owner, const py::object& a) {
  if (!is_array(a)) throw py::type_error("from_numpy: expected a numpy array; see from_dlpack");
  if (!has_flag(a, "c_contiguous"))
    throw py::value_error(
        "from_numpy: the array is not contiguous; numpy.ascontiguousarray copies");
  if (!has_flag(a, "writeable"))
    throw py::value_error("from_numpy: the array is read-only, a tensor never; numpy.array copies");
  return tensor_from_dlpack(owner, a);
}

void delete_unused(PyObject* capsule) {
  if (!PyCapsule_IsValid(capsule, "dltensor")) return;  // somebody took it
  auto* managed = static_cast<DLManagedTensor*>(PyCapsule_GetPointer(capsule, "dltensor"));
  managed->deleter(managed);
}

py::capsule tensor_to_dlpack(const TensorObject& t, const py::object& /*stream*/,
                             const py::object& /*max_version*/, const py::object& dl_device,
                             std::optional<bool> copy) {
  if (!dl_device.is_none() && !dl_device.equal(py::cast(dlpack_device(t))))
    throw py::buffer_error("the tensor is on another device, and is not moved; see Tensor.cpu()");
  Tensor given = t.tensor;
  {
    const Computing computing(*t.owner);
    if (copy.value_or(false)) given = clone(t.owner->context, given);
    if (!given.on_host()) wait_for_device(t.owner->context);
  }
  return py::capsule(to_dlpack(given), "dltensor", &delete_unused);
}

TensorObject on_cpu(const TensorObject& t) {
  const Computing computing(*t.owner);
  Context& ctx = t.owner->context;
  return {t.owner, as_plain(ctx, to_host(ctx, t.tensor))};
}

TensorObject as_float(const TensorObject& t) {
  const Computing computing(*t.owner);
  return {t.owner, as_type(t.owner->context, t.tensor, DType::f32)};
}

void copy_from(TensorObject& t, const py::object& source) {
  const Tensor from = input_tensor(t.owner, source);
  const Computing computing(*t.owner);
  copy(t.owner->context, from, t.tensor);
}

py::object as_array(const py::object& tensor, const py::object& dtype, std::optional<bool> copy) {
  py::object array = numpy_view(tensor);
  if (!dtype.is_none()) array = array.attr("astype")(dtype, "copy"_a = false);
  return copy.value_or(false) ? py::object(array.attr("copy")()) : array;
}

py::tuple extents(const TensorObject& t) {
  py::tuple result(t.tensor.shape().rank());
  for (int i = 0; i < t.tensor.shape().rank(); ++i)
    result[static_cast<size_t>(i)] = t.tensor.dim(i);
  return result;
}

}  // namespace

Tensor input_tensor(const std::shared_ptr<ContextObject>& owner, const py::object& x) {
  if (py::isinstance<TensorObject>(x)) return x.cast<const TensorObject&>().tensor;
  const bool copied = is_array(x) && !(has_flag(x, "c_contiguous") && has_flag(x, "writeable"));
  return tensor_from_dlpack(owner, copied ? py::object(x.attr("copy")("order"_a = "C")) : x).tensor;
}

py::object numpy_view(const py::object& tensor) {
  const auto& object = tensor.cast<const TensorObject&>();
  const Tensor& t = object.tensor;
  if (t.dtype() == DType::bf16) throw py::type_error("numpy has no bfloat16; see Tensor.float()");
  if (!t.on_host() || t.layout() != Layout::plain)
    throw py::type_error(fmt::format("{} is not numpy's memory; see Tensor.cpu()", t.str()));
  const py::dict interface("version"_a = 3, "shape"_a = extents(object),
                           "typestr"_a = numpy().attr("dtype")(type_name(t.dtype())).attr("str"),
                           "data"_a = std::pair(reinterpret_cast<uintptr_t>(t.raw()), false));
  const py::object view = py::module_::import("types").attr("SimpleNamespace")(
      "__array_interface__"_a = interface, "tensor"_a = tensor);  // the array keeps it
  return numpy().attr("asarray")(view);
}

void bind_tensor(py::module_& m) {
  py::class_<TensorObject>(m, "Tensor",
                           "Elements in the host's or a GPU's memory. Shares them with numpy, "
                           "PyTorch and others\nwithout copies: numpy(), __array__, __dlpack__.")
      .def_property_readonly("shape", &extents)
      .def_property_readonly("dtype",
                             [](const TensorObject& t) { return type_name(t.tensor.dtype()); })
      .def_property_readonly(
          "device", [](const TensorObject& t) { return t.tensor.on_host() ? "cpu" : "cuda"; })
      .def("numpy", &numpy_view, "An array on the same memory, which it keeps.")
      .def("cpu", &on_cpu, "The tensor itself where numpy can read it, else a copy that it can.")
      .def("float", &as_float, "The tensor itself where it is float32, else a copy that is.")
      .def("copy_", &copy_from, "source"_a, "Takes the values of another, of the same shape.")
      .def("__array__", &as_array, "dtype"_a = py::none(), "copy"_a = py::none())
      .def("__dlpack__", &tensor_to_dlpack, py::kw_only(), "stream"_a = py::none(),
           "max_version"_a = py::none(), "dl_device"_a = py::none(), "copy"_a = py::none())
      .def("__dlpack_device__", &dlpack_device)
      .def("__repr__",
           [](const TensorObject& t) { return "lienet.Tensor(" + t.tensor.str() + ")"; });

  m.def("from_numpy", &tensor_from_numpy, "context"_a, "array"_a,
        "A tensor on the array's memory, which it keeps. The array is contiguous and writeable.");
  m.def("from_dlpack", &tensor_from_dlpack, "context"_a, "tensor"_a,
        "A tensor on the memory of another library's, which it keeps; contiguous.");
}

}  // namespace lienet::python
