// What is trained and measured to regenerate the paper's tables and figures: a TOML file.
//
//   title = "shapes100, ResNet-18"
//   masked = "paper"            # the variant that is put beside plain where only one is
//   [train]                     # of every training, as `lienet train` takes them
//   dataset = "shapes100"
//   [variants]                  # by name, --inhibit of each
//   plain = "off"
//   paper = "paper"
//   [enhanced]                  # of trainings that go on from plain's: what they change, and
//   [control]                   # the same without what is to be judged
//   [attack], [eval], ...       # of these commands
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lienet::reproduce {

struct Variant {
  std::string name, inhibit;
};

struct Recipe {
  std::string name;   // the file's, without its ending
  std::string title;  // the name where the file has none
  std::string masked = "paper";
  // Images of the data set, where --train and --test of [train] do not say it: for estimates.
  int64_t train_images = 50000, test_images = 10000;
  std::vector<Variant> variants;                             // with "plain" among them
  std::map<std::string, std::vector<std::string>> sections;  // words: "--lr=0.1"

  const std::vector<std::string>& words(const std::string& section) const;  // none: empty
  bool has(const std::string& variant) const;
  std::vector<Variant> plain_and_masked() const;
};

// The name of a recipe that the program has with it, those of experiments/, or a file. Throws
// UsageError that names the file for what is no recipe, Error for what cannot be read.
Recipe read_recipe(const std::string& name_or_file);
Recipe parse_recipe(const std::string& text, const std::string& source);

}  // namespace lienet::reproduce
