// Convolution by oneDNN. Each primitive is made once for its shapes and layouts. Activations lie in
// the layout that the fast primitives want, so that they need no reordering; weights are reordered
// to the primitive's own layout at every call, and to its type: bf16 activations meet bf16 weights,
// whose gradient is f32. The algorithm depends on shapes, types and options alone and not on
// timings, so that equal runs give equal bits.
#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <type_traits>

#include "engine/cpu/lanes.h"
#include "engine/cpu/onednn.h"
#include "layers/add_relu.h"
#include "layers/conv2d.h"

namespace lienet::cpu {
namespace {

using dnnl::memory;
using Forward = dnnl::convolution_forward;
using BackwardData = dnnl::convolution_backward_data;
using BackwardWeights = dnnl::convolution_backward_weights;

// [O,I,h,w], or [G,O/G,I,h,w].
memory::dims weight_dims(const Tensor& w, int64_t groups) {
  memory::dims dims(w.shape().dims().begin(), w.shape().dims().end());
  if (groups > 1) {
    dims[0] /= groups;
    dims.insert(dims.begin(), groups);
  }
  return dims;
}

// One convolution as all three primitives see it: any layout, or those that the tensors have.
// Weights have the activations' type, their gradient has its own.
struct Problem {
  memory::desc x, w, dw, b, y;
  memory::dims strides, dilations, padding_low, padding_high;

  Problem(const Tensor& tx, const Tensor& tw, bool bias, const Tensor& ty, const Conv2dOptions& o,
          bool any)
      : x(any ? free(tx) : describe(tx)),
        w(weights(tw, o.groups, tx.dtype())),
        dw(weights(tw, o.groups, tw.dtype())),
        y(any ? free(ty) : describe(ty)) {
    if (bias) b = memory::desc({tw.dim(0)}, memory::data_type::f32, memory::format_tag::a);
    strides = {o.stride, o.stride};
    dilations = {o.dilation - 1, o.dilation - 1};
    padding_low = {o.padding, o.padding};
    for (int i = 2; i < 4; ++i)  // what the last window reaches past the end
      padding_high.push_back((ty.dim(i) - 1) * o.stride + o.dilation * (tw.dim(i) - 1) + 1 -
                             tx.dim(i) - o.padding);
  }

  static memory::desc free(const Tensor& t) {
    const auto dims = t.shape().dims();
    return {memory::dims(dims.begin(), dims.end()), data_type(t.dtype()), memory::format_tag::any};
  }
  static memory::desc weights(const Tensor& w, int64_t groups, DType type) {
    return {weight_dims(w, groups), data_type(type), memory::format_tag::any};
  }
};

memory::desc plain_weights(const Tensor& w, int64_t groups) {
  return {weight_dims(w, groups), data_type(w.dtype()),
          groups > 1 ? memory::format_tag::goihw : memory::format_tag::oihw};
}

template <class Primitive>
struct Plan {
  typename Primitive::primitive_desc desc;
  Primitive primitive;
};

// What a forward primitive does to its sums as it writes them: y = max(0, sum + add).
struct Finish {
  Tensor add;  // of y's shape and layout, or undefined
  bool relu = false;
};

using Key = std::array<int64_t, 18>;

Key key_of(const Tensor& x, const Tensor& w, const Tensor& y, const Conv2dOptions& o, bool bias,
           const Finish& f) {
  Key k{x.dim(0), x.dim(1), x.dim(2), x.dim(3),  w.dim(0),   w.dim(2), w.dim(3),
        y.dim(2), y.dim(3), o.stride, o.padding, o.dilation, o.groups};
  k[13] = bias + 2 * bool(f.add) + 4 * f.relu;
  k[14] = static_cast<int64_t>(x.layout());
  k[15] = static_cast<int64_t>(y.layout());
  k[16] = static_cast<int64_t>(x.dtype());
  k[17] = static_cast<int64_t>(w.dtype());
  return k;
}

struct Plans {
  std::map<Key, Plan<Forward>> forward;
  std::map<Key, Plan<BackwardData>> backward_data;
  std::map<Key, Plan<BackwardWeights>> backward_weights;
};

dnnl::primitive_attr attributes(const Finish& f = {}) {
  dnnl::primitive_attr a;
  dnnl::post_ops after;
  if (f.add) after.append_binary(dnnl::algorithm::binary_add, describe(f.add));
  if (f.relu) after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
  a.set_post_ops(after);
  a.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return a;
}

// Winograd's F(4x4, 3x3) takes a quarter of the multiplications, and transforms of 4x4 tiles of the
// output and of the weights. Measured: it is 1.5 to 3 times as fast as direct convolution, in all
// directions, where tiles are many enough to pay for the weights' transform and at least half full;
// with 16 channels it is slower. In bf16 oneDNN has none. Its results differ from direct
// convolution's by about 1e-6 of the largest.
bool winograd_pays(const Tensor& w, const Tensor& y, const Conv2dOptions& o) {
  if (y.dtype() != DType::f32 || w.dim(2) != 3 || w.dim(3) != 3 || o.stride != 1 ||
      o.dilation != 1 || o.groups != 1)
    return false;
  const int64_t tiles = (y.dim(2) + 3) / 4 * ((y.dim(3) + 3) / 4);
  return std::min(w.dim(0), w.dim(1)) >= 32 && y.dim(0) * tiles >= 64 &&
         2 * y.dim(2) * y.dim(3) >= 16 * tiles;
}

// As for training in inference too: for that alone Winograd wants weights transformed beforehand,
// which oneDNN's reorder does several times more slowly than the primitive itself.
Forward::primitive_desc describe_forward(const Problem& p, dnnl::algorithm algorithm,
                                         const dnnl::engine& engine, const Finish& f) {
  const auto kind = dnnl::prop_kind::forward_training;
  const auto desc = p.b.data.ndims ? Forward::desc(kind, algorithm, p.x, p.w, p.b, p.y, p.strides,
                                                   p.dilations, p.padding_low, p.padding_high)
                                   : Forward::desc(kind, algorithm, p.x, p.w, p.y, p.strides,
                                                   p.dilations, p.padding_low, p.padding_high);
  return {desc, attributes(f), engine};
}

// A backward primitive takes the forward one as a hint.
template <class Primitive>
typename Primitive::primitive_desc describe_primitive(const Problem& p, dnnl::algorithm algorithm,
                                                      const dnnl::engine& engine, const Finish& f) {
  Forward::primitive_desc forward = describe_forward(p, algorithm, engine, f);
  if constexpr (std::is_same_v<Primitive, Forward>) {
    return forward;
  } else {
    const memory::desc& w = std::is_same_v<Primitive, BackwardWeights> ? p.dw : p.w;
    const typename Primitive::desc desc(algorithm, p.x, w, p.y, p.strides, p.dilations,
                                        p.padding_low, p.padding_high);
    return {desc, attributes(), engine, forward};
  }
}

// What may be tried for a convolution, best first: direct convolution with the layouts that the
// tensors have; where oneDNN then has none but its reference loops, with those that it likes, and
// reorders around the primitive.
struct Attempt {
  dnnl::algorithm algorithm;
  bool any_layout;
};
std::vector<Attempt> attempts(const Context& ctx, const Tensor& w, const Tensor& y,
                              const Conv2dOptions& o) {
  std::vector<Attempt> all{{dnnl::algorithm::convolution_direct, false},
                           {dnnl::algorithm::convolution_direct, true}};
  if (ctx.winograd() && winograd_pays(w, y, o))  // oneDNN has it up to 3.1, with AVX-512
    all.insert(all.begin(), {dnnl::algorithm::convolution_winograd, false});
  return all;
}

template <class Primitive>
Plan<Primitive>& plan(Context& ctx, std::map<Key, Plan<Primitive>>& plans, const Tensor& x,
                      const Tensor& w, const Tensor& y, const Conv2dOptions& o, bool bias,
                      const Finish& f = {}) {
  const Key key = key_of(x, w, y, o, bias, f);
  if (const auto it = plans.find(key); it != plans.end()) return it->second;
  OneDnn& dnn = ctx.state<OneDnn>();
  typename Primitive::primitive_desc desc;
  for (const Attempt& a : attempts(ctx, w, y, o)) {
    const Problem p(x, w, bias, y, o, a.any_layout);
    try {
      desc = describe_primitive<Primitive>(p, a.algorithm, dnn.engine, f);
    } catch (const dnnl::error& e) {
      if (a.any_layout)
        fail("conv2d: oneDNN cannot do x {}, weight {}: {}", x.str(), w.str(), e.message);
      continue;
    }
    if (std::string(desc.impl_info_str()).find("ref") == std::string::npos) break;
  }
  ++dnn.primitives_made;
  return plans.emplace(key, Plan<Primitive>{desc, Primitive(desc)}).first->second;
}

// Memory in a primitive's layout for what it will write, or add to; afterwards `finish` brings it
// to the tensor.
class Output {
 public:
  Output(Context& ctx, Tensor& t, const memory::desc& own, const memory::desc& wanted)
      : ctx_(ctx), target_(own, ctx.state<OneDnn>().engine, t.raw()), written_(target_) {
    if (own == wanted) return;
    holder_ = bytes_for(ctx, wanted);
    written_ = memory(wanted, ctx.state<OneDnn>().engine, holder_.raw());
  }
  const memory& written() const { return written_; }
  void finish() {
    if (holder_) reorder(ctx_, written_, target_);
  }

 private:
  Context& ctx_;
  Tensor holder_;
  memory target_, written_;
};

memory wrap_weights(OneDnn& dnn, const Tensor& w, int64_t groups) {
  return {plain_weights(w, groups), dnn.engine, const_cast<void*>(w.raw())};
}

void convolve(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
              const Conv2dOptions& o, const Finish& f, Tensor& y) {
  OneDnn& dnn = ctx.state<OneDnn>();
  Plan<Forward>& p = plan(ctx, ctx.state<Plans>().forward, x, w, y, o, bool(b), f);
  Tensor hold_x, hold_w, pad = bytes_for(ctx, p.desc.scratchpad_desc());
  Output out(ctx, y, describe(y), p.desc.dst_desc());
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, in_layout(ctx, wrap(dnn, x), p.desc.src_desc(), hold_x)},
      {DNNL_ARG_WEIGHTS,
       in_layout(ctx, wrap_weights(dnn, w, o.groups), p.desc.weights_desc(), hold_w)},
      {DNNL_ARG_DST, out.written()},
      {DNNL_ARG_SCRATCHPAD, memory(p.desc.scratchpad_desc(), dnn.engine, pad.raw())}};
  if (b) arguments.emplace(DNNL_ARG_BIAS, wrap(dnn, b));
  if (f.add)
    arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, wrap(dnn, f.add));
  p.primitive.execute(dnn.stream, arguments);
  out.finish();
}

// Measured: a 1x1 convolution, which waits for memory, is faster when it adds as it writes. For
// others a pass of its own is as fast or, behind Winograd, which would have to read y, faster.
bool sum_pays(const Tensor& w, const Tensor& y) {
  return w.dim(2) == 1 && w.dim(3) == 1 && y.layout() != Layout::plain;
}

}  // namespace

void conv2d(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b, const Conv2dOptions& o,
            Tensor& y) {
  convolve(ctx, x, w, b, o, {}, y);
}

void conv2d_fused(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
                  const Conv2dOptions& o, const Tensor& residual, bool relu, Tensor& y) {
  if (!residual || sum_pays(w, y)) {
    convolve(ctx, x, w, b, o, {.add = residual, .relu = relu || residual}, y);
    return;
  }
  Tensor sums = ctx.empty_like(y);
  convolve(ctx, x, w, b, o, {}, sums);
  add_relu(ctx, sums, residual, y);
}

void conv2d_backward_data(Context& ctx, const Tensor& w, const Tensor& dy, const Conv2dOptions& o,
                          Tensor& dx) {
  OneDnn& dnn = ctx.state<OneDnn>();
  Plan<BackwardData>& p = plan(ctx, ctx.state<Plans>().backward_data, dx, w, dy, o, false);
  Tensor hold_dy, hold_w, pad = bytes_for(ctx, p.desc.scratchpad_desc());
  Output out(ctx, dx, describe(dx), p.desc.diff_src_desc());
  p.primitive.execute(
      dnn.stream,
      {{DNNL_ARG_DIFF_DST, in_layout(ctx, wrap(dnn, dy), p.desc.diff_dst_desc(), hold_dy)},
       {DNNL_ARG_WEIGHTS,
        in_layout(ctx, wrap_weights(dnn, w, o.groups), p.desc.weights_desc(), hold_w)},
       {DNNL_ARG_DIFF_SRC, out.written()},
       {DNNL_ARG_SCRATCHPAD, memory(p.desc.scratchpad_desc(), dnn.engine, pad.raw())}});
  out.finish();
}

void conv2d_backward_weights(Context& ctx, const Tensor& x, const Tensor& dy,
                             const Conv2dOptions& o, Tensor& dw) {
  OneDnn& dnn = ctx.state<OneDnn>();
  Plan<BackwardWeights>& p = plan(ctx, ctx.state<Plans>().backward_weights, x, dw, dy, o, false);
  Tensor hold_x, hold_dy, pad = bytes_for(ctx, p.desc.scratchpad_desc());
  Output out(ctx, dw, plain_weights(dw, o.groups), p.desc.diff_weights_desc());
  p.primitive.execute(
      dnn.stream,
      {{DNNL_ARG_SRC, in_layout(ctx, wrap(dnn, x), p.desc.src_desc(), hold_x)},
       {DNNL_ARG_DIFF_DST, in_layout(ctx, wrap(dnn, dy), p.desc.diff_dst_desc(), hold_dy)},
       {DNNL_ARG_DIFF_WEIGHTS, out.written()},
       {DNNL_ARG_SCRATCHPAD, memory(p.desc.scratchpad_desc(), dnn.engine, pad.raw())}});
  out.finish();
}

void conv2d_backward_bias(Context&, const Tensor& dy, Tensor& db) {
  const int64_t N = dy.dim(0), C = dy.dim(1), n = dy.dim(2) * dy.dim(3);
  const int64_t block = channel_block(dy.layout(), C);
  float* pdb = db.data<float>();
  for_elements(dy.dtype(), [&]<class T>(T) {
    const T* pdy = dy.data<T>();
#pragma omp parallel for schedule(static)
    for (int64_t c = 0; c < C; ++c) {
      double total = 0;
      for (int64_t s = 0; s < N; ++s) {
        const T* from = pdy + (s * C + c / block * block) * n + c % block;
        for (int64_t i = 0; i < n; ++i) total += double(from[i * block]);
      }
      pdb[c] = static_cast<float>(total);
    }
  });
}

}  // namespace lienet::cpu
