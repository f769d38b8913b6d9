#include <fmt/format.h>

#include <memory>

#include "engine/error.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/softmax_cross_entropy.h"
#include "python/bindings/objects.h"

namespace lienet::python {
namespace {

using namespace py::literals;

Tensor input_labels(const ModelObject& model, const py::object& labels, int64_t images) {
  Tensor y = input_tensor(model.owner, labels);
  if (y.dtype() != DType::i64 || y.shape() != Shape{images})
    throw py::value_error(
        fmt::format("labels are {}; expected int64 [{}], one for each image", y.str(), images));
  // Here, since a device does not say which label it was.
  const int64_t classes = model.network.options().classes;
  for (int64_t n = 0; y.on_host() && n < images; ++n)
    if (const int64_t label = y.data<int64_t>()[n]; label < 0 || label >= classes)
      throw Error(fmt::format("label {} of sample {}; expected 0 to {}", label, n, classes - 1));
  return y;
}

// The loss of a pass of training, which leaves gradients. Call it while Computing.
double training_pass(ModelObject& m, const Tensor& x, const Tensor& y, double label_smoothing) {
  Context& ctx = m.context();
  if (ctx.precision() == Precision::fp16)
    throw Error("training in fp16 needs a scaled loss, which Python has not; choose bf16");
  ctx.set_position(0, m.owner->passes++);
  m.network.zero_gradients();
  Tape tape = Tape::training(ctx);
  const Value logits = m.network(tape, tape.constant(on_device(ctx, x)));
  const Value loss = softmax_cross_entropy(tape, logits, on_device(ctx, y), label_smoothing);
  backward(tape, loss);
  return *as_type(ctx, to_host(ctx, loss.tensor()), DType::f64).data<double>();
}

double cross_entropy_backward(ModelObject& m, const py::object& images, const py::object& labels,
                              double label_smoothing) {
  const Tensor x = input_images(m, images), y = input_labels(m, labels, x.dim(0));
  const Computing computing(*m.owner);
  return training_pass(m, x, y, label_smoothing);
}

double train_step(ModelObject& m, SgdObject& optimizer, const py::object& images,
                  const py::object& labels, double label_smoothing) {
  if (optimizer.model.get() != &m) throw py::value_error("the optimizer is of another model");
  const Tensor x = input_images(m, images), y = input_labels(m, labels, x.dim(0));
  const Computing computing(*m.owner);
  const double loss = training_pass(m, x, y, label_smoothing);
  optimizer.sgd.step();
  return loss;
}

std::shared_ptr<SgdObject> make_sgd(const std::shared_ptr<ModelObject>& m, double lr,
                                    double momentum, double weight_decay, bool nesterov) {
  const Computing computing(*m->owner);
  return std::make_shared<SgdObject>(
      m, SgdOptions{
             .lr = lr, .momentum = momentum, .weight_decay = weight_decay, .nesterov = nesterov});
}

}  // namespace

void bind_training(py::module_& m) {
  py::class_<SgdObject, std::shared_ptr<SgdObject>>(
      m, "SGD", "Stochastic gradient descent on a model's parameters, as torch.optim.SGD.")
      .def(py::init(&make_sgd), "model"_a, "lr"_a, "momentum"_a = 0.0, "weight_decay"_a = 0.0,
           "nesterov"_a = false)
      .def_property(
          "lr", [](const SgdObject& o) { return o.sgd.learning_rate(); },
          [](SgdObject& o, double rate) {
            const Computing computing(*o.model->owner);
            o.sgd.set_learning_rate(rate);
          })
      .def(
          "step",
          [](SgdObject& o) {
            const Computing computing(*o.model->owner);
            o.sgd.step();
          },
          "Changes every parameter that has a gradient.");

  m.def("cross_entropy_backward", &cross_entropy_backward, "model"_a, "images"_a, "labels"_a,
        "label_smoothing"_a = 0.0,
        "A forward and a backward pass of training: returns the mean loss, and leaves gradients\n"
        "in Parameter.grad in place of those of the pass before. Blocks' inhibition is on.");
  m.def("train_step", &train_step, "model"_a, "optimizer"_a, "images"_a, "labels"_a,
        "label_smoothing"_a = 0.0,
        "cross_entropy_backward, then optimizer.step(). Returns the loss.");
}

}  // namespace lienet::python
