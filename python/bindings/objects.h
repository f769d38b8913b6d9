// What Python's objects hold. Each keeps alive what it stands on: a tensor and a model their
// context, an optimiser its model.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <mutex>
#include <string>

#include "models/resnet.h"
#include "optim/sgd.h"

namespace lienet::python {

namespace py = pybind11;

struct ContextObject {
  explicit ContextObject(const ContextOptions& options) : context(options) {}
  Context context;
  std::mutex computing;
  uint32_t passes = 0;  // of training: what is drawn at random is drawn anew in each
};

// While it lives Python's other threads run, and none of them computes in the same context.
class Computing {
 public:
  explicit Computing(ContextObject& c) : alone_(c.computing) {}

 private:
  py::gil_scoped_release released_;  // before the lock: who waits for it keeps nobody from running
  std::lock_guard<std::mutex> alone_;
};

struct TensorObject {
  std::shared_ptr<ContextObject> owner;
  Tensor tensor;
};

struct ModelObject {
  ModelObject(std::shared_ptr<ContextObject> in, std::string called, const ResNetOptions& options)
      : owner(std::move(in)), name(std::move(called)), network(owner->context, options) {}
  Context& context() { return owner->context; }

  std::shared_ptr<ContextObject> owner;
  std::string name;  // "resnet18"
  ResNet network;
};

struct ParameterObject {
  std::shared_ptr<ModelObject> model;
  std::string name;  // "layer1.0.conv1.weight"
  Parameter* parameter;
};

struct SgdObject {
  SgdObject(std::shared_ptr<ModelObject> of, const SgdOptions& options)
      : model(std::move(of)), sgd(model->context(), model->network, options) {}
  std::shared_ptr<ModelObject> model;
  Sgd sgd;
};

// A tensor on the memory of x: a lienet.Tensor, a numpy array, or whatever speaks DLPack. For
// reading: a numpy array that is read-only or not contiguous is copied.
Tensor input_tensor(const std::shared_ptr<ContextObject>& owner, const py::object& x);
// A batch of images [N,3,H,W], of any floating type.
Tensor input_images(const ModelObject& model, const py::object& images);
// The memory of a lienet.Tensor as a numpy array that keeps it.
py::object numpy_view(const py::object& tensor);

// x as a model takes it. Call it while Computing.
Tensor on_device(Context& ctx, const Tensor& x);

void bind_context(py::module_& m);
void bind_tensor(py::module_& m);
void bind_model(py::module_& m);
void bind_training(py::module_& m);
void bind_saliency(py::module_& m);

}  // namespace lienet::python
