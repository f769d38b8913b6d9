// oneDNN as the CPU backend uses it: one engine and stream a context, primitives made once.
// Internal.
#pragma once

#include <array>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "engine/context.h"

namespace lienet::cpu {

// A context's handles; ctx.state<OneDnn>().
struct OneDnn {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  size_t primitives_made = 0;  // stands still in the steady state
};

// A tensor's memory as oneDNN describes it.
dnnl::memory::desc describe(const Tensor& t);
dnnl::memory::data_type data_type(DType t);
dnnl::memory wrap(OneDnn& dnn, const Tensor& t);
// Memory for a primitive's own layout or scratchpad, as bytes from the context's allocator.
Tensor bytes_for(Context& ctx, const dnnl::memory::desc& desc);

// Reorders `from` into `to`; the reorder's primitive is kept.
void reorder(Context& ctx, dnnl::memory from, dnnl::memory to);

// What `own` holds in the layout that a primitive asks for: `own` where it is so already, else a
// reordered copy, whose storage `holder` keeps alive.
dnnl::memory in_layout(Context& ctx, const dnnl::memory& own, const dnnl::memory::desc& wanted,
                       Tensor& holder);

}  // namespace lienet::cpu
