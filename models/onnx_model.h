// A model in ONNX's terms (onnx.ai), and the file that it is: one protocol buffer, of which lienet
// writes the parts that a graph of f32 tensors needs. Source: onnx.proto of ONNX 1.8.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "engine/named_tensor.h"

namespace lienet {

// The operators' versions, and that of the format they came with: what runtimes read since 2020.
inline constexpr int64_t onnx_opset = 13, onnx_ir_version = 7;

struct OnnxAttribute {
  std::string name;
  std::variant<int64_t, float, std::vector<int64_t>> value;
};

// y = op(inputs). A value is known by its name, which stands once as an output or initialiser.
struct OnnxNode {
  std::string name, op;
  std::vector<std::string> inputs;
  std::string output;
  std::vector<OnnxAttribute> attributes{};
};

// What goes in or comes out: f32, each extent a number or, where it is the caller's choice, a name.
struct OnnxValue {
  std::string name;
  std::vector<std::variant<int64_t, std::string>> extents;
};

struct OnnxModel {
  std::string producer_version;
  std::map<std::string, std::string> metadata;
  std::vector<OnnxValue> inputs, outputs;
  std::vector<NamedTensor> initializers;  // f32 or i64, plain, in the host's memory
  std::vector<OnnxNode> nodes;            // each behind those whose outputs it takes
};

// The bytes of a .onnx file. Throws Error for more than the format holds, and for an initialiser
// of another kind.
std::string onnx_bytes(const OnnxModel& model);

}  // namespace lienet
