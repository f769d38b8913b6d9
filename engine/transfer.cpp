#include "engine/transfer.h"

#include <cstring>
#include <deque>

#include "engine/check.h"
#include "engine/cuda/device.h"

namespace lienet {
namespace {

// Pinned memory that the device still has to read.
struct InFlight {
  struct Sent {
    Tensor from;
    std::shared_ptr<const cuda::Mark> until;
  };
  std::deque<Sent> sent;

  void forget_what_arrived() {
    while (!sent.empty() && cuda::reached(*sent.front().until)) sent.pop_front();
  }
};

}  // namespace

void to_device(Context& ctx, const Tensor& t, Tensor& to) {
  LIENET_CHECK(t.shape() == to.shape() && t.dtype() == to.dtype() && t.layout() == to.layout() &&
                   t.on_host() && !to.on_host(),
               "to_device: {} to {}", t.str(), to.str());
  if (t.bytes() == 0) return;
  InFlight& flight = ctx.state<InFlight>();
  flight.forget_what_arrived();
  Tensor staged = ctx.empty_on_host(t.shape(), t.dtype(), t.layout());
  std::memcpy(staged.raw(), t.raw(), t.bytes());
  cuda::copy_bytes(ctx.stream(), staged.raw(), to.raw(), t.bytes());
  flight.sent.push_back({std::move(staged), cuda::mark(ctx.stream())});
}

Tensor to_device(Context& ctx, const Tensor& t) {
  if (ctx.device() != Device::cuda || !t.on_host()) return t;
  Tensor copy = ctx.empty(t.shape(), t.dtype(), t.layout());
  to_device(ctx, t, copy);
  return copy;
}

Reading read_later(Context& ctx, const Tensor& t) {
  Reading reading;
  reading.result_ = t;
  if (t.on_host()) return reading;
  reading.source_ = t;
  reading.result_ = ctx.empty_on_host(t.shape(), t.dtype(), t.layout());
  if (t.bytes() > 0) cuda::copy_bytes(ctx.stream(), t.raw(), reading.result_.raw(), t.bytes());
  reading.mark_ = cuda::mark(ctx.stream());
  return reading;
}

bool Reading::ready() const {
  return !mark_ || cuda::reached(*mark_);
}

const Tensor& Reading::wait() const {
  if (mark_) cuda::wait(*mark_);
  return result_;
}

Tensor to_host(Context& ctx, const Tensor& t) {
  return read_later(ctx, t).wait();
}

std::vector<NamedTensor> to_host(Context& ctx, std::span<const NamedTensor> tensors) {
  std::vector<NamedTensor> result;
  for (const auto& [name, tensor] : tensors) result.push_back({name, to_host(ctx, tensor)});
  return result;
}

}  // namespace lienet
