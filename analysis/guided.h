// Guided backpropagation: Springenberg et al., "Striving for Simplicity: The All Convolutional
// Net", ICLR 2015. At each ReLU y = max(x, 0) the backward pass takes
//   dx = dy * [x > 0] * [dy > 0]
#pragma once

#include "engine/tape.h"

namespace lienet {

// Makes the backward pass of a tape that has run forward a guided one: the complete gradient of
// each ReLU's output, inhibited if it carries inhibition, loses what is negative. ReLU's own
// backward does the rest.
void guide(Tape& tape);

}  // namespace lienet
