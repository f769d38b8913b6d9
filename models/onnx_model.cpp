#include "models/onnx_model.h"

#include "engine/check.h"
#include "engine/protobuf.h"

namespace lienet {
namespace {

// TensorProto.DataType
constexpr int64_t float_type = 1, int64_type = 7;

ProtobufMessage attribute_proto(const OnnxAttribute& attribute) {
  enum Type { float_value = 1, int_value = 2, ints_value = 7 };
  ProtobufMessage m;
  m.add_bytes(1, attribute.name);
  Type type = int_value;
  if (const auto* f = std::get_if<float>(&attribute.value)) {
    m.add_float(2, *f);
    type = float_value;
  } else if (const auto* i = std::get_if<int64_t>(&attribute.value)) {
    m.add_integer(3, *i);
  } else {
    for (const int64_t value : std::get<std::vector<int64_t>>(attribute.value))
      m.add_integer(8, value);
    type = ints_value;
  }
  m.add_integer(20, type);
  return m;
}

ProtobufMessage node_proto(const OnnxNode& node) {
  ProtobufMessage m;
  for (const std::string& input : node.inputs) m.add_bytes(1, input);
  m.add_bytes(2, node.output);
  m.add_bytes(3, node.name);
  m.add_bytes(4, node.op);
  for (const OnnxAttribute& attribute : node.attributes)
    m.add_message(5, attribute_proto(attribute));
  return m;
}

ProtobufMessage tensor_proto(const NamedTensor& named) {
  const auto& [name, t] = named;
  if (!t || !t.on_host() || t.layout() != Layout::plain ||
      (t.dtype() != DType::f32 && t.dtype() != DType::i64))
    fail("onnx: initialiser {} is {}; expected f32 or i64, plain, in the host's memory", name,
         t ? t.str() : "no tensor");
  ProtobufMessage m;
  for (const int64_t extent : t.shape().dims()) m.add_integer(1, extent);
  m.add_integer(2, t.dtype() == DType::f32 ? float_type : int64_type);
  m.add_bytes(8, name);
  m.add_bytes(9, {static_cast<const char*>(t.raw()), t.bytes()});
  return m;
}

ProtobufMessage value_proto(const OnnxValue& value) {
  ProtobufMessage shape, tensor, type, m;
  for (const auto& extent : value.extents) {
    ProtobufMessage dimension;
    if (const auto* number = std::get_if<int64_t>(&extent))
      dimension.add_integer(1, *number);
    else
      dimension.add_bytes(2, std::get<std::string>(extent));
    shape.add_message(1, dimension);
  }
  tensor.add_integer(1, float_type);
  tensor.add_message(2, shape);
  type.add_message(1, tensor);
  m.add_bytes(1, value.name);
  m.add_message(2, type);
  return m;
}

ProtobufMessage graph_proto(const OnnxModel& model) {
  ProtobufMessage m;
  for (const OnnxNode& node : model.nodes) m.add_message(1, node_proto(node));
  m.add_bytes(2, "lienet");
  for (const NamedTensor& t : model.initializers) m.add_message(5, tensor_proto(t));
  for (const OnnxValue& value : model.inputs) m.add_message(11, value_proto(value));
  for (const OnnxValue& value : model.outputs) m.add_message(12, value_proto(value));
  return m;
}

void check_size(const OnnxModel& model) {
  constexpr uint64_t most = uint64_t{2047} << 20;  // no protocol buffer has 2 GiB or more
  uint64_t bytes = 0;
  for (const NamedTensor& t : model.initializers) bytes += t.tensor ? t.tensor.bytes() : 0;
  if (bytes > most)
    fail("onnx: {} MiB of weights; a file of this format holds {}", bytes >> 20, most >> 20);
}

}  // namespace

std::string onnx_bytes(const OnnxModel& model) {
  check_size(model);
  ProtobufMessage opset, m;
  opset.add_bytes(1, "");  // the domain of ONNX's own operators
  opset.add_integer(2, onnx_opset);
  m.add_integer(1, onnx_ir_version);
  m.add_bytes(2, "lienet");
  m.add_bytes(3, model.producer_version);
  m.add_message(7, graph_proto(model));
  m.add_message(8, opset);
  for (const auto& [key, value] : model.metadata) {
    ProtobufMessage entry;
    entry.add_bytes(1, key);
    entry.add_bytes(2, value);
    m.add_message(14, entry);
  }
  return m.bytes();
}

}  // namespace lienet
