#include "tools/bench/machine_peak.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/cpu/onednn.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "tools/training/measure.h"

namespace lienet {
namespace {

// The first run, in which memory is touched and code is made, seldom is the best.
template <class F>
double best_seconds(F f) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 6; ++i) {
    const double begin = steady_seconds();
    f();
    best = std::min(best, steady_seconds() - begin);
  }
  return best;
}

// Of n x n matrices in the layouts that oneDNN likes best, so that nothing but the product is
// timed.
double product_gflops(Context& ctx) {
  using dnnl::memory;
  constexpr int64_t n = 1536;
  const memory::desc any({n, n}, cpu::data_type(ctx.activation_dtype()), memory::format_tag::any);
  cpu::OneDnn& dnn = ctx.state<cpu::OneDnn>();
  const dnnl::matmul::primitive_desc desc({any, any, any}, dnn.engine);
  const dnnl::matmul product(desc);
  const auto zeros = [&](const memory::desc& d) {
    return ctx.zeros({static_cast<int64_t>(d.get_size())}, DType::u8);
  };
  Tensor a = zeros(desc.src_desc()), b = zeros(desc.weights_desc()), c = zeros(desc.dst_desc());
  const double seconds = best_seconds([&] {
    product.execute(dnn.stream,
                    {{DNNL_ARG_SRC, memory(desc.src_desc(), dnn.engine, a.raw())},
                     {DNNL_ARG_WEIGHTS, memory(desc.weights_desc(), dnn.engine, b.raw())},
                     {DNNL_ARG_DST, memory(desc.dst_desc(), dnn.engine, c.raw())}});
  });
  return 2.0 * n * n * n / seconds / 1e9;
}

// Each thread copies a part in one piece, as large as caches are not, past which memcpy writes
// without reading first.
void copy_on_host(const Context& ctx, const Tensor& from, Tensor& to) {
  const auto bytes = static_cast<int64_t>(from.bytes());
  const auto* source = static_cast<const char*>(from.raw());
  auto* target = static_cast<char*>(to.raw());
  const int64_t parts = ctx.threads(), part = (bytes + parts - 1) / parts;
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < bytes; i += part)
    std::memcpy(target + i, source + i, static_cast<size_t>(std::min(part, bytes - i)));
}

}  // namespace

MachinePeak measure_peak(Context& ctx) {
  return {.gflops = product_gflops(ctx), .copy_gb_per_second = measure_copy(ctx)};
}

double measure_copy(Context& ctx) {
  const Tensor from = ctx.zeros({int64_t{128} << 20}, DType::u8);
  Tensor to = ctx.empty_like(from);
  const bool on_host = from.on_host();
  const int copies = on_host ? 1 : 20;  // issued at once, so that none waits for the host
  const double seconds = best_seconds([&] {
    for (int i = 0; i < copies; ++i) on_host ? copy_on_host(ctx, from, to) : copy(ctx, from, to);
    wait_for_device(ctx);
  });
  return 2.0 * copies * static_cast<double>(from.bytes()) / seconds / 1e9;
}

}  // namespace lienet
