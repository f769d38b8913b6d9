// Test images and what a network takes them for, as a run's report shows them.
#pragma once

#include <vector>

#include "datasets/batch_source.h"
#include "layers/layer.h"
#include "tools/training/report.h"

namespace lienet {

// Of some of the set's images, by the network as it is now. Of an image that shows several classes
// any is right.
std::vector<ReportExample> predicted_examples(Context& ctx, Layer& model, const ImageSet& set,
                                              const LoaderOptions& options);

}  // namespace lienet
