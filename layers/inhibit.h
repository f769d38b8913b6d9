// inhibit: the Gradient Mask as an op. Formulas and their source: engine/inhibition.h.
//   G [N,C,u,v] -> D, delta [N,K,u,v], Q [N,K], mask [N,K,u,v] -> G * mask [N,C,u,v]
#pragma once

#include <memory>

#include "engine/backend.h"
#include "engine/inhibition.h"
#include "engine/tape.h"

namespace lienet {

// The masked gradient, put together: (a + b) * mask where y > 0, in one pass over memory; in the
// memory of a part where nobody shares it. `record`, where given, is filled unless the gradient has
// no elements. Masks drawn at random take their numbers from the context's position and `stream`.
// Throws Error unless rank is 4.
Tensor inhibit(Context& ctx, const Inhibition& inhibition, GradientParts gradient,
               uint32_t stream = 0, MaskRecord* record = nullptr);

// In the forward pass: y = x * mask, the mask that x itself has where G stands above, for x >= 0 as
// ReLU leaves it. The mask is held constant: dx = dy where y > 0, which also is ReLU's derivative.
// In training and in tests, as other layers; masks drawn at random differ from one position of the
// context to the next.
Value inhibit(Tape& tape, const Value& x, const Inhibition& inhibition);

// What a layer's output carries for the scheduler.
std::shared_ptr<const Inhibitor> make_inhibitor(const Inhibition& inhibition);

// The filter modes only. `masked` may be a part of the gradient; `record` may be null.
LIENET_EVERY_BACKEND(void inhibit(Context& ctx, const Inhibition& inhibition,
                                  const GradientParts& gradient, Tensor& masked,
                                  MaskRecord* record);)
// The controls. mask u8 [N,K,u,v]: which positions stay, without a look at the gradient. Then the
// mask is applied; `masked` may be the gradient itself.
LIENET_HOST_AND_CUDA(void draw_masks(Context& ctx, const Inhibition& inhibition, uint32_t stream,
                                     Tensor& mask);
                     void apply_masks(Context& ctx, const Tensor& gradient, const Tensor& mask,
                                      Tensor& masked);)

}  // namespace lienet
