// Images that a command goes through, and the files that show them: for each image a picture and a
// line of images.jsonl; for all of them index.html and, of the first of several, grid.png.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/lienet/image_inputs.h"
#include "tools/pictures/saliency_page.h"
#include "tools/pictures/saliency_picture.h"
#include "tools/training/evaluate.h"

namespace lienet::commands {

// Networks trained on several classes at once give each its own probability.
Metric metric_of(const ImageInputs& pictures, const ModelDescription& description);

// What is kept of one image.
struct PictureRecord {
  nlohmann::ordered_json line;
  SaliencyPage::Item item;
  std::optional<SaliencyPicture> picture{};  // of the first images: for the grid
};

class PictureRecords {
 public:
  // The folder exists when files are written. Throws Error where the images have more classes than
  // the network, UsageError where one of them would be written over.
  PictureRecords(const ImageInputs& pictures, const ModelDescription& description,
                 const std::filesystem::path& folder);

  // The image by its number, its size, its own classes, and what the network says: row i of logits,
  // and of them that of the class asked for.
  PictureRecord describe(int64_t at, const Image& image, const Tensor& logits, int64_t i,
                         int64_t asked) const;
  // Writes the picture under the record's heading and note. Different images at the same time.
  void draw(int64_t at, SaliencyPicture picture, PictureRecord& record) const;
  // Takes them in the order of the images; the line, as images.jsonl will have it.
  std::string add(PictureRecord record);
  // Writes what shows all of them; images and their number go onto the page.
  void write(SaliencyPage page) const;

  const std::vector<std::string>& class_names() const { return class_names_; }  // empty: unknown
  std::string class_name(int64_t k) const;
  std::string summary() const;  // how many images, and where they are shown

 private:
  std::vector<int64_t> labels_of(int64_t at) const;

  const ImageInputs& pictures_;
  const ModelDescription& description_;
  std::filesystem::path folder_;
  std::vector<std::string> class_names_;
  std::string lines_;
  std::vector<SaliencyPage::Item> items_;
  std::vector<SaliencyPicture> grid_;
  int64_t count_ = 0, right_ = 0;
};

}  // namespace lienet::commands
