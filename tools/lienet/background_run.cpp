#include "tools/lienet/background_run.h"

#include "analysis/background.h"
#include "engine/check.h"
#include "tools/lienet/in_parallel.h"
#include "tools/pictures/view_geometry.h"

namespace lienet::commands {
namespace {

using Boxes = std::vector<std::vector<PixelBox>>;

// Of each image, as the network sees it.
Boxes boxes_of(const DataSet& data) {
  Boxes boxes(data.test_objects.size());
  in_parallel(std::ssize(boxes), [&](int64_t i) {
    std::vector<PixelBox> own;
    for (const ObjectBox& object : data.test_objects[static_cast<size_t>(i)])
      own.push_back(object.box);
    boxes[static_cast<size_t>(i)] = in_view(*data.test, i, own);
  });
  return boxes;
}

}  // namespace

std::vector<BlurredBackground> evaluate_blurred(Context& ctx, Layer& model, BatchSource& source,
                                                const DataSet& data,
                                                std::span<const double> sigmas) {
  if (data.test_objects.empty())
    fail("{}: no object's place is known, so that there is no background to blur", data.test->name);
  const Boxes boxes = boxes_of(data);
  std::vector<BlurredBackground> all;
  for (const double sigma : sigmas) {
    const auto blur = [&](Batch& batch) {
      Boxes own;
      for (const int64_t i : batch.indices) own.push_back(boxes[static_cast<size_t>(i)]);
      const Tensor mask = object_mask(ctx, own, batch.images.dim(2), batch.images.dim(3));
      batch.images = blur_background(ctx, batch.images, mask, sigma);
    };
    all.push_back({sigma, evaluate(ctx, model, source, nullptr, blur)});
  }
  return all;
}

}  // namespace lienet::commands
