// Classifies photos with torchvision's weights:
//   classify_photo WEIGHTS.safetensors MODEL PHOTO...      MODEL: resnet18, 34, 50, 101 or 152
// In Python the weights come from
//   net = torchvision.models.resnet50(weights="DEFAULT")
//   safetensors.torch.save_file(net.state_dict(), "resnet50.safetensors")
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "datasets/augment.h"
#include "engine/error.h"
#include "models/resnet.h"
#include "models/weights.h"

using namespace lienet;

// As torchvision tests: the shorter side resized to 256, the middle 224x224 cut out, normalised.
Tensor input_of(Context& ctx, const std::string& photo) {
  const Image image = centre_crop(resize_shorter(read_image(photo), 256), 224, 224);
  Tensor x = ctx.empty_on_host({1, 3, 224, 224}, DType::f32);
  Augment({}, imagenet_stats, 224, 224).apply(image.pixels.data(), {}, x.data<float>());
  return x;
}

std::vector<float> softmax(const Tensor& logits) {
  const float* x = logits.data<float>();
  std::vector<float> p(x, x + logits.size());
  const float most = *std::max_element(p.begin(), p.end());
  for (float& v : p) v = std::exp(v - most);
  const float sum = std::accumulate(p.begin(), p.end(), 0.0f);
  for (float& v : p) v /= sum;
  return p;
}

void classify(Context& ctx, ResNet& model, const std::string& photo) {
  Tape tape = Tape::inference(ctx);
  const std::vector<float> p = softmax(model(tape, tape.constant(input_of(ctx, photo))).tensor());
  std::vector<int> order(p.size());
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + 5, order.end(), [&](int a, int b) {
    return p[static_cast<size_t>(a)] > p[static_cast<size_t>(b)];
  });
  std::printf("%s\n", photo.c_str());
  for (int i = 0; i < 5; ++i)
    std::printf("  class %3d  %5.1f %%\n", order[static_cast<size_t>(i)],
                100 * p[static_cast<size_t>(order[static_cast<size_t>(i)])]);
}

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: classify_photo WEIGHTS.safetensors MODEL PHOTO...\n");
    return 2;
  }
  try {
    Context ctx;
    ResNetOptions options = resnet_options(argv[2], 1000);
    options.stem = Stem::imagenet;
    ResNet model(ctx, options);
    load_weights(ctx, model, SafetensorsFile::open(argv[1]));
    for (int i = 3; i < argc; ++i) classify(ctx, model, argv[i]);
  } catch (const Error& e) {
    std::fprintf(stderr, "classify_photo: %s\n", e.what());
    return 1;
  }
}
