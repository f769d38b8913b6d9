// Asks cuDNN, on any machine, what it would do on a card: it takes a description of one.
#include "layers/conv2d_cuda.h"

#include <doctest/doctest.h>

#include <optional>

#include "engine/error.h"

using namespace lienet;
using namespace lienet::cuda;

namespace {

struct Card {
  const char *name, *description;
};
const Card cards[] = {{"H100", R"({
  "deviceName": "NVIDIA H100 80GB HBM3", "deviceVer": 900, "driverVer": 13000, "cudaDeviceId": 0,
  "multiProcessorCount": 132, "warpSize": 32, "smClockRateKHz": 1980000, "memClockRateKHz": 2619000,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
  "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048, "maxCtasPerSM": 32,
  "regsPerBlock": 65536, "maxRegistersPerSM": 65536, "maxSharedMemoryPerBlock": 49152,
  "maxSharedMemoryPerBlockOptin": 232448, "reservedSharedMemoryPerBlock": 1024,
  "l2CacheSize": 52428800, "totalGlobalMem": 85000000000, "pciDeviceId": 0, "isTccDriver": 0,
  "supportCoopLaunch": 1})"},
                      {"A100", R"({
  "deviceName": "NVIDIA A100-SXM4-40GB", "deviceVer": 800, "driverVer": 13000, "cudaDeviceId": 0,
  "multiProcessorCount": 108, "warpSize": 32, "smClockRateKHz": 1410000, "memClockRateKHz": 1215000,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
  "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048, "maxCtasPerSM": 32,
  "regsPerBlock": 65536, "maxRegistersPerSM": 65536, "maxSharedMemoryPerBlock": 49152,
  "maxSharedMemoryPerBlockOptin": 166912, "reservedSharedMemoryPerBlock": 1024,
  "l2CacheSize": 41943040, "totalGlobalMem": 42400000000, "pciDeviceId": 0, "isTccDriver": 0,
  "supportCoopLaunch": 1})"},
                      {"RTX 4090", R"({
  "deviceName": "NVIDIA GeForce RTX 4090", "deviceVer": 890, "driverVer": 13000, "cudaDeviceId": 0,
  "multiProcessorCount": 128, "warpSize": 32, "smClockRateKHz": 2520000, "memClockRateKHz": 10501000,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
  "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 1536, "maxCtasPerSM": 24,
  "regsPerBlock": 65536, "maxRegistersPerSM": 65536, "maxSharedMemoryPerBlock": 49152,
  "maxSharedMemoryPerBlockOptin": 101376, "reservedSharedMemoryPerBlock": 1024,
  "l2CacheSize": 75497472, "totalGlobalMem": 25300000000, "pciDeviceId": 0, "isTccDriver": 0,
  "supportCoopLaunch": 1})"}};

// None where this cuDNN reads no such description.
std::optional<Descriptor> described(const Card& card) {
  try {
    Descriptor d(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
    d.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, std::string_view(card.description));
    d.finalize();
    return d;
  } catch (const Error& e) {
    MESSAGE("skipped: ", card.name, ": ", e.what());
    return std::nullopt;
  }
}

bool has_plan(const Convolution& c, PlanOptions options, const Descriptor& device) {
  options.device = &device;
  options.f32 = c.type == DType::f32;
  return PlanSearch(make_graph(c), options).next().has_value();
}

struct Sizes {
  Shape x, w;
  Conv2dOptions options;

  Convolution convolution(ConvolutionKind kind, DType type) const {
    const auto extent = [&](int i) {
      return (x[i] + 2 * options.padding - options.dilation * (w[i] - 1) - 1) / options.stride + 1;
    };
    return {kind, x, w, {x[0], w[0], extent(2), extent(3)}, type, options};
  }
};

const Sizes all_sizes[] = {
    {{128, 3, 32, 32}, {64, 3, 3, 3}, {.padding = 1}},
    {{128, 64, 32, 32}, {64, 64, 3, 3}, {.padding = 1}},
    {{128, 64, 32, 32}, {128, 64, 1, 1}, {.stride = 2}},
    {{256, 3, 224, 224}, {64, 3, 7, 7}, {.stride = 2, .padding = 3}},
    {{2, 3, 7, 5}, {5, 3, 3, 3}, {.padding = 1}},
    {{2, 3, 7, 8}, {4, 3, 3, 3}, {.padding = 2, .dilation = 2}},
    {{2, 5, 5, 4}, {5, 1, 3, 3}, {.padding = 1, .groups = 5}},
    {{2, 32, 6, 5}, {32, 16, 3, 3}, {.padding = 1, .groups = 2}},
};

}  // namespace

TEST_CASE("cuDNN has engines for the convolutions, in each direction and precision") {
  for (const Card& card : cards) {
    const std::optional<Descriptor> device = described(card);
    if (!device) continue;
    CAPTURE(card.name);
    for (const Sizes& s : all_sizes)
      for (const auto kind : {ConvolutionKind::forward, ConvolutionKind::backward_data,
                              ConvolutionKind::backward_weights}) {
        CAPTURE(s.x.str());
        CAPTURE(static_cast<int>(kind));
        for (const DType type : {DType::f32, DType::bf16, DType::f16}) {
          CAPTURE(name_of(type));
          CHECK(has_plan(s.convolution(kind, type), {}, *device));
          CHECK(has_plan(s.convolution(kind, type), {.deterministic = true}, *device));
        }
        CHECK(has_plan(s.convolution(kind, DType::f32), {.tf32 = true}, *device));
      }
  }
}

TEST_CASE("cuDNN finishes a convolution's sums as they are written") {
  for (const Card& card : cards) {
    const std::optional<Descriptor> device = described(card);
    if (!device) continue;
    CAPTURE(card.name);
    for (const Sizes& s : all_sizes)
      for (const DType type : {DType::f32, DType::bf16, DType::f16})
        for (int choice = 0; choice < 4; ++choice) {
          CAPTURE(s.x.str());
          CAPTURE(name_of(type));
          CAPTURE(choice);
          Convolution c = s.convolution(ConvolutionKind::forward, type);
          c.bias = true;
          c.add = choice & 1, c.relu = choice & 2;
          CHECK(has_plan(c, {}, *device));
        }
  }
}

TEST_CASE("cuDNN refuses what makes no sense") {
  Convolution c = all_sizes[1].convolution(ConvolutionKind::forward, DType::bf16);
  c.y = {128, 64, 31, 32};
  CHECK_THROWS_AS(make_graph(c), Error);
}
