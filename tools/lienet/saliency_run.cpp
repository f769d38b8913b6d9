#include "tools/lienet/saliency_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "analysis/normalise.h"
#include "engine/check.h"
#include "engine/file.h"
#include "engine/words.h"
#include "tools/lienet/in_parallel.h"
#include "tools/lienet/out_folder.h"
#include "tools/pictures/view_geometry.h"
#include "tools/training/evaluate.h"
#include "tools/training/npy.h"

namespace lienet::commands {
namespace {

constexpr int64_t grid_rows = 10;
constexpr size_t page_items = 200;  // more would make a page that no browser likes

std::span<const float> map_of(const Tensor& maps, int64_t i) {
  const int64_t n = maps.dim(2) * maps.dim(3);
  return {maps.data<float>() + i * n, static_cast<size_t>(n)};
}

nlohmann::ordered_json json_of(const PixelBox& b) {
  return {b.xmin, b.ymin, b.xmax, b.ymax};
}

// A PNG's name is its image's; a folder's name may hold what an address may not.
std::string address_of(const std::string& file) {
  std::string address;
  for (const char c : file) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    address += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return address;
}

std::optional<int64_t> number_in(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> names_for(const Pictures& pictures, const ModelDescription& description) {
  if (pictures.labelled) return pictures.set->class_names;
  if (description.dataset == "shapes100") return shapes100_names();
  return {};
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
                         const Pictures& pictures, const SaliencyRunOptions& options)
    : ctx_(ctx),
      model_(model),
      description_(description),
      pictures_(pictures),
      options_(options),
      class_names_(names_for(pictures, description)) {
  if (pictures.labelled && pictures.set->classes > description.classes)
    fail("{} has {} classes, the network {}", pictures.name, pictures.set->classes,
         description.classes);
  if (options.which == "label" && !pictures.labelled)
    throw UsageError("--class label: these images have no labels; top1, or name a class");
  if (options.which != "top1" && options.which != "label")
    class_ = class_named(options.which, class_names_, description.classes);
  make_folder(options.out);
}

void SaliencyRun::all(const std::function<void(const std::string&)>& each) {
  std::string lines;
  for (int64_t begin = 0; begin < pictures_.count; begin += options_.batch) {
    const int64_t count = std::min(options_.batch, pictures_.count - begin);
    const BatchMaps maps = maps_of(begin, count);
    std::vector<Record> records(static_cast<size_t>(count));
    in_parallel(count,
                [&](int64_t i) { records[static_cast<size_t>(i)] = record_of(maps, begin, i); });
    for (Record& record : records) {
      const std::string line = record.line.dump();
      lines += line + "\n";
      each(line);
      records_.push_back(std::move(record));
    }
  }
  write_atomically(options_.out / "images.jsonl", lines);
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
                          options_.curves);
  for (const Tensor& map : maps.ranking) maps.areas.push_back(replacement.areas(map));
  return maps;
}

std::string SaliencyRun::name_of_class(int64_t k) const {
  return class_names_.empty() ? fmt::format("class {}", k) : class_names_[static_cast<size_t>(k)];
}

// The image's classes; its label, or more where it shows several.
std::vector<int64_t> SaliencyRun::labels_of(int64_t at) const {
  const ImageSet& set = *pictures_.set;
  std::vector<int64_t> labels;
  for (int64_t k = 0; set.multi_label() && k < set.classes; ++k)
    if (set.tags[static_cast<size_t>(at * set.classes + k)] == 1) labels.push_back(k);
  if (labels.empty()) labels.push_back(set.labels[static_cast<size_t>(at)]);
  return labels;
}

// The class's own, or, of images of a single thing, that thing; without those that are difficult.
std::vector<PixelBox> SaliencyRun::objects_of(int64_t at, int64_t k) const {
  std::vector<PixelBox> boxes;
  if (pictures_.objects.empty()) return boxes;
  const bool any = !pictures_.set->multi_label();
  for (const ObjectBox& object : pictures_.objects[static_cast<size_t>(at)])
    if ((any || object.label == k) && !object.difficult) boxes.push_back(object.box);
  return boxes;
}

SaliencyRun::Record SaliencyRun::record_of(const BatchMaps& maps, int64_t begin, int64_t i) const {
  const int64_t at = begin + i;
  const std::string stem = pictures_.file_stem(at);
  Record record;
  SaliencyPicture picture;
  picture.image = pictures_.set->original(at);
  record.line["image"] =
      pictures_.set->in_memory()
          ? pictures_.name
          : (pictures_.set->folder / pictures_.set->files[static_cast<size_t>(at)]).string();
  record.line["index"] = at;
  record.line["height"] = picture.image.height;
  record.line["width"] = picture.image.width;
  describe_prediction(maps, begin, i, record, picture);
  picture.objects = objects_of(at, maps.saliency.classes[static_cast<size_t>(i)]);
  record.line["picture"] = stem + ".png";
  for (size_t m = 0; m < maps.saliency.maps.size(); ++m)
    add_map(maps, m, begin, i, record, picture);
  if (!picture.objects.empty()) {
    const int64_t height = picture.image.height, width = picture.image.width;
    record.found.push_back(localize(centre_map(height, width), height, width, picture.objects));
  }
  write_unsynced(options_.out / (stem + ".png"), draw_saliency(picture).png());
  if (static_cast<size_t>(at) < page_items) {
    constexpr int64_t side = 112;
    const int64_t longer = std::max(picture.image.height, picture.image.width);
    record.item.strip_png = draw_strip(picture, std::min(side, longer)).png();
    record.item.pixelated = longer < side;
    record.item.link = address_of(stem + ".png");
  }
  if (at < grid_rows) record.picture = std::move(picture);
  return record;
}

void SaliencyRun::describe_prediction(const BatchMaps& maps, int64_t begin, int64_t i,
                                      Record& record, SaliencyPicture& picture) const {
  const Tensor& logits = maps.saliency.logits;
  const int64_t K = logits.dim(1), asked = maps.saliency.classes[static_cast<size_t>(i)];
  const float* row = logits.data<float>() + i * K;
  const int64_t best = std::max_element(row, row + K) - row;
  // Networks trained on several classes at once give each its own probability.
  const bool several = pictures_.set->multi_label() || description_.dataset == "voc2007";
  const std::vector<double> p = probabilities(logits, i, several ? Metric::map11 : Metric::top1);
  const auto probability = [&](int64_t k) { return p[static_cast<size_t>(k)]; };
  nlohmann::ordered_json& line = record.line;
  line["class"] = asked;
  line["class_name"] = name_of_class(asked);
  line["logit"] = row[asked];
  line["probability"] = probability(asked);
  line["top1"] = best;
  line["top1_name"] = name_of_class(best);
  line["top1_probability"] = probability(best);
  const std::string guess =
      fmt::format("{} ({:.0f} %)", name_of_class(best), 100 * probability(best));
  std::string what = guess, note;
  if (pictures_.labelled) {
    const std::vector<int64_t> labels = labels_of(begin + i);
    line["label"] = labels.front();
    line["label_name"] = name_of_class(labels.front());
    record.item.known = true;
    record.item.right = std::find(labels.begin(), labels.end(), best) != labels.end();
    what = name_of_class(labels.front());
    for (size_t k = 1; k < labels.size(); ++k) what += ", " + name_of_class(labels[k]);
    note = "taken for " + guess;
  }
  record.item.heading = pictures_.labelled ? what : pictures_.file_stem(begin + i);
  record.item.note = pictures_.labelled ? note : what;
  if (asked != best) record.item.note += fmt::format("; maps of {}", name_of_class(asked));
  picture.caption = record.item.heading + ": " + record.item.note;
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
  SaliencyPanel panel{
      .title = title_of(method),
      .map = to_original(maps.shown[m], i, geometry),
      .box = {},
      .note = {},
      .fine = method == SaliencyMethod::guided_backprop || method == SaliencyMethod::input_grad};
  record.empty.push_back(maps.saliency.maps[m].raw && *high <= 0);
  if (record.empty.back()) {
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
    record.found.push_back(found);
  }
  if (!maps.areas.empty()) {
    const ReplacementAreas& areas = maps.areas[m][static_cast<size_t>(i)];
    json["deletion"] = areas.deletion;
    json["insertion"] = areas.insertion;
    record.areas.push_back(areas);
  }
  record.line["maps"][name_of(method)] = std::move(json);
  picture.panels.push_back(std::move(panel));
}

std::vector<SaliencyPage::Row> SaliencyRun::localization() const {
  std::vector<SaliencyPage::Row> rows;
  const auto has_objects = [](const Record& r) { return !r.found.empty(); };
  const auto n = static_cast<double>(std::count_if(records_.begin(), records_.end(), has_objects));
  const auto& methods = options_.options.methods;
  for (size_t m = 0; n > 0 && m <= methods.size(); ++m) {
    SaliencyPage::Row row{.method = m < methods.size() ? title_of(methods[m]) : "Centre box"};
    for (const Record& record : records_) {
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
  if (records_.empty()) return means;
  means.resize(records_.front().areas.size());
  for (const Record& record : records_)
    for (size_t m = 0; m < means.size(); ++m) {
      means[m].deletion += record.areas[m].deletion / static_cast<double>(records_.size());
      means[m].insertion += record.areas[m].insertion / static_cast<double>(records_.size());
    }
  return means;
}

double SaliencyRun::top1() const {
  const auto right =
      std::count_if(records_.begin(), records_.end(), [](const Record& r) { return r.item.right; });
  return static_cast<double>(right) / static_cast<double>(records_.size());
}

void SaliencyRun::finish() const {
  std::vector<SaliencyPicture> pictures;
  SaliencyPage page;
  page.title = fmt::format("Where {} looks: {}", description_.model, pictures_.name);
  for (const Record& record : records_) {
    if (record.picture) pictures.push_back(*record.picture);
    if (page.items.size() < page_items) page.items.push_back(record.item);
  }
  // Of several images alone: one's own picture may be called so.
  if (records_.size() > 1) write_atomically(options_.out / "grid.png", draw_grid(pictures).png());
  for (const SaliencyMethod method : options_.options.methods)
    page.methods.emplace_back(title_of(method));
  page.facts = {
      {"Network", fmt::format("{}, {} classes", description_.model, description_.classes)},
      {"Images", fmt::format("{} of {}", records_.size(), pictures_.total)},
      {"Class", options_.which == "top1"    ? "the predicted one"
                : options_.which == "label" ? "the image's own"
                                            : name_of_class(*class_)}};
  if (pictures_.labelled)
    page.facts.emplace_back("Top-1 of these", fmt::format("{:.1f} %", 100 * top1()));
  page.localization = localization();
  page.baseline = options_.curves;
  const std::vector<ReplacementAreas> areas = mean_areas();
  for (size_t m = 0; m < areas.size(); ++m)
    page.replacement.push_back({page.methods[m], areas[m].deletion, areas[m].insertion});
  if (records_.size() > page_items)
    page.footnote = fmt::format("The first {} of {} images; images.jsonl has all.", page_items,
                                records_.size());
  write_atomically(options_.out / "index.html", saliency_html(page));
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
    const auto empty = std::count_if(records_.begin(), records_.end(),
                                     [m](const Record& r) { return r.empty[m]; });
    if (empty)
      lines.push_back(
          fmt::format("{}: in {} of {} images nothing speaks for the class: an empty map",
                      title_of(options_.options.methods[m]), empty, records_.size()));
  }
  lines.push_back(fmt::format("{} of {} images of {}: {}", records_.size(), pictures_.total,
                              pictures_.name, (options_.out / "index.html").string()));
  return lines;
}

}  // namespace lienet::commands
