#include "optim/ema.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

Ema::Ema(Context& ctx, Layer& model, double decay)
    : decay_(decay), updates_(ctx.zeros({}, DType::i64)) {
  if (!(decay >= 0 && decay < 1)) fail("EMA: decay {}; expected 0 <= decay < 1", decay);
  for (const NamedTensor& t : model.state())
    slots_.push_back({t.name, t.tensor, clone(ctx, t.tensor)});
}

void Ema::update() {
  LIENET_CHECK(!exchanged_, "EMA: updated while the model has the averages");
  const auto t = static_cast<double>((*updates_.data<int64_t>())++);
  const double rest = 1 - std::min(decay_, (1 + t) / (10 + t));
  for (Slot& s : slots_) {
    const int64_t n = s.value.size();
    if (!is_floating(s.value.dtype())) {
      std::memcpy(s.average.raw(), s.value.raw(), s.value.bytes());
      continue;
    }
    for_floating(s.value.dtype(), [&]<class T>(T) {
      const T share = static_cast<T>(rest);
      const T* value = std::as_const(s.value).data<T>();
      T* average = s.average.data<T>();
#pragma omp parallel for simd schedule(static)
      for (int64_t i = 0; i < n; ++i) average[i] += share * (value[i] - average[i]);
    });
  }
}

void Ema::exchange() noexcept {
  for (Slot& s : slots_) {
    auto* value = static_cast<std::byte*>(s.value.raw());
    std::swap_ranges(value, value + s.value.bytes(), static_cast<std::byte*>(s.average.raw()));
  }
  exchanged_ = !exchanged_;
}

std::vector<NamedTensor> Ema::state() const {
  LIENET_CHECK(!exchanged_, "EMA: state asked for while the model has the averages");
  std::vector<NamedTensor> result;
  for (const Slot& s : slots_) result.push_back({"ema." + s.path, s.average});
  result.push_back({"ema.updates", updates_});
  return result;
}

AveragedModel::AveragedModel(Ema& ema) : ema_(ema) {
  LIENET_CHECK(!ema.exchanged_, "EMA: the model has the averages already");
  ema.exchange();
}

}  // namespace lienet
