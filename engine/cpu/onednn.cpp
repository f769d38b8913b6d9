#include "engine/cpu/onednn.h"

#include "engine/check.h"

namespace lienet::cpu {
namespace {

using dnnl::memory;

struct Reorders {
  struct Entry {
    memory::desc from, to;
    dnnl::reorder primitive;
  };
  std::vector<Entry> made;
};

memory::format_tag tag_of(const Tensor& t) {
  switch (t.layout()) {
    case Layout::nChw8c:
      return memory::format_tag::nChw8c;
    case Layout::nChw16c:
      return memory::format_tag::nChw16c;
    case Layout::nhwc:
      return memory::format_tag::nhwc;
    case Layout::plain:
      break;
  }
  constexpr memory::format_tag plain[] = {memory::format_tag::a,    memory::format_tag::a,
                                          memory::format_tag::ab,   memory::format_tag::abc,
                                          memory::format_tag::abcd, memory::format_tag::abcde};
  return plain[t.shape().rank()];
}

}  // namespace

memory::data_type data_type(DType t) {
  switch (t) {
    case DType::f32:
      return memory::data_type::f32;
    case DType::bf16:
      return memory::data_type::bf16;
    default:
      fail("device cpu: no kernel for elements of type {}", name_of(t));
  }
}

memory::desc describe(const Tensor& t) {
  const std::span<const int64_t> dims = t.shape().dims();
  return {memory::dims(dims.begin(), dims.end()), data_type(t.dtype()), tag_of(t)};
}

memory wrap(OneDnn& dnn, const Tensor& t) {
  return {describe(t), dnn.engine, const_cast<void*>(t.raw())};
}

Tensor bytes_for(Context& ctx, const memory::desc& desc) {
  return ctx.empty({static_cast<int64_t>(desc.get_size())}, DType::u8);
}

void reorder(Context& ctx, memory from, memory to) {
  OneDnn& dnn = ctx.state<OneDnn>();
  std::vector<Reorders::Entry>& made = ctx.state<Reorders>().made;
  for (Reorders::Entry& e : made)
    if (e.from == from.get_desc() && e.to == to.get_desc())
      return e.primitive.execute(dnn.stream, from, to);
  made.push_back({from.get_desc(), to.get_desc(), dnnl::reorder(from, to)});
  ++dnn.primitives_made;
  made.back().primitive.execute(dnn.stream, from, to);
}

memory in_layout(Context& ctx, const memory& own, const memory::desc& wanted, Tensor& holder) {
  if (own.get_desc() == wanted) return own;
  holder = bytes_for(ctx, wanted);
  memory copy(wanted, ctx.state<OneDnn>().engine, holder.raw());
  reorder(ctx, own, copy);
  return copy;
}

}  // namespace lienet::cpu
