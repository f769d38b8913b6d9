// lienet export: what it writes, and what it refuses.
#include <doctest/doctest.h>

#include <map>

#include "engine/safetensors.h"
#include "narrow_network.h"
#include "program.h"
#include "protobuf_fields.h"
#include "tools/training/checkpoint.h"

using namespace lienet;
namespace fs = std::filesystem;
using test::check_refused;
using test::Contains;
using test::Ended;
using test::get;
using test::narrow_network;
using test::ProtobufFields;
using test::run;
using test::TemporaryDirectory;

namespace {

// A trained network's file, w.safetensors, as a training leaves it.
std::string weights_in(const TemporaryDirectory& dir) {
  Context ctx;
  ResNet model(ctx, narrow_network.options());
  save_weights(ctx, dir / "w.safetensors", model, narrow_network);
  return (dir / "w.safetensors").string();
}

std::map<std::string, std::string> metadata_in(const ProtobufFields& onnx) {
  std::map<std::string, std::string> metadata;
  for (const auto& entry : onnx.all_of(14)) {
    const ProtobufFields fields(entry.bytes);
    metadata[fields.at(1).bytes] = fields.at(2).bytes;
  }
  return metadata;
}

}  // namespace

TEST_CASE("export: a network as ONNX, which says what it is") {
  const TemporaryDirectory dir;
  const std::string file = (dir / "net.onnx").string();
  const std::string command = "export --weights " + weights_in(dir) + " --onnx " + file;
  const Ended e = run(dir, command);
  CHECK(e.err == "");
  CHECK(e.code == 0);
  CHECK(e.out == file +
                     ": resnet20, opset 13; images are normalised by mean "
                     "[0.5, 0.5, 0.5], deviation [0.25, 0.25, 0.25]\n");
  const ProtobufFields onnx(get(file));
  CHECK(onnx.at(2).bytes == "lienet");
  CHECK(onnx.at(3).bytes != "");
  const auto metadata = metadata_in(onnx);
  CHECK(metadata.at("model") == "resnet20");
  CHECK(metadata.at("mean") == "0.5 0.5 0.5");
  CHECK(!metadata.contains("format"));
  CHECK(onnx.message(7).all_of(5).size() == 107);                           // initialisers
  const Ended pixels = run(dir, command + " --normalize --image-size 32");  // takes its place
  CHECK(pixels.out == file +
                          ": resnet20, opset 13; images are pixels in 0..1, which it normalises by "
                          "mean [0.5, 0.5, 0.5], deviation [0.25, 0.25, 0.25]\n");
  CHECK(ProtobufFields(get(file)).message(7).all_of(5).size() == 109);
}

TEST_CASE("export: weights alone, under either names, come back as they were") {
  const TemporaryDirectory dir;
  const std::string weights = weights_in(dir);
  for (const std::string names : {"torchvision", "kuangliu"}) {
    CAPTURE(names);
    const std::string out = (dir / names).string();
    const Ended e = run(dir, "export --weights " + weights + " --names " + names + " --out " + out);
    CHECK(e.err == "");
    CHECK(e.code == 0);
    CHECK(e.out == out + ": 128 tensors with the names of " + names + "\n");
    const SafetensorsFile file = SafetensorsFile::open(out);
    CHECK(file.entries().size() == 128);
    const bool ours = names == "torchvision";
    CHECK(bool(file.find("fc.bias")) == ours);
    CHECK(bool(file.find("linear.bias")) != ours);
    CHECK(bool(file.find("layer2.0.downsample.0.weight")) == ours);
    CHECK(bool(file.find("layer2.0.shortcut.0.weight")) != ours);
    CHECK(ModelDescription::of(file).dataset == "shapes100");
    const std::string back = (dir / "back").string();
    REQUIRE(run(dir, "export --weights " + out + " --out " + back).code == 0);
    CHECK(get(back) == get(weights));
  }
}

TEST_CASE("export: weights that do not say what they are of") {
  const TemporaryDirectory dir;
  Context ctx;
  ResNet model(ctx, narrow_network.options());
  const std::string file = (dir / "foreign").string(), onnx = (dir / "o").string();
  save_safetensors(file, model.state());
  const std::string command = "export --weights " + file + " --onnx " + onnx;
  CHECK(run(dir, command).err == Contains("its metadata has no dataset"));
  CHECK(!fs::exists(onnx));
  CHECK(run(dir, command + " --model resnet20 --width 4").code == 0);
  CHECK(run(dir, command + " --model resnet20").err == Contains("does not fit the model: "));
  const std::string named = (dir / "named").string();
  CHECK(run(dir, "export --weights " + file + " --model resnet20 --width 4 --out " + named).code ==
        0);
  CHECK(run(dir, "eval --weights " + named).err ==
        "lienet: DATASET: name one; these weights name none\n");
}

TEST_CASE("export: what it refuses is one line") {
  check_refused("export --out x", 2, "--weights is required (see lienet export --help)");
  check_refused("export --weights w", 2,
                "name a file to write: --onnx FILE.onnx, --out FILE.safetensors, or both");
  check_refused("export --weights w --out o --names kuangliuu", 2,
                "weight names kuangliuu are not known; did you mean kuangliu?");
  check_refused("export --weights w --onnx o --names kuangliu", 2,
                "--names is for --out, which names no file here");
  check_refused("export --weights w --out o --normalize", 2,
                "--normalize is for --onnx, which names no file here");
  check_refused("export --weights w --onnx o --image-size=-1", 2,
                "--image-size -1: expected 0 (any) or more");
  check_refused("export --weights /none --out o", 1,
                "/none: cannot be read: No such file or directory");
  const TemporaryDirectory dir;
  const std::string weights = weights_in(dir), before = get(weights);
  check_refused("export --weights " + weights + " --out " + weights, 2,
                weights + ": is the file that the weights are in");
  CHECK(get(weights) == before);
  const std::string lost = (dir / "none" / "o").string();
  check_refused("export --weights " + weights + " --onnx " + lost, 1,
                lost + ": cannot be written: No such file or directory");
}
