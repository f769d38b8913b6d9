#include "tools/lienet/picture_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/check.h"
#include "engine/file.h"
#include "tools/training/json_line.h"

namespace lienet::commands {

namespace fs = std::filesystem;

namespace {

constexpr int64_t grid_rows = 10;
constexpr const char* grid_file = "grid.png";
constexpr int64_t page_items = 200;  // more would make a page that no browser likes

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

std::vector<std::string> names_for(const ImageInputs& pictures,
                                   const ModelDescription& description) {
  if (pictures.labelled) return pictures.set->class_names;
  if (description.dataset == "shapes100") return shapes100_names();
  return {};
}

// Throws UsageError where a picture would take the place of an image that is read.
void check_apart(const ImageInputs& pictures, const fs::path& folder) {
  const ImageSet& set = *pictures.set;
  if (set.in_memory()) return;
  const fs::path from = fs::weakly_canonical(fs::current_path() / set.folder);
  const fs::path to = fs::weakly_canonical(fs::current_path() / folder);
  std::set<fs::path> read;
  for (const std::string& file : set.files) read.insert((from / file).lexically_normal());
  const auto check = [&](const std::string& file) {
    if (read.contains(to / file))
      throw UsageError(fmt::format("{}: is an image that is read; choose another --out",
                                   (folder / file).string()));
  };
  for (int64_t i = 0; i < pictures.count; ++i) check(pictures.file_stem(i) + ".png");
  if (pictures.count > 1) check(grid_file);
}

}  // namespace

Metric metric_of(const ImageInputs& pictures, const ModelDescription& description) {
  return pictures.set->multi_label() || description.dataset == "voc2007" ? Metric::map11
                                                                         : Metric::top1;
}

PictureRecords::PictureRecords(const ImageInputs& pictures, const ModelDescription& description,
                               const std::filesystem::path& folder)
    : pictures_(pictures),
      description_(description),
      folder_(folder),
      class_names_(names_for(pictures, description)) {
  if (pictures.labelled && pictures.set->classes > description.classes)
    fail("{} has {} classes, the network {}", pictures.name, pictures.set->classes,
         description.classes);
  check_apart(pictures, folder);
}

std::string PictureRecords::class_name(int64_t k) const {
  return lienet::class_name(class_names_, k);
}

// The image's classes; its label, or more where it shows several.
std::vector<int64_t> PictureRecords::labels_of(int64_t at) const {
  const ImageSet& set = *pictures_.set;
  std::vector<int64_t> labels;
  for (int64_t k = 0; set.multi_label() && k < set.classes; ++k)
    if (set.tags[static_cast<size_t>(at * set.classes + k)] == 1) labels.push_back(k);
  if (labels.empty()) labels.push_back(set.labels[static_cast<size_t>(at)]);
  return labels;
}

PictureRecord PictureRecords::describe(int64_t at, const Image& image, const Tensor& logits,
                                       int64_t i, int64_t asked) const {
  const ImageSet& set = *pictures_.set;
  const int64_t K = logits.dim(1);
  const float* row = logits.data<float>() + i * K;
  const int64_t best = std::max_element(row, row + K) - row;
  const std::vector<double> p = probabilities(logits, i, metric_of(pictures_, description_));
  const auto probability = [&](int64_t k) { return p[static_cast<size_t>(k)]; };
  PictureRecord record;
  nlohmann::ordered_json& line = record.line;
  line["image"] =
      set.in_memory() ? pictures_.name : (set.folder / set.files[static_cast<size_t>(at)]).string();
  line["index"] = at;
  line["height"] = image.height;
  line["width"] = image.width;
  line["class"] = asked;
  line["class_name"] = class_name(asked);
  line["logit"] = row[asked];
  line["probability"] = probability(asked);
  line["top1"] = best;
  line["top1_name"] = class_name(best);
  line["top1_probability"] = probability(best);
  const std::string guess = fmt::format("{} ({:.0f} %)", class_name(best), 100 * probability(best));
  std::string what = guess, note;
  if (pictures_.labelled) {
    const std::vector<int64_t> labels = labels_of(at);
    line["label"] = labels.front();
    line["label_name"] = class_name(labels.front());
    record.item.known = true;
    record.item.right = std::find(labels.begin(), labels.end(), best) != labels.end();
    what = class_name(labels.front());
    for (size_t k = 1; k < labels.size(); ++k) what += ", " + class_name(labels[k]);
    note = "taken for " + guess;
  }
  record.item.heading = pictures_.labelled ? what : pictures_.file_stem(at);
  record.item.note = pictures_.labelled ? note : what;
  if (asked != best) record.item.note += fmt::format("; maps of {}", class_name(asked));
  line["picture"] = pictures_.file_stem(at) + ".png";
  return record;
}

void PictureRecords::draw(int64_t at, SaliencyPicture picture, PictureRecord& record) const {
  const std::string file = pictures_.file_stem(at) + ".png";
  picture.caption = record.item.heading + ": " + record.item.note;
  write_unsynced(folder_ / file, draw_saliency(picture).png());
  if (at < page_items) {
    set_strip(record.item, picture);
    record.item.link = address_of(file);
  }
  if (at < grid_rows) record.picture = std::move(picture);
}

std::string PictureRecords::add(PictureRecord record) {
  const std::string line = json_line(record.line);
  lines_ += line + "\n";
  ++count_;
  right_ += record.item.right;
  if (std::ssize(items_) < page_items) items_.push_back(std::move(record.item));
  if (record.picture) grid_.push_back(std::move(*record.picture));
  return line;
}

void PictureRecords::write(SaliencyPage page) const {
  write_atomically(folder_ / "images.jsonl", lines_);
  // Of several images alone: one's own picture may be called so.
  if (count_ > 1) write_atomically(folder_ / grid_file, draw_grid(grid_).png());
  page.facts.insert(
      page.facts.begin(),
      {{"Network", fmt::format("{}, {} classes", description_.model, description_.classes)},
       {"Images", fmt::format("{} of {}", count_, pictures_.total)}});
  if (pictures_.labelled)
    page.facts.emplace_back(
        "Top-1 of these",
        fmt::format("{:.1f} %", 100 * static_cast<double>(right_) / static_cast<double>(count_)));
  page.items = items_;
  if (count_ > page_items)
    page.footnote =
        fmt::format("The first {} of {} images; images.jsonl has all.", page_items, count_);
  write_atomically(folder_ / "index.html", saliency_html(page));
}

std::string PictureRecords::summary() const {
  return fmt::format("{} of {} images of {}: {}", count_, pictures_.total, pictures_.name,
                     (folder_ / "index.html").string());
}

}  // namespace lienet::commands
