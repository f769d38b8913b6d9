// What has to be done for tables and figures: trainings and analyses, each a command line of lienet
// with a folder of its own for what it writes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/reproduce/recipe.h"
#include "tools/training/config.h"

namespace lienet::reproduce {

struct Step {
  std::string title;               // "train paper, seed 1"
  std::filesystem::path folder;    // "OUT/runs/paper-s1"
  std::vector<std::string> words;  // of the command line; a training's without --out
  double passes = 0;               // forward and backward passes of one image, about
  bool training = false;
};

// Lists steps, each once, in an order in which they can be done.
class Plan {
 public:
  Plan(const Recipe& recipe, std::filesystem::path out, int seeds);

  const Recipe& recipe() const { return recipe_; }
  const std::filesystem::path& out() const { return out_; }
  int seeds() const { return seeds_; }
  const std::vector<Step>& steps() const { return steps_; }

  // Each returns the folder. Trainings of a variant; those that go on from plain's, by the words of
  // section "enhanced" or "control".
  std::filesystem::path train(const Variant& variant, int seed);
  std::filesystem::path train_on(const std::string& section, int seed);
  // `lienet WORDS` and the words of the recipe's section of that command; what it prints goes to
  // output.txt in the folder out() / `name`. `passes`: of each image that it looks at.
  std::filesystem::path analyse(const std::string& name, std::vector<std::string> words,
                                double passes);

  // "OUT/runs/paper-s1", and in it the weights of the last epoch.
  std::filesystem::path run(const std::string& variant, int seed) const;
  std::filesystem::path last(const std::string& variant, int seed) const;
  double train_images() const;  // in an epoch
  double test_images() const;
  // The configuration of a training of this plan.
  static TrainConfig config_of(const Step& step);

 private:
  std::filesystem::path add(Step step);

  Recipe recipe_;
  std::filesystem::path out_;
  int seeds_;
  TrainConfig base_;  // of [train]
  std::vector<Step> steps_;
};

// Whether a step has ended and its results are there: all epochs of a training, an analysis of the
// same command line. Throws Error for a run of another configuration in the step's folder.
bool is_done(const Step& step);
// Of a step that has ended: writes its command line into the folder.
void mark_done(const Step& step);
// What remains of it, in passes: a training may have epochs.
double passes_left(const Step& step);

// "lienet WORDS", as a shell takes it.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace lienet::reproduce
