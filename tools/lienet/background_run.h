// How much of a network's accuracy rests on what lies behind the objects.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "datasets/open.h"
#include "tools/training/evaluate.h"

namespace lienet::commands {

struct BlurredBackground {
  double sigma = 0;  // pixels of what the network sees
  Evaluation result;
};

// Over the loader's set, which is data.test, once for each sigma, with everything outside of the
// image's boxes blurred, those of difficult things among them. Throws Error where no object's place
// is known.
std::vector<BlurredBackground> evaluate_blurred(Context& ctx, Layer& model, BatchSource& source,
                                                const DataSet& data,
                                                std::span<const double> sigmas);

}  // namespace lienet::commands
