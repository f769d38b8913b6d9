#include "tools/lienet/enhance_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/background.h"
#include "analysis/normalise.h"
#include "engine/file.h"
#include "tools/lienet/in_parallel.h"
#include "tools/pictures/colour_map.h"
#include "tools/pictures/view_geometry.h"

namespace lienet::commands {
namespace {

// Image i of [N,3,H,W] in 0..1.
Image image_of(const Tensor& pixels, int64_t i) {
  const int64_t size = pixels.size() / pixels.dim(0);
  Image image{pixels.dim(2), pixels.dim(3), std::vector<uint8_t>(static_cast<size_t>(size))};
  const float* from = pixels.data<float>() + i * size;
  std::transform(from, from + size, image.pixels.begin(), byte_of);
  return image;
}

// White where it is 1.
Image image_of(std::span<const uint8_t> mask, int64_t height, int64_t width) {
  Image image{height, width, {}};
  for (int c = 0; c < 3; ++c)
    for (const uint8_t keep : mask) image.pixels.push_back(keep ? 255 : 0);
  return image;
}

}  // namespace

EnhanceRun::EnhanceRun(Context& ctx, ResNet& model, const ModelDescription& description,
                       const ImageInputs& pictures, const EnhanceRunOptions& options)
    : ctx_(ctx),
      model_(model),
      description_(description),
      pictures_(pictures),
      options_(options),
      records_(pictures, description, options.out) {
  make_folder(options.out);
}

void EnhanceRun::all(const std::function<void(const std::string&)>& each) {
  for (int64_t begin = 0; begin < pictures_.count; begin += options_.batch) {
    const int64_t count = std::min(options_.batch, pictures_.count - begin);
    const Batch batch = batch_of(begin, count);
    std::vector<Record> records(static_cast<size_t>(count));
    in_parallel(count, [&](int64_t i) { records[static_cast<size_t>(i)] = record_of(batch, i); });
    for (Record& record : records) {
      each(records_.add(std::move(record.shown)));
      shares_.push_back(record.shares);
    }
  }
}

EnhanceRun::Batch EnhanceRun::batch_of(int64_t begin, int64_t count) const {
  const ImageSet& set = *pictures_.set;
  const Tensor pixels = pixels_of(ctx_, set, begin, count);
  std::vector<int64_t> classes;
  if (pictures_.labelled)
    classes.assign(set.labels.begin() + begin, set.labels.begin() + begin + count);
  Enhanced enhanced =
      enhance(ctx_, model_, normalise(ctx_, pixels, description_.stats), classes, options_.options);
  const double sigma = options_.options.blur_sigma;
  return {begin, blur_background(ctx_, pixels, enhanced.mask, sigma), std::move(enhanced)};
}

EnhanceRun::Record EnhanceRun::record_of(const Batch& batch, int64_t i) const {
  const ImageSet& set = *pictures_.set;
  const int64_t at = batch.begin + i, n = set.height * set.width;
  const int64_t asked = batch.enhanced.classes[static_cast<size_t>(i)];
  const float* map = batch.enhanced.map.data<float>() + i * n;
  const std::span mask(batch.enhanced.mask.data<uint8_t>() + i * n, static_cast<size_t>(n));
  SaliencyPicture picture{.caption = {},
                          .image = set.view(at),
                          .objects = in_view(set, at, pictures_.objects_of(at, asked)),
                          .panels = {}};
  Record record{records_.describe(at, picture.image, batch.enhanced.logits, i, asked), {}};
  Shares& s = record.shares;
  const auto all = static_cast<double>(n);
  s.kept = static_cast<double>(std::count(mask.begin(), mask.end(), 1)) / all;
  record.shown.line["kept"] = s.kept;
  std::string note = fmt::format("{:.0f} % kept", 100 * s.kept);
  s.known = !picture.objects.empty();
  if (s.known) {
    const Tensor boxes = object_mask(ctx_, {&picture.objects, 1}, set.height, set.width);
    const uint8_t* in_box = boxes.data<uint8_t>();
    int64_t inside = 0, kept_inside = 0;
    for (int64_t p = 0; p < n; ++p) {
      inside += in_box[p];
      kept_inside += in_box[p] && mask[static_cast<size_t>(p)];
    }
    s.boxes = static_cast<double>(inside) / all;
    s.kept_in_boxes = s.kept > 0 ? static_cast<double>(kept_inside) / (s.kept * all) : 0;
    record.shown.line["boxes"] = s.boxes;
    record.shown.line["kept_in_boxes"] = s.kept_in_boxes;
    note = fmt::format("{:.0f} % in the box", 100 * s.kept_in_boxes);
  }
  picture.panels = {{.title = "LI-Map", .map = {map, map + n}, .image = {}, .box = {}, .note = {}},
                    {.title = "Kept",
                     .map = {},
                     .image = image_of(mask, set.height, set.width),
                     .box = {},
                     .note = note},
                    {.title = "Enhanced",
                     .map = {},
                     .image = image_of(batch.pixels, i),
                     .box = {},
                     .note = fmt::format("sigma {}", options_.options.blur_sigma)}};
  records_.draw(at, std::move(picture), record.shown);
  return record;
}

EnhanceRun::Shares EnhanceRun::mean_shares() const {
  Shares mean;
  double known = 0;
  for (const Shares& s : shares_) {
    mean.kept += s.kept / static_cast<double>(shares_.size());
    known += s.known;
    mean.boxes += s.boxes;
    mean.kept_in_boxes += s.kept_in_boxes;
  }
  mean.known = known > 0;
  if (mean.known) {
    mean.boxes /= known;
    mean.kept_in_boxes /= known;
  }
  return mean;
}

void EnhanceRun::finish() const {
  SaliencyPage page;
  page.title = fmt::format("What {} keeps: {}", description_.model, pictures_.name);
  page.methods = {"LI-Map", "Kept", "Enhanced"};
  const Shares mean = mean_shares();
  page.facts = {{"Pixels kept", fmt::format("{:.1f} %", 100 * mean.kept)}};
  if (mean.known) {
    page.facts.emplace_back("In the boxes, of these",
                            fmt::format("{:.1f} %", 100 * mean.kept_in_boxes));
    page.facts.emplace_back("In the boxes, of all pixels",
                            fmt::format("{:.1f} %", 100 * mean.boxes));
  }
  page.facts.emplace_back("Blur", fmt::format("sigma {} pixels", options_.options.blur_sigma));
  records_.write(std::move(page));
}

std::vector<std::string> EnhanceRun::summary() const {
  const Shares mean = mean_shares();
  std::string shares = fmt::format("{:.1f} % of the pixels kept", 100 * mean.kept);
  if (mean.known)
    shares += fmt::format("; {:.1f} % of these lie in the objects' boxes, {:.1f} % of all do",
                          100 * mean.kept_in_boxes, 100 * mean.boxes);
  return {shares, records_.summary()};
}

}  // namespace lienet::commands
