#include "engine/transfer.h"

#include <cstring>
#include <deque>

#include "engine/check.h"
#include "engine/cuda/device.h"

namespace lienet {
namespace {

void check_not_recording(const Context& ctx) {
  LIENET_CHECK(!ctx.recording(),
               "between host and device nothing moves in a step that is replayed");
}

// Memory that the device still has to read or to write, whoever else has let go of it.
struct InFlight {
  struct Copy {
    Tensor from, to;
    std::shared_ptr<const cuda::Mark> until;
  };
  std::deque<Copy> copies;

  const std::shared_ptr<const cuda::Mark>& keep(Context& ctx, Tensor from, Tensor to) {
    while (!copies.empty() && cuda::reached(*copies.front().until)) copies.pop_front();
    copies.push_back({std::move(from), std::move(to), cuda::mark(ctx.stream())});
    return copies.back().until;
  }
};

}  // namespace

void to_device(Context& ctx, const Tensor& t, Tensor& to) {
  LIENET_CHECK(t.shape() == to.shape() && t.dtype() == to.dtype() && t.layout() == to.layout() &&
                   t.on_host() && !to.on_host(),
               "to_device: {} to {}", t.str(), to.str());
  check_not_recording(ctx);
  if (t.bytes() == 0) return;
  Tensor staged = ctx.empty_on_host(t.shape(), t.dtype(), t.layout());
  std::memcpy(staged.raw(), t.raw(), t.bytes());
  cuda::copy_bytes(ctx.stream(), staged.raw(), to.raw(), t.bytes());
  ctx.state<InFlight>().keep(ctx, std::move(staged), to);
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
  check_not_recording(ctx);
  reading.result_ = ctx.empty_on_host(t.shape(), t.dtype(), t.layout());
  if (t.bytes() > 0) cuda::copy_bytes(ctx.stream(), t.raw(), reading.result_.raw(), t.bytes());
  reading.mark_ = ctx.state<InFlight>().keep(ctx, t, reading.result_);
  return reading;
}

void wait_for_device(Context& ctx) {
  if (ctx.device() == Device::cuda) cuda::wait(*cuda::mark(ctx.stream()));
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
