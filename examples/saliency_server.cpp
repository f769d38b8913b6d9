// Where a network looks, as a service: reads a line for each image, its path, and answers with a
// line: the path, the class, and the box around what mattered most for it.
//   saliency_server MODEL.safetensors MODEL CLASSES < paths
// Each worker has a context and a network of its own; they share nothing but the queue of lines. A
// bad image is an answer, too, and not the end of the service.
#include <charconv>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>

#include "analysis/localization.h"
#include "analysis/saliency.h"
#include "datasets/augment.h"
#include "engine/error.h"
#include "models/resnet.h"
#include "models/weights.h"

using namespace lienet;

constexpr int64_t side = 32;  // of the images that the network was trained on

class Worker {
 public:
  Worker(const SafetensorsFile& weights, const ResNetOptions& options) : model_(ctx_, options) {
    load_weights(ctx_, model_, weights);
  }

  std::string answer(const std::string& path) {
    try {
      const Image image = resize(read_image(path), side, side);
      Tensor x = ctx_.empty_on_host({1, 3, side, side}, DType::f32);
      prepare_.apply(image.pixels.data(), {}, x.data<float>());
      const Saliency seen = saliency(ctx_, model_, x, {}, {.methods = {SaliencyMethod::li_map}});
      const float* map = seen.maps[0].map.data<float>();
      const std::vector<double> values(map, map + side * side);
      const PixelBox box = salient_box(values, side, side);
      return path + ": class " + std::to_string(seen.classes[0]) + ", columns " +
             std::to_string(box.xmin) + " to " + std::to_string(box.xmax) + ", rows " +
             std::to_string(box.ymin) + " to " + std::to_string(box.ymax);
    } catch (const Error& e) {
      return path + ": error: " + e.what();
    }
  }

 private:
  Context ctx_{{.threads = 1}};
  ResNet model_;
  Augment prepare_{{}, cifar100_stats, side, side};
};

// Lines in, lines out; each whole.
class Service {
 public:
  std::optional<std::string> next() {
    const std::lock_guard lock(mutex_);
    std::string line;
    return std::getline(std::cin, line) ? std::optional(line) : std::nullopt;
  }
  void say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    std::cout << line << std::endl;
  }

 private:
  std::mutex mutex_;
};

int64_t number(const std::string& text) {
  int64_t value = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (end != last || error != std::errc()) throw Error("CLASSES " + text + ": expected a number");
  return value;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: saliency_server MODEL.safetensors MODEL CLASSES < paths\n");
    return 2;
  }
  try {
    const SafetensorsFile weights = SafetensorsFile::open(argv[1]);
    const ResNetOptions options = resnet_options(argv[2], number(argv[3]));
    Service service;
    std::vector<std::unique_ptr<Worker>> workers;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
      workers.push_back(std::make_unique<Worker>(weights, options));
    std::vector<std::jthread> threads;
    for (const auto& worker : workers)
      threads.emplace_back([&service, &worker] {
        while (const auto path = service.next()) service.say(worker->answer(*path));
      });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "saliency_server: %s\n", e.what());
    return 1;
  }
}
