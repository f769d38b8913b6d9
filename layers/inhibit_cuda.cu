#include "layers/inhibit_plan_cuda.cuh"

#include <map>
#include <tuple>

#include "engine/cuda/device_block.cuh"
#include "engine/cuda/nhwc.h"
#include "engine/transfer.h"
#include "layers/apply_masks_cuda.cuh"
#include "layers/inhibit.h"

namespace lienet::cuda {
namespace {

// A filter with its values on the device, made once for each filter and map size.
struct ResidentFilter {
  InhibitFilter filter;
  Tensor values;
};
struct Filters {
  std::map<std::tuple<LogFilter, int64_t, int64_t>, ResidentFilter> made;

  const ResidentFilter& get(Context& ctx, const LogFilter& f, int64_t u, int64_t v) {
    const std::tuple key(f, u, v);
    if (const auto it = made.find(key); it != made.end()) return it->second;
    ResidentFilter r{make_inhibit_filter(f, u, v), {}};
    Tensor host = ctx.empty_on_host({std::ssize(r.filter.values)}, DType::f32);
    std::copy(r.filter.values.begin(), r.filter.values.end(), host.data<float>());
    r.values = to_device(ctx, host);
    return made.emplace(key, std::move(r)).first->second;
  }
};

size_t most_shared_bytes() {
  int device = 0, bytes = 0;
  LIENET_CUDA_CHECK(cudaGetDevice(&device));
  LIENET_CUDA_CHECK(
      cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
  return static_cast<size_t>(bytes) - 1024;  // that the launch and the program's sums take
}

void make_record(Context& ctx, const Shape& maps, MaskRecord& record, InhibitTask& task) {
  record = {ctx.empty(maps, DType::f32), ctx.empty(maps, DType::f32),
            ctx.empty({maps[0], maps[1]}, DType::f32), ctx.empty(maps, DType::u8)};
  task.norms = elements<float>(record.norms);
  task.responses = elements<float>(record.responses);
  task.thresholds = elements<float>(record.thresholds);
  task.mask = elements<uint8_t>(record.mask);
}

// Maps that shared memory cannot hold are few: one program, without vectors, is for all of them.
template <class T, int width>
void run_task(Context& ctx, const InhibitTask& task, const GradientParts& parts, Tensor& masked) {
  const auto start = [&]<int wide, bool in_memory>(Inhibit<T, wide, in_memory> program) {
    const int64_t blocks = masked.dim(0) * program.task.blocks_per_sample();
    Tensor scratch;
    if (in_memory) {
      scratch = ctx.empty({blocks * program.task.work_floats()}, DType::f32);
      program.task.scratch = elements<float>(scratch);
    }
    program.a = elements<T>(parts.a);
    program.b = parts.b ? elements<T>(parts.b) : nullptr;
    program.y = parts.rectified ? elements<T>(parts.rectified) : nullptr;
    program.masked = elements<T>(masked);
    run(ctx, blocks, program);
  };
  Inhibit<T, width> program{};
  program.task = task;
  if (plan_inhibit(program, most_shared_bytes())) return start(program);
  Inhibit<T, 1, true> larger{};
  larger.task = task;
  plan_inhibit(larger, most_shared_bytes());
  start(larger);
}

}  // namespace

void inhibit(Context& ctx, const Inhibition& inhibition, const GradientParts& parts, Tensor& masked,
             MaskRecord* record) {
  if (masked.size() == 0) return;
  const Shape shape = masked.shape();
  const ResidentFilter* filter = nullptr;
  if (inhibition.mode != InhibitionMode::no_lateral)
    filter = &ctx.state<Filters>().get(ctx, inhibition.filter, shape[2], shape[3]);
  InhibitTask task = make_inhibit_task(inhibition, shape, filter ? &filter->filter : nullptr,
                                       filter ? elements<float>(filter->values) : nullptr);
  if (record) make_record(ctx, {shape[0], task.all_sets(), shape[2], shape[3]}, *record, task);
  GradientParts in = parts;
  for (Tensor* t : {&in.a, &in.b, &in.rectified})
    if (*t) *t = as_nhwc(ctx, *t);
  write_nhwc(ctx, masked, [&](Tensor& out) {
    for_elements(out.dtype(), [&]<class T>(T) {
      constexpr int width = full_width<T>;
      if (inhibit_fits(width, task.channels, task.set_channels))
        run_task<T, width>(ctx, task, in, out);
      else
        run_task<T, 1>(ctx, task, in, out);
    });
  });
}

// Drawn on the host, in a recorded step before each replay.
void draw_masks(Context& ctx, const Inhibition& inhibition, uint32_t stream, Tensor& mask) {
  ctx.each_step([&ctx, inhibition, stream, mask]() mutable {
    Tensor drawn = ctx.empty_on_host(mask.shape(), DType::u8);
    host::draw_masks(ctx, inhibition, stream, drawn);
    to_device(ctx, drawn, mask);
  });
}

void apply_masks(Context& ctx, const Tensor& gradient, const Tensor& mask, Tensor& masked) {
  if (masked.size() == 0) return;
  const Tensor in = as_nhwc(ctx, gradient);
  write_nhwc(ctx, masked, [&](Tensor& out) {
    for_vectors(out.dtype(), out.dim(1), [&]<class T, class Width>(T, Width) {
      const auto divisor = [](int64_t d) { return Divisor(static_cast<int>(d)); };
      const int64_t C = out.dim(1), K = mask.dim(1);
      run(ctx, ApplyMasks<T, Width::value>{elements<T>(in), elements<uint8_t>(mask),
                                           elements<T>(out), out.dim(0), static_cast<int>(K),
                                           divisor(out.dim(2) * out.dim(3)), divisor(C / K),
                                           divisor(C / Width::value)});
    });
  });
}

}  // namespace lienet::cuda
