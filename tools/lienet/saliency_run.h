// Saliency maps of many images, and the files that show them.
#pragma once

#include <filesystem>
#include <functional>

#include "analysis/localization.h"
#include "analysis/saliency.h"
#include "tools/lienet/picture_records.h"
#include "tools/lienet/replacement.h"

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
              const ImageInputs& pictures, const SaliencyRunOptions& options);

  // Goes through the images; `each` gets their lines in order.
  void all(const std::function<void(const std::string& line)>& each);
  // Writes what shows all of them.
  void finish() const;
  std::vector<std::string> summary() const;  // lines for the terminal

 private:
  struct Measured {                       // of one image
    std::vector<Localization> found;      // by method; the last: the centre box; empty: no objects
    std::vector<bool> empty;              // by method: nothing speaks for the class
    std::vector<ReplacementAreas> areas;  // by method; empty without curves
  };
  struct Record {
    PictureRecord shown;
    Measured measured;
  };
  struct BatchMaps {
    Saliency saliency;
    std::vector<Tensor> ranking, shown;                // by method, f32 [B,1,H,W]
    std::vector<std::vector<ReplacementAreas>> areas;  // by method and image
  };

  std::vector<int64_t> classes_for(int64_t begin, int64_t count) const;
  BatchMaps maps_of(int64_t begin, int64_t count);
  Record record_of(const BatchMaps& maps, int64_t begin, int64_t i) const;
  void add_map(const BatchMaps& maps, size_t method, int64_t begin, int64_t i, Record& record,
               SaliencyPicture& picture) const;
  std::vector<SaliencyPage::Row> localization() const;
  std::vector<ReplacementAreas> mean_areas() const;  // by method

  Context& ctx_;
  ResNet& model_;
  const ModelDescription& description_;
  const ImageInputs& pictures_;
  SaliencyRunOptions options_;
  std::optional<int64_t> class_;  // where all images are asked for the same
  PictureRecords records_;
  std::vector<Measured> measured_;
};

}  // namespace lienet::commands
