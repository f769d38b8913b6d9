#include "layers/layer.h"

#include "engine/check.h"
#include "engine/words.h"
#include "layers/inhibit.h"

namespace lienet {

Value Parameter::on(Tape& tape) {
  return frozen || !tape.options().parameters ? tape.constant(value)
                                              : tape.leaf(value, &gradient, name);
}

Value Layer::operator()(Tape& tape, const Value& x) {
  Value y = forward(tape, x);
  if (y.tracked() && y.node() != x.node()) {
    Node& node = tape.node(y);
    // A container's output is its last child's, which has left its name already.
    if (node.name.empty()) node.name = path();
    if (inhibitor_ && tape.options().inhibit) {
      if (y.shape().rank() != 4)
        fail("{}: inhibition of {}, which has no map; expected [N, C, H, W]", path(),
             y.tensor().str());
      inhibition_->check(y.shape()[1], path());
      node.inhibitor = inhibitor_;
    }
  }
  return y;
}

std::string Layer::path() const {
  return parent_ ? parent_->path_of(name_) : name_;
}

std::string Layer::path_of(const std::string& name) const {
  const std::string own = path();
  return own.empty() ? name : own + "." + name;
}

Layer& Layer::find(const std::string& path) {
  Layer* found = nullptr;
  std::vector<std::string> paths;
  visit([&](Layer& layer) {
    std::string own = layer.path();
    if (own == path) found = &layer;
    if (!own.empty()) paths.push_back(std::move(own));  // the root has no name to mean
  });
  if (found) return *found;
  if (paths.empty()) fail("layer {} is not in the model, which has no layers below it", path);
  const std::vector<std::string_view> known(paths.begin(), paths.end());
  fail("layer {} is not in the model; did you mean {}?", path, nearest_word(path, known));
}

void Layer::inhibit(const Inhibition& inhibition) {
  inhibition.check(0, path());
  inhibition_ = inhibition;
  inhibitor_ = make_inhibitor(inhibition);
}

void Layer::inhibit_off() {
  inhibition_.reset();
  inhibitor_.reset();
}

void Layer::visit(const std::function<void(Layer&)>& f) {
  f(*this);
  for (Layer* child : children_) child->visit(f);
}

void Layer::visit_parameters(const std::function<void(const std::string&, Parameter&)>& f) {
  visit([&](Layer& layer) {
    for (Parameter* p : layer.parameters_) f(layer.path_of(p->name), *p);
  });
}

std::vector<Parameter*> Layer::parameters() {
  std::vector<Parameter*> result;
  visit_parameters([&](const std::string&, Parameter& p) { result.push_back(&p); });
  return result;
}

int64_t Layer::parameter_count() {
  int64_t n = 0;
  for (const Parameter* p : parameters()) n += p->value.size();
  return n;
}

void Layer::zero_gradients() {
  for (Parameter* p : parameters()) p->gradient = {};
}

void Layer::freeze(bool frozen) {
  for (Parameter* p : parameters()) p->frozen = frozen;
}

std::vector<NamedTensor> Layer::state() {
  std::vector<NamedTensor> result;
  visit([&](Layer& layer) {
    for (Parameter* p : layer.parameters_) result.push_back({layer.path_of(p->name), p->value});
    for (Buffer* b : layer.buffers_) result.push_back({layer.path_of(b->name), b->value});
  });
  return result;
}

void Layer::add_child(std::string name, Layer& child) {
  LIENET_CHECK(!child.parent_, "layer {} has a parent already", name);
  child.name_ = std::move(name);
  child.parent_ = this;
  children_.push_back(&child);
}

}  // namespace lienet
