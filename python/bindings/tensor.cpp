#include <dlpack/dlpack.h>
#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

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

bool contiguous(const py::array& a) {
  return (a.flags() & py::array::c_style) != 0;
}

TensorObject tensor_from_numpy(const std::shared_ptr<ContextObject>& owner, const py::array& a) {
  if (!contiguous(a))
    throw py::value_error(
        "from_numpy: the array is not contiguous; numpy.ascontiguousarray copies");
  if (!a.writeable())
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

py::array as_array(const py::object& tensor, const py::object& dtype, std::optional<bool> copy) {
  py::array array = numpy_view(tensor);
  if (!dtype.is_none()) array = array.attr("astype")(dtype, "copy"_a = false);
  return copy.value_or(false) ? py::array(array.attr("copy")()) : array;
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
  if (!py::isinstance<py::array>(x)) return tensor_from_dlpack(owner, x).tensor;
  py::array array = py::reinterpret_borrow<py::array>(x);
  if (!contiguous(array) || !array.writeable()) array = array.attr("copy")("order"_a = "C");
  return tensor_from_dlpack(owner, array).tensor;
}

py::array numpy_view(const py::object& tensor) {
  const Tensor& t = tensor.cast<const TensorObject&>().tensor;
  if (t.dtype() == DType::bf16) throw py::type_error("numpy has no bfloat16; see Tensor.float()");
  if (!t.on_host() || t.layout() != Layout::plain)
    throw py::type_error(fmt::format("{} is not numpy's memory; see Tensor.cpu()", t.str()));
  const auto dims = t.shape().dims();
  const std::vector<py::ssize_t> shape(dims.begin(), dims.end());
  // Left to pybind11 before 2.12, strides would be wrong with NumPy 2.
  const auto bytes = static_cast<py::ssize_t>(size_of(t.dtype()));
  return py::array(py::dtype(type_name(t.dtype())), shape, py::detail::c_strides(shape, bytes),
                   t.raw(), tensor);
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
