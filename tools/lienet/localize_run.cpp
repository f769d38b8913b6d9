#include "tools/lienet/localize_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>

#include "analysis/normalise.h"
#include "engine/check.h"
#include "engine/file.h"
#include "engine/tensor_ops.h"
#include "tools/lienet/image_inputs.h"
#include "tools/lienet/in_parallel.h"
#include "tools/pictures/saliency_picture.h"
#include "tools/pictures/view_geometry.h"

namespace lienet::commands {
namespace {

constexpr size_t shown_cases = 12;  // of the best, and of the worst

struct Column {
  const char *key, *title;
  Estimate LocalizationRow::*figure;
};
constexpr std::array<Column, 7> columns = {{
    {"iou", "Mean IoU", &LocalizationRow::iou},
    {"iou_of_union", "IoU, all instances in one box", &LocalizationRow::iou_of_union},
    {"iou_single", "IoU, single instances", &LocalizationRow::iou_single},
    {"half", "IoU \u2265 0.5", &LocalizationRow::half},
    {"pointed", "Pointing game", &LocalizationRow::pointed},
    {"energy", "Energy inside", &LocalizationRow::energy},
    {"beyond_centre", "IoU beyond the centre box", &LocalizationRow::beyond_centre},
}};

std::string cell(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "";
}

nlohmann::ordered_json json_of(const Estimate& e) {
  return {{"mean", e.mean}, {"low", e.low}, {"high", e.high}, {"cases", e.values}};
}

}  // namespace

LocalizeRun::LocalizeRun(Context& ctx, ResNet& model, const ModelDescription& description,
                         const DataSet& data, const LocalizeOptions& options)
    : ctx_(ctx),
      model_(model),
      description_(description),
      set_(*data.test),
      options_(options),
      cases_(localization_cases(data.test_objects)) {
  if (cases_.empty())
    fail(
        "{}: no object's place is known; expected shapes100 with its boxes.csv, voc2007, or a "
        "folder of images with Annotations",
        set_.name);
  if (set_.classes != description.classes)
    fail("{} has {} classes, the network {}", set_.name, set_.classes, description.classes);
  make_folder(options.out);
  found_.assign(options.saliency.methods.size() + 1, std::vector<Localization>(cases_.size()));
}

void LocalizeRun::all() {
  for (int64_t begin = 0; begin < std::ssize(cases_); begin += options_.batch) {
    const int64_t count = std::min(options_.batch, std::ssize(cases_) - begin);
    const Maps maps = maps_of(std::span(cases_).subspan(begin, count));
    in_parallel(count, [&](int64_t i) { find_in(maps, begin, i); });
  }
  const Bootstrap bootstrap(cases_.back().group + 1, options_.bootstrap);
  for (size_t m = 0; m < found_.size(); ++m) {
    const bool centre = m == options_.saliency.methods.size();
    Row row{"centre", "Centre box", localization_row(cases_, found_[m], found_.back(), bootstrap)};
    if (!centre) {
      row.key = name_of(options_.saliency.methods[m]);
      row.title = title_of(options_.saliency.methods[m]);
    }
    rows_.push_back(std::move(row));
  }
  std::vector<size_t> order(cases_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return found_.front()[a].iou > found_.front()[b].iou;
  });
  const size_t n = std::min(shown_cases, order.size());
  pictures_ = pictures_of(std::span(order).first(n), "Best by " + rows_.front().title);
  std::reverse(order.begin(), order.end());
  for (SaliencyPage::Item& item :
       pictures_of(std::span(order).first(n), "Worst by " + rows_.front().title))
    pictures_.push_back(std::move(item));
}

LocalizeRun::Maps LocalizeRun::maps_of(std::span<const LocalizationCase> cases) {
  std::vector<int64_t> images, classes;
  for (const LocalizationCase& c : cases) {
    images.push_back(c.image);
    classes.push_back(c.label);
  }
  const Tensor x = normalise(ctx_, pixels_of(ctx_, set_, images), description_.stats);
  Maps maps{saliency(ctx_, model_, x, classes, options_.saliency), {}};
  for (const SaliencyMap& map : maps.saliency.maps)
    maps.ranking.push_back(ranking(ctx_, map, set_.height, set_.width));
  return maps;
}

// Case `begin` + i, by every method and the baseline.
void LocalizeRun::find_in(const Maps& maps, int64_t begin, int64_t i) {
  const auto at = static_cast<size_t>(begin + i);
  const LocalizationCase& c = cases_[at];
  const Image original = set_.original(c.image);
  const int64_t height = original.height, width = original.width;
  for (const PixelBox& box : c.objects)
    if (box.xmax >= width || box.ymax >= height)
      fail("{}: image {} has {}x{} pixels, but a box that ends at ({}, {})", set_.name, c.image,
           height, width, box.ymax, box.xmax);
  const ViewGeometry geometry = geometry_of(set_, height, width);
  for (size_t m = 0; m < maps.ranking.size(); ++m)
    found_[m][at] =
        localize(without_gaps(to_original(maps.ranking[m], i, geometry)), height, width, c.objects);
  found_.back()[at] = localize(centre_map(height, width), height, width, c.objects);
}

std::vector<SaliencyPage::Item> LocalizeRun::pictures_of(std::span<const size_t> cases,
                                                         const std::string& section) {
  std::vector<SaliencyPage::Item> items;
  for (const size_t at : cases)  // one by one: there are few
    items.push_back(picture_of(maps_of({&cases_[at], 1}), at, section));
  return items;
}

SaliencyPage::Item LocalizeRun::picture_of(const Maps& maps, size_t at,
                                           const std::string& section) const {
  const LocalizationCase& c = cases_[at];
  SaliencyPicture picture{
      .caption = {}, .image = set_.original(c.image), .objects = c.objects, .panels = {}};
  const ViewGeometry geometry = geometry_of(set_, picture.image.height, picture.image.width);
  std::string note = set_.in_memory() ? fmt::format("image {}", c.image)
                                      : set_.files[static_cast<size_t>(c.image)];
  for (size_t m = 0; m < maps.saliency.maps.size(); ++m) {
    const SaliencyMap& map = maps.saliency.maps[m];
    picture.panels.push_back({.title = title_of(map.method),
                              .map = to_original(shown(ctx_, map), 0, geometry),
                              .box = found_[m][at].box,
                              .note = {},
                              .fine = is_fine(map.method)});
    note += fmt::format("; {} {:.2f}", rows_[m].title, found_[m][at].iou);
  }
  SaliencyPage::Item item;
  item.section = section;
  item.heading = class_name(set_.class_names, c.label);
  item.note = note;
  set_strip(item, picture);
  return item;
}

Table LocalizeRun::figures() const {
  Table table{{"method", "cases", "images"}};
  for (const Column& column : columns)
    for (const char* end : {"", "_low", "_high"})
      table.columns.push_back(std::string(column.key) + end);
  for (const Row& row : rows_) {
    auto& cells = table.rows.emplace_back(std::vector{row.key, std::to_string(cases_.size()),
                                                      std::to_string(cases_.back().group + 1)});
    for (const Column& column : columns) {
      const Estimate& e = row.figures.*column.figure;
      for (const double value : {e.mean, e.low, e.high}) cells.push_back(cell(value));
    }
  }
  return table;
}

Table LocalizeRun::rounded_figures() const {
  Table table{{"Method"}};
  for (const Column& column : columns) table.columns.emplace_back(column.title);
  for (const Row& row : rows_) {
    auto& cells = table.rows.emplace_back(std::vector{row.title});
    for (const Column& column : columns) {
      const Estimate& e = row.figures.*column.figure;
      cells.push_back(e.values == 0
                          ? "\u2013"
                          : fmt::format("{:.3f} ({:.3f} to {:.3f})", e.mean, e.low, e.high));
    }
  }
  return table;
}

Table LocalizeRun::cases() const {
  Table table{{"image", "class", "objects", "single", "method", "xmin", "ymin", "xmax", "ymax",
               "iou", "iou_of_union", "pointed", "energy"}};
  for (size_t i = 0; i < cases_.size(); ++i) {
    const LocalizationCase& c = cases_[i];
    for (size_t m = 0; m < found_.size(); ++m) {
      const Localization& l = found_[m][i];
      const auto text = [](auto number) { return std::to_string(number); };
      table.rows.push_back(
          {set_.in_memory() ? text(c.image) : set_.files[static_cast<size_t>(c.image)],
           class_name(set_.class_names, c.label), text(c.objects.size()), text(int{c.single}),
           rows_[m].key, text(l.box.xmin), text(l.box.ymin), text(l.box.xmax), text(l.box.ymax),
           cell(l.iou), cell(l.iou_of_union), text(int{l.pointed}), cell(l.energy)});
    }
  }
  return table;
}

void LocalizeRun::finish() const {
  write_atomically(options_.out / "localization.csv", csv_of(figures()));
  write_atomically(options_.out / "cases.csv", csv_of(cases()));
  SaliencyPage page;
  page.title = fmt::format("Where {} looks for objects: {}", description_.model, set_.name);
  for (const SaliencyMethod method : options_.saliency.methods)
    page.methods.emplace_back(title_of(method));
  page.facts = {
      {"Network", fmt::format("{}, {} classes", description_.model, description_.classes)},
      {"Images", std::to_string(cases_.back().group + 1)},
      {"Cases", std::to_string(cases_.size())}};
  page.table =
      "<h2>How well the objects are found</h2>\n<p class=\"note\">Each class that an image shows "
      "is a case. The box around a map's highest 15\u202f% of pixels against the object's own, of "
      "several instances the nearest, with the 95\u202f% interval of 1000 draws of images; whether "
      "the map's highest value lies in an object; the share of the map that does. The centre box "
      "looks at no image: what does not beat it has found nothing.</p>\n" +
      html_of(rounded_figures());
  page.items = pictures_;
  write_atomically(options_.out / "index.html", saliency_html(page));
}

std::vector<std::string> LocalizeRun::summary() const {
  std::vector<std::string> lines{fmt::format("{:<16} {:<22} {:>7} {:>7} {:>7} {:>7} {:>7}  {}", "",
                                             "mean IoU", "union", "single", ">= 0.5", "points",
                                             "energy", "IoU beyond the centre box")};
  for (const Row& row : rows_) {
    const LocalizationRow& f = row.figures;
    lines.push_back(fmt::format(
        "{:<16} {:.3f} [{:.3f}, {:.3f}]   {:>7.3f} {:>7.3f} {:>7.3f} {:>7.3f} {:>7.3f}  {:+.3f} "
        "[{:+.3f}, {:+.3f}]",
        row.title, f.iou.mean, f.iou.low, f.iou.high, f.iou_of_union.mean, f.iou_single.mean,
        f.half.mean, f.pointed.mean, f.energy.mean, f.beyond_centre.mean, f.beyond_centre.low,
        f.beyond_centre.high));
  }
  lines.push_back(fmt::format("{} cases in {} images of {}: {}", cases_.size(),
                              cases_.back().group + 1, set_.name,
                              (options_.out / "index.html").string()));
  return lines;
}

nlohmann::ordered_json LocalizeRun::json() const {
  nlohmann::ordered_json all{{"data", set_.name},
                             {"images", cases_.back().group + 1},
                             {"cases", cases_.size()},
                             {"methods", nlohmann::ordered_json::object()}};
  for (const Row& row : rows_)
    for (const Column& column : columns)
      all["methods"][row.key][column.key] = json_of(row.figures.*column.figure);
  return all;
}

}  // namespace lienet::commands
