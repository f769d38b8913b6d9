// Tensors between the host's memory and a device's. On contexts whose device is the host nothing
// moves and nothing waits.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/context.h"
#include "engine/named_tensor.h"

namespace lienet {

namespace cuda {
class Mark;
}

// t itself where it is in the host's memory, else a copy. Waits for the work that makes t.
Tensor to_host(Context& ctx, const Tensor& t);
std::vector<NamedTensor> to_host(Context& ctx, std::span<const NamedTensor> tensors);

// t itself where it is in the memory of the context's device, else a copy. Does not wait: t may
// change afterwards.
Tensor to_device(Context& ctx, const Tensor& t);
void to_device(Context& ctx, const Tensor& t, Tensor& to);  // equal shapes, types and layouts

// A tensor on its way to the host.
class Reading {
 public:
  Reading() = default;
  // Whether wait() would return at once.
  bool ready() const;
  const Tensor& wait() const;  // in the host's memory

 private:
  friend Reading read_later(Context& ctx, const Tensor& t);
  Tensor result_;
  std::shared_ptr<const cuda::Mark> mark_;  // where the stream is then; null: already
};

// Waits until all that was issued so far is done.
void wait_for_device(Context& ctx);

// t's values as they are when the work issued so far is done, without waiting for it. On the host
// they are t itself.
Reading read_later(Context& ctx, const Tensor& t);

}  // namespace lienet
