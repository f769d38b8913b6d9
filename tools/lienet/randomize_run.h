// A network's maps while its layers are drawn anew, and the files that show them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "analysis/saliency.h"
#include "tools/lienet/image_inputs.h"
#include "tools/pictures/curves_page.h"
#include "tools/pictures/saliency_picture.h"

namespace lienet::commands {

struct RandomizeRunOptions {
  SaliencyOptions saliency;
  uint64_t seed = 1;  // of what is drawn
  int64_t batch = 64;
};

class RandomizeRun {
 public:
  struct Similarity {
    double spearman = 0, magnitudes = 0, ssim = 0;  // means over the images
  };
  struct Stage {
    std::string name;                 // "trained", then the layer drawn anew last
    std::vector<Similarity> methods;  // with the trained network's maps
  };

  RandomizeRun(Context& ctx, ResNet& model, const ModelDescription& description,
               const ImageInputs& pictures, const RandomizeRunOptions& options);

  // Draws one layer after the other; `each` gets the stages. The network is then as it was drawn.
  void all(const std::function<void(const Stage& stage)>& each);
  // stages.jsonl, stages.png, index.html.
  void write(const std::filesystem::path& out) const;

  std::string json_of(const Stage& stage) const;
  std::string text_of(const Stage& stage) const;

 private:
  void add_stage(const std::string& name, bool shown,
                 const std::function<void(const Stage& stage)>& each);
  void compare(const Tensor& ranking, size_t method, int64_t begin, Similarity& sum) const;
  // The first image's maps as a row of the picture.
  void show(const std::string& name, const std::vector<Tensor>& rankings);
  Plot plot(const char* title, double Similarity::*field) const;
  Table table() const;

  Context& ctx_;
  ResNet& model_;
  const ModelDescription& description_;
  const ImageInputs& pictures_;
  RandomizeRunOptions options_;
  std::vector<int64_t> classes_;             // that the trained network predicts
  std::vector<std::vector<float>> trained_;  // by method: [images,H,W]
  std::vector<Stage> stages_;
  std::vector<SaliencyPicture> rows_;
};

}  // namespace lienet::commands
