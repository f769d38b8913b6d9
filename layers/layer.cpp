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
      inhibition_->check(y.shape().rank() == 4 ? y.shape()[1] : 0, path());
      node.inhibitor = inhibitor_;
    }
  }
  return y;
}

std::string Layer::path() const {
  if (!parent_) return name_;
  const std::string above = parent_->path();
  return above.empty() ? name_ : above + "." + name_;
}

Layer& Layer::find(const std::string& path) {
  Layer* found = nullptr;
  std::vector<std::string> paths;
  visit([&](Layer& layer) {
    paths.push_back(layer.path());
    if (paths.back() == path) found = &layer;
  });
  if (found) return *found;
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
    const std::string path = layer.path();
    for (Parameter* p : layer.parameters_) f(path.empty() ? p->name : path + "." + p->name, *p);
  });
}

void Layer::visit_buffers(const std::function<void(const std::string&, Buffer&)>& f) {
  visit([&](Layer& layer) {
    const std::string path = layer.path();
    for (Buffer* b : layer.buffers_) f(path.empty() ? b->name : path + "." + b->name, *b);
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
    const std::string path = layer.path();
    const auto named = [&](const std::string& name) {
      return path.empty() ? name : path + "." + name;
    };
    for (Parameter* p : layer.parameters_) result.push_back({named(p->name), p->value});
    for (Buffer* b : layer.buffers_) result.push_back({named(b->name), b->value});
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
