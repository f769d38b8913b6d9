#include "tools/lienet/saliency_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "analysis/normalise.h"
#include "engine/file.h"
#include "engine/words.h"
#include "tools/lienet/in_parallel.h"
#include "tools/pictures/npy.h"
#include "tools/pictures/view_geometry.h"

namespace lienet::commands {
namespace {

std::span<const float> map_of(const Tensor& maps, int64_t i) {
  const int64_t n = maps.dim(2) * maps.dim(3);
  return {maps.data<float>() + i * n, static_cast<size_t>(n)};
}

nlohmann::ordered_json json_of(const PixelBox& b) {
  return {b.xmin, b.ymin, b.xmax, b.ymax};
}

std::optional<int64_t> number_in(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The class that all images are asked for; none: each its own.
std::optional<int64_t> class_named(const std::string& which, const std::vector<std::string>& names,
                                   int64_t classes) {
  if (const std::optional<int64_t> number = number_in(which)) {
    if (*number < 0 || *number >= classes)
      throw UsageError(fmt::format("--class {}: expected 0 to {}", which, classes - 1));
    return number;
  }
  const auto found = std::find(names.begin(), names.end(), which);
  if (found != names.end()) return found - names.begin();
  std::vector<std::string_view> known{"top1", "label"};
  known.insert(known.end(), names.begin(), names.end());
  throw UsageError(
      fmt::format("--class {}: not known; did you mean {}?", which, nearest_word(which, known)));
}

}  // namespace

SaliencyRun::SaliencyRun(Context& ctx, ResNet& model, const ModelDescription& description,
                         const ImageInputs& pictures, const SaliencyRunOptions& options)
    : ctx_(ctx),
      model_(model),
      description_(description),
      pictures_(pictures),
      options_(options),
      records_(pictures, description, options.out) {
  if (options.which == "label" && !pictures.labelled)
    throw UsageError("--class label: these images have no labels; top1, or name a class");
  if (options.which != "top1" && options.which != "label")
    class_ = class_named(options.which, records_.class_names(), description.classes);
  make_folder(options.out);
}

void SaliencyRun::all(const std::function<void(const std::string&)>& each) {
  for (int64_t begin = 0; begin < pictures_.count; begin += options_.batch) {
    const int64_t count = std::min(options_.batch, pictures_.count - begin);
    const BatchMaps maps = maps_of(begin, count);
    std::vector<Record> records(static_cast<size_t>(count));
    in_parallel(count,
                [&](int64_t i) { records[static_cast<size_t>(i)] = record_of(maps, begin, i); });
    for (Record& record : records) {
      each(records_.add(std::move(record.shown)));
      measured_.push_back(std::move(record.measured));
    }
  }
}

std::vector<int64_t> SaliencyRun::classes_for(int64_t begin, int64_t count) const {
  if (options_.which == "top1") return {};
  std::vector<int64_t> classes;
  for (int64_t i = begin; i < begin + count; ++i)
    classes.push_back(class_ ? *class_ : pictures_.set->labels[static_cast<size_t>(i)]);
  return classes;
}

SaliencyRun::BatchMaps SaliencyRun::maps_of(int64_t begin, int64_t count) {
  const ImageSet& set = *pictures_.set;
  const Tensor pixels = pixels_of(ctx_, set, begin, count);
  BatchMaps maps{saliency(ctx_, model_, normalise(ctx_, pixels, description_.stats),
                          classes_for(begin, count), options_.options),
                 {},
                 {},
                 {}};
  for (const SaliencyMap& map : maps.saliency.maps) {
    maps.ranking.push_back(ranking(ctx_, map, set.height, set.width));
    maps.shown.push_back(shown(ctx_, map));
  }
  if (options_.curves == "off") return maps;
  Replacement replacement(ctx_, model_, pixels, description_.stats, maps.saliency.classes,
                          options_.curves, metric_of(pictures_, description_));
  for (const Tensor& map : maps.ranking) maps.areas.push_back(replacement.areas(map));
  return maps;
}

SaliencyRun::Record SaliencyRun::record_of(const BatchMaps& maps, int64_t begin, int64_t i) const {
  const int64_t at = begin + i, asked = maps.saliency.classes[static_cast<size_t>(i)];
  SaliencyPicture picture;
  picture.image = pictures_.set->original(at);
  picture.objects = pictures_.objects_of(at, asked);
  Record record{records_.describe(at, picture.image, maps.saliency.logits, i, asked), {}};
  for (size_t m = 0; m < maps.saliency.maps.size(); ++m)
    add_map(maps, m, begin, i, record, picture);
  if (!picture.objects.empty()) {
    const int64_t height = picture.image.height, width = picture.image.width;
    record.measured.found.push_back(
        localize(centre_map(height, width), height, width, picture.objects));
  }
  records_.draw(at, std::move(picture), record.shown);
  return record;
}

void SaliencyRun::add_map(const BatchMaps& maps, size_t m, int64_t begin, int64_t i, Record& record,
                          SaliencyPicture& picture) const {
  const SaliencyMethod method = maps.saliency.maps[m].method;
  const int64_t height = picture.image.height, width = picture.image.width;
  const ViewGeometry geometry = geometry_of(*pictures_.set, height, width);
  const std::vector<double> ranks = to_original(maps.ranking[m], i, geometry);
  const auto [low, high] =
      std::minmax_element(map_of(maps.ranking[m], i).begin(), map_of(maps.ranking[m], i).end());
  const std::string file =
      fmt::format("{}.{}.npy", pictures_.file_stem(begin + i), name_of(method));
  write_unsynced(options_.out / file,
                 npy_of(std::vector<float>(ranks.begin(), ranks.end()), {height, width}, file));
  nlohmann::ordered_json json{{"file", file}, {"min", *low}, {"max", *high}};
  SaliencyPanel panel{.title = title_of(method),
                      .map = to_original(maps.shown[m], i, geometry),
                      .box = {},
                      .note = {},
                      .fine = is_fine(method)};
  record.measured.empty.push_back(maps.saliency.maps[m].raw && *high <= 0);
  if (record.measured.empty.back()) {
    json["empty"] = true;
    panel.note = "nothing speaks for it";
  }
  if (!picture.objects.empty()) {
    const Localization found = localize(without_gaps(ranks), height, width, picture.objects);
    json["box"] = json_of(found.box);
    json["iou"] = found.iou;
    json["pointed"] = found.pointed;
    json["energy"] = found.energy;
    panel.box = found.box;
    panel.note = fmt::format("IoU {:.2f}", found.iou);
    record.measured.found.push_back(found);
  }
  if (!maps.areas.empty()) {
    const ReplacementAreas& areas = maps.areas[m][static_cast<size_t>(i)];
    json["deletion"] = areas.deletion;
    json["insertion"] = areas.insertion;
    record.measured.areas.push_back(areas);
  }
  record.shown.line["maps"][name_of(method)] = std::move(json);
  picture.panels.push_back(std::move(panel));
}

std::vector<SaliencyPage::Row> SaliencyRun::localization() const {
  std::vector<SaliencyPage::Row> rows;
  const auto has_objects = [](const Measured& r) { return !r.found.empty(); };
  const auto n =
      static_cast<double>(std::count_if(measured_.begin(), measured_.end(), has_objects));
  const auto& methods = options_.options.methods;
  for (size_t m = 0; n > 0 && m <= methods.size(); ++m) {
    SaliencyPage::Row row{.method = m < methods.size() ? title_of(methods[m]) : "Centre box"};
    for (const Measured& record : measured_) {
      if (!has_objects(record)) continue;
      const Localization& l = record.found[m];
      row.iou += l.iou / n;
      row.half += (l.iou >= 0.5) / n;
      row.pointed += l.pointed / n;
      row.energy += l.energy / n;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<ReplacementAreas> SaliencyRun::mean_areas() const {
  std::vector<ReplacementAreas> means;
  if (measured_.empty()) return means;
  means.resize(measured_.front().areas.size());
  for (const Measured& record : measured_)
    for (size_t m = 0; m < means.size(); ++m) {
      means[m].deletion += record.areas[m].deletion / static_cast<double>(measured_.size());
      means[m].insertion += record.areas[m].insertion / static_cast<double>(measured_.size());
    }
  return means;
}

void SaliencyRun::finish() const {
  SaliencyPage page;
  page.title = fmt::format("Where {} looks: {}", description_.model, pictures_.name);
  for (const SaliencyMethod method : options_.options.methods)
    page.methods.emplace_back(title_of(method));
  page.facts = {{"Class", options_.which == "top1"    ? "the predicted one"
                          : options_.which == "label" ? "the image's own"
                                                      : records_.class_name(*class_)}};
  page.localization = localization();
  page.baseline = options_.curves;
  const std::vector<ReplacementAreas> areas = mean_areas();
  for (size_t m = 0; m < areas.size(); ++m)
    page.replacement.push_back({page.methods[m], areas[m].deletion, areas[m].insertion});
  records_.write(std::move(page));
}

std::vector<std::string> SaliencyRun::summary() const {
  std::vector<std::string> lines;
  for (const SaliencyPage::Row& r : localization())
    lines.push_back(fmt::format(
        "{:<16} mean IoU {:.3f}  IoU >= 0.5 {:5.1f} %  pointing {:5.1f} %  energy {:5.1f} %",
        r.method, r.iou, 100 * r.half, 100 * r.pointed, 100 * r.energy));
  const std::vector<ReplacementAreas> areas = mean_areas();
  for (size_t m = 0; m < areas.size(); ++m)
    lines.push_back(fmt::format("{:<16} deletion {:.3f}  insertion {:.3f}  (baseline: {})",
                                title_of(options_.options.methods[m]), areas[m].deletion,
                                areas[m].insertion, options_.curves));
  for (size_t m = 0; m < options_.options.methods.size(); ++m) {
    const auto empty = std::count_if(measured_.begin(), measured_.end(),
                                     [m](const Measured& r) { return r.empty[m]; });
    if (empty)
      lines.push_back(
          fmt::format("{}: in {} of {} images nothing speaks for the class: an empty map",
                      title_of(options_.options.methods[m]), empty, measured_.size()));
  }
  lines.push_back(records_.summary());
  return lines;
}

}  // namespace lienet::commands
