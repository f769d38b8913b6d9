// Saliency maps of many images, and the files that show them.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "analysis/localization.h"
#include "analysis/saliency.h"
#include "tools/lienet/pictures.h"
#include "tools/lienet/replacement.h"
#include "tools/pictures/saliency_page.h"
#include "tools/pictures/saliency_picture.h"

namespace lienet::commands {

struct SaliencyRunOptions {
  SaliencyOptions options;
  std::string which;          // top1, label, name or number of a class
  std::filesystem::path out;  // made if needed
  int64_t batch = 64;
  std::string curves = "off";  // or the baseline of deletion and insertion, see replacement.h
};

// For each image: NAME.png, NAME.METHOD.npy with one number for each pixel (NaN where the network
// did not look; the CAMs before ReLU; of gradients the largest magnitude of the colours), a line of
// images.jsonl. For all: index.html and, of the first of several, grid.png.
class SaliencyRun {
 public:
  // Throws UsageError for a class that is not there.
  SaliencyRun(Context& ctx, ResNet& model, const ModelDescription& description,
              const Pictures& pictures, const SaliencyRunOptions& options);

  // Goes through the images; `each` gets their lines in order.
  void all(const std::function<void(const std::string& line)>& each);
  // Writes what shows all of them.
  void finish() const;
  std::vector<std::string> summary() const;  // lines for the terminal

 private:
  // What is kept of one image.
  struct Record {
    nlohmann::ordered_json line;
    SaliencyPage::Item item;
    std::vector<Localization> found;      // by method; the last: the centre box; empty: no objects
    std::vector<bool> empty;              // by method: nothing speaks for the class
    std::vector<ReplacementAreas> areas;  // by method; empty without curves
    std::optional<SaliencyPicture> picture;  // of the first images: for the grid
  };
  struct BatchMaps {
    Saliency saliency;
    std::vector<Tensor> ranking, shown;                // by method, f32 [B,1,H,W]
    std::vector<std::vector<ReplacementAreas>> areas;  // by method and image
  };

  std::vector<int64_t> classes_for(int64_t begin, int64_t count) const;
  BatchMaps maps_of(int64_t begin, int64_t count);
  std::vector<int64_t> labels_of(int64_t at) const;
  std::vector<PixelBox> objects_of(int64_t at, int64_t k) const;
  Record record_of(const BatchMaps& maps, int64_t begin, int64_t i) const;
  void describe_prediction(const BatchMaps& maps, int64_t begin, int64_t i, Record& record,
                           SaliencyPicture& picture) const;
  void add_map(const BatchMaps& maps, size_t method, int64_t begin, int64_t i, Record& record,
               SaliencyPicture& picture) const;
  std::string name_of_class(int64_t k) const;
  std::vector<SaliencyPage::Row> localization() const;
  std::vector<ReplacementAreas> mean_areas() const;  // by method
  double top1() const;  // share of the images that are classified right

  Context& ctx_;
  ResNet& model_;
  const ModelDescription& description_;
  const Pictures& pictures_;
  SaliencyRunOptions options_;
  std::vector<std::string> class_names_;  // empty: not known
  std::optional<int64_t> class_;          // where all images are asked for the same
  std::vector<Record> records_;
};

}  // namespace lienet::commands
