#include "layers/pool2d_cuda.cuh"

#include "engine/cuda/device_block.cuh"
#include "engine/cuda/nhwc.h"
#include "layers/avg_pool2d.h"
#include "layers/global_avg_pool.h"
#include "layers/max_pool2d.h"

namespace lienet::cuda {
namespace {

PoolMaps maps_of(const Tensor& x, const Tensor& y, const Pool2dOptions& o) {
  if (x.size() > INT32_MAX) fail_with("pooling on the GPU: " + x.str() + " is too large");
  const auto extent = [](int64_t n) { return static_cast<int>(n); };
  return {x.dim(0),         extent(x.dim(2)), extent(x.dim(3)), extent(y.dim(2)), extent(y.dim(3)),
          extent(x.dim(1)), extent(o.kernel), extent(o.stride), extent(o.padding)};
}

}  // namespace

void max_pool2d(Context& ctx, const Tensor& x, const Pool2dOptions& o, Tensor& y, Tensor& winners) {
  const Tensor in = as_nhwc(ctx, x);
  write_nhwc(ctx, winners, [&](Tensor& places) {
    write_nhwc(ctx, y, [&](Tensor& out) {
      for_vectors(x.dtype(), x.dim(1), [&]<class T, class Width>(T, Width) {
        const PoolMaps maps = maps_of(x, y, o);
        run(ctx, MaxPool<T, Width::value>{maps, outputs_of<Width::value>(maps), elements<T>(in),
                                          elements<T>(out), elements<uint8_t>(places)});
      });
    });
  });
}

void max_pool2d_backward(Context& ctx, const Pool2dOptions& o, const Tensor& winners,
                         const Tensor& dy, Tensor& dx) {
  const Tensor d = as_nhwc(ctx, dy), places = as_nhwc(ctx, winners);
  write_nhwc(ctx, dx, [&](Tensor& out) {
    for_vectors(dx.dtype(), dx.dim(1), [&]<class T, class Width>(T, Width) {
      const PoolMaps maps = maps_of(dx, dy, o);
      run(ctx, MaxPoolBackward<T, Width::value>{maps, inputs_of<Width::value>(maps),
                                                elements<uint8_t>(places), elements<T>(d),
                                                elements<T>(out)});
    });
  });
}

void avg_pool2d(Context& ctx, const Tensor& x, const AvgPool2dOptions& o, Tensor& y) {
  const Tensor in = as_nhwc(ctx, x);
  write_nhwc(ctx, y, [&](Tensor& out) {
    for_vectors(x.dtype(), x.dim(1), [&]<class T, class Width>(T, Width) {
      const PoolMaps maps = maps_of(x, y, o.window);
      run(ctx, AvgPool<T, Width::value>{maps, outputs_of<Width::value>(maps), o.count_include_pad,
                                        elements<T>(in), elements<T>(out)});
    });
  });
}

void avg_pool2d_backward(Context& ctx, const AvgPool2dOptions& o, const Tensor& dy, Tensor& dx) {
  const Tensor d = as_nhwc(ctx, dy);
  write_nhwc(ctx, dx, [&](Tensor& out) {
    for_vectors(dx.dtype(), dx.dim(1), [&]<class T, class Width>(T, Width) {
      const PoolMaps maps = maps_of(dx, dy, o.window);
      run(ctx,
          AvgPoolBackward<T, Width::value>{maps, inputs_of<Width::value>(maps), o.count_include_pad,
                                           elements<T>(d), elements<T>(out)});
    });
  });
}

void global_avg_pool(Context& ctx, const Tensor& x, Tensor& y) {
  const Tensor in = as_nhwc(ctx, x);
  for_vectors(x.dtype(), x.dim(1), [&]<class T, class Width>(T, Width) {
    run(ctx, GlobalAvgPool<T, Width::value>{x.dim(0), static_cast<int>(x.dim(2) * x.dim(3)),
                                            static_cast<int>(x.dim(1)), elements<T>(in),
                                            elements<float>(y)});
  });
}

void global_avg_pool_backward(Context& ctx, const Tensor& dy, Tensor& dx) {
  write_nhwc(ctx, dx, [&](Tensor& out) {
    for_vectors(dx.dtype(), dx.dim(1), [&]<class T, class Width>(T, Width) {
      const int positions = static_cast<int>(dx.dim(2) * dx.dim(3));
      const int channels = static_cast<int>(dx.dim(1));
      run(ctx, GlobalAvgPoolBackward<T, Width::value>{{dx.dim(0), 1, positions, channels},
                                                      positions,
                                                      channels,
                                                      elements<float>(dy),
                                                      elements<T>(out)});
    });
  });
}

}  // namespace lienet::cuda
