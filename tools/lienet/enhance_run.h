// Images as data enhancement changes them, and the files that show it.
#pragma once

#include <functional>

#include "analysis/enhance.h"
#include "tools/lienet/picture_records.h"

namespace lienet::commands {

struct EnhanceRunOptions {
  EnhanceOptions options;
  std::filesystem::path out;
  int64_t batch = 64;
};

// Each image as the network sees it, LI-Map over it, the mask, the enhanced image: of the image's
// own class, of several the first, or, where there are no labels, of the predicted one.
class EnhanceRun {
 public:
  EnhanceRun(Context& ctx, ResNet& model, const ModelDescription& description,
             const ImageInputs& pictures, const EnhanceRunOptions& options);

  // Goes through the images; `each` gets their lines in order.
  void all(const std::function<void(const std::string& line)>& each);
  void finish() const;                       // writes what shows all of them
  std::vector<std::string> summary() const;  // lines for the terminal

 private:
  struct Shares {              // of an image's pixels
    double kept = 0;           // not blurred
    bool known = false;        // whether the objects' places are
    double boxes = 0;          // in the boxes
    double kept_in_boxes = 0;  // of those kept
  };
  struct Record {
    PictureRecord shown;
    Shares shares;
  };
  struct Batch {
    int64_t begin;
    Tensor pixels;  // enhanced
    Enhanced enhanced;
  };

  Batch batch_of(int64_t begin, int64_t count) const;
  Record record_of(const Batch& batch, int64_t i) const;
  Shares mean_shares() const;

  Context& ctx_;
  ResNet& model_;
  const ModelDescription& description_;
  const ImageInputs& pictures_;
  EnhanceRunOptions options_;
  PictureRecords records_;
  std::vector<Shares> shares_;
};

}  // namespace lienet::commands
