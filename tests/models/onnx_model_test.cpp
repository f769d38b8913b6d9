#include "models/onnx_model.h"

#include <doctest/doctest.h>

#include "engine/context.h"
#include "op_case.h"
#include "protobuf_fields.h"
#include "temporary_directory.h"

using namespace lienet;
using test::message_of;
using test::ProtobufFields;

namespace {

OnnxModel small_model(Context& ctx) {
  OnnxModel m;
  m.producer_version = "1.2.3";
  m.metadata = {{"model", "small"}};
  m.inputs = {OnnxValue{"x", {"batch", int64_t{3}}}};
  m.outputs = {OnnxValue{"y", {"batch", int64_t{2}}}};
  m.initializers = {{"w", test::random_tensor(ctx, {2, 3}, 1)}};
  m.nodes = {
      {.name = "fc",
       .op = "Gemm",
       .inputs = {"x", "w"},
       .output = "y",
       .attributes = {
           {"transB", int64_t{1}}, {"alpha", 0.5f}, {"pads", std::vector<int64_t>{1, 0, -1}}}}};
  return m;
}

// The names and numbers of an extent each.
std::string extents_of(const ProtobufFields& value) {
  std::string text;
  for (const auto& extent : value.message(2).message(1).message(2).all_of(1)) {
    const ProtobufFields fields(extent.bytes);
    text += fields.all_of(2).empty() ? std::to_string(fields.at(1).integer) : fields.at(2).bytes;
    text += ' ';
  }
  return text;
}

}  // namespace

TEST_CASE("onnx: a file's fields are those of onnx.proto") {
  Context ctx;
  const OnnxModel from = small_model(ctx);
  const ProtobufFields model(onnx_bytes(from));
  CHECK(model.at(1).integer == 7);  // ir_version
  CHECK(model.at(2).bytes == "lienet");
  CHECK(model.at(3).bytes == "1.2.3");
  CHECK(model.message(8).at(1).bytes.empty());
  CHECK(model.message(8).at(2).integer == 13);  // opset
  CHECK(model.message(14).at(1).bytes == "model");
  CHECK(model.message(14).at(2).bytes == "small");

  const ProtobufFields graph = model.message(7);
  CHECK(!graph.at(2).bytes.empty());
  const ProtobufFields input = graph.message(11), output = graph.message(12);
  CHECK(input.at(1).bytes == "x");
  CHECK(input.message(2).message(1).at(1).integer == 1);  // FLOAT
  CHECK(extents_of(input) == "batch 3 ");
  CHECK(output.at(1).bytes == "y");
  CHECK(extents_of(output) == "batch 2 ");

  const ProtobufFields node = graph.message(1);
  REQUIRE(node.all_of(1).size() == 2);
  CHECK(node.all_of(1)[0].bytes == "x");
  CHECK(node.all_of(1)[1].bytes == "w");
  CHECK(node.at(2).bytes == "y");
  CHECK(node.at(3).bytes == "fc");
  CHECK(node.at(4).bytes == "Gemm");

  const ProtobufFields tensor = graph.message(5);
  REQUIRE(tensor.all_of(1).size() == 2);
  CHECK(tensor.all_of(1)[0].integer == 2);
  CHECK(tensor.all_of(1)[1].integer == 3);
  CHECK(tensor.at(2).integer == 1);
  CHECK(tensor.at(8).bytes == "w");
  const Tensor& w = from.initializers[0].tensor;
  CHECK(tensor.at(9).bytes == std::string(static_cast<const char*>(w.raw()), w.bytes()));
}

TEST_CASE("onnx: attributes say their type") {
  Context ctx;
  const ProtobufFields node = ProtobufFields(onnx_bytes(small_model(ctx))).message(7).message(1);
  const auto attributes = node.all_of(5);
  REQUIRE(attributes.size() == 3);
  const ProtobufFields one(attributes[0].bytes), real(attributes[1].bytes),
      several(attributes[2].bytes);
  CHECK(one.at(1).bytes == "transB");
  CHECK(one.at(3).integer == 1);
  CHECK(one.at(20).integer == 2);  // INT
  CHECK(real.at(2).as_float() == 0.5f);
  CHECK(real.at(20).integer == 1);  // FLOAT
  REQUIRE(several.all_of(8).size() == 3);
  CHECK(static_cast<int64_t>(several.all_of(8)[2].integer) == -1);
  CHECK(several.at(20).integer == 7);  // INTS
}

TEST_CASE("onnx: what no file holds") {
  Context ctx;
  OnnxModel model = small_model(ctx);
  model.initializers[0].tensor = ctx.zeros({2}, DType::u8);
  CHECK(message_of([&] { onnx_bytes(model); }) ==
        "onnx: initialiser w is u8 [2]; expected f32 or i64, plain, in the host's memory");
  model.initializers[0].tensor = {};
  CHECK(message_of([&] { onnx_bytes(model); }) ==
        "onnx: initialiser w is no tensor; expected f32 or i64, plain, in the host's memory");
  const Tensor large = ctx.zeros({int64_t{1} << 22});  // 16 MiB, 128 times
  model.initializers.assign(128, {"w", large});
  CHECK(message_of([&] { onnx_bytes(model); }) ==
        "onnx: 2048 MiB of weights; a file of this format holds 2047");
}
