// How well saliency maps find the objects of a data set, and the files that say so.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "analysis/localization_table.h"
#include "analysis/saliency.h"
#include "datasets/open.h"
#include "models/resnet.h"
#include "tools/pictures/curves_page.h"
#include "tools/pictures/saliency_page.h"
#include "tools/training/checkpoint.h"

namespace lienet::commands {

struct LocalizeOptions {
  SaliencyOptions saliency;
  std::filesystem::path out;  // made if needed
  int64_t batch = 64;
  BootstrapOptions bootstrap;
};

// Each class that an image shows is a case, explained by the logit of that class. For all of them:
// localization.csv (a row for each method and the centre box), cases.csv (a row for each case and
// method), index.html with pictures of the cases that the first method finds best and worst.
class LocalizeRun {
 public:
  // Images and objects are those of data.test. Throws Error where no object's place is known, and
  // where the network has other classes.
  LocalizeRun(Context& ctx, ResNet& model, const ModelDescription& description, const DataSet& data,
              const LocalizeOptions& options);

  void all();                                // goes through the cases
  void finish() const;                       // writes the files
  std::vector<std::string> summary() const;  // lines for the terminal
  nlohmann::ordered_json json() const;

 private:
  struct Maps {
    Saliency saliency;
    std::vector<Tensor> ranking;  // by method, f32 [B,1,H,W]
  };
  struct Row {
    std::string key, title;  // "li_map", "LI-Map"
    LocalizationRow figures;
  };

  Maps maps_of(std::span<const LocalizationCase> cases);
  void find_in(const Maps& maps, int64_t begin, int64_t i);
  std::vector<SaliencyPage::Item> pictures_of(std::span<const size_t> cases,
                                              const std::string& section);
  SaliencyPage::Item picture_of(const Maps& maps, size_t at, const std::string& section) const;
  Table figures() const;  // localization.csv
  Table rounded_figures() const;
  Table cases() const;

  Context& ctx_;
  ResNet& model_;
  const ModelDescription& description_;
  const ImageSet& set_;
  LocalizeOptions options_;
  std::vector<LocalizationCase> cases_;
  std::vector<std::vector<Localization>> found_;  // [methods + 1][cases]; the last: the centre box
  std::vector<Row> rows_;
  std::vector<SaliencyPage::Item> pictures_;
};

}  // namespace lienet::commands
