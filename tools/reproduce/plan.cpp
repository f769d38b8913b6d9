#include "tools/reproduce/plan.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "engine/check.h"
#include "engine/file.h"
#include "tools/lienet/command_line.h"
#include "tools/lienet/train_options.h"
#include "tools/training/metrics.h"

namespace lienet::reproduce {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t largest_file = uint64_t{256} << 20;

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}\n", fmt::join(words, "\n"));
}

// What must be equal for a run to be the step's: all but what changes no result.
std::vector<std::pair<std::string, std::string>> identity(const TrainConfig& config) {
  auto table = option_table(config);
  std::erase_if(table, [](const auto& option) {
    return option.first == "workers" || option.first == "checkpoint-steps";
  });
  return table;
}

// How many images an analysis looks at: the last --images=N or --limit=N, or else all.
double images_of(const std::vector<std::string>& words, double all) {
  double images = all;
  for (const std::string& word : words)
    for (const std::string_view option : {"--images=", "--limit="})
      if (word.starts_with(option)) images = std::strtod(word.c_str() + option.size(), nullptr);
  return images > 0 ? std::min(images, all) : all;  // 0: all
}

int64_t epochs_done(const Step& step) {
  const fs::path config = step.folder / "config.json", metrics = step.folder / "metrics.jsonl";
  std::error_code error;
  if (!fs::exists(config, error)) return 0;
  const auto planned = identity(Plan::config_of(step)), found = identity(read_config(config));
  for (size_t i = 0; i < planned.size(); ++i)
    if (planned[i] != found[i])
      fail("{}: is a run with {} {}, and the recipe says {}; choose another --out",
           step.folder.string(), found[i].first, found[i].second, planned[i].second);
  if (!fs::exists(metrics, error)) return 0;
  const auto epochs = parse_json_lines(read_file(metrics, largest_file), metrics.string());
  return std::ssize(epochs);
}

}  // namespace

Plan::Plan(const Recipe& recipe, fs::path out, int seeds)
    : recipe_(recipe),
      out_(std::move(out)),
      seeds_(seeds),
      base_(commands::train_config_of(recipe.words("train"))) {}

double Plan::train_images() const {
  return static_cast<double>(base_.train > 0 ? base_.train : recipe_.train_images);
}

double Plan::test_images() const {
  return static_cast<double>(base_.test > 0 ? base_.test : recipe_.test_images);
}

fs::path Plan::run(const std::string& variant, int seed) const {
  return out_ / "runs" / fmt::format("{}-s{}", variant, seed);
}

fs::path Plan::last(const std::string& variant, int seed) const {
  return run(variant, seed) / "last.safetensors";
}

// A step's command line is read when it is planned: an option that is not known starts nothing. Of
// trainings the values are checked, too.
fs::path Plan::add(Step step) {
  const auto same = std::find_if(steps_.begin(), steps_.end(),
                                 [&](const Step& s) { return s.folder == step.folder; });
  if (same != steps_.end()) {
    LIENET_CHECK(same->words == step.words, "{}: two steps in one folder", step.folder.string());
    return step.folder;
  }
  commands::check_command_line(step.words);
  if (step.training) {
    // An evaluation is about a third of the work on as many images.
    const auto epochs = static_cast<double>(config_of(step).epochs);
    step.passes = epochs * (train_images() + test_images() / 3);
  }
  steps_.push_back(step);
  return step.folder;
}

fs::path Plan::train(const Variant& variant, int seed) {
  std::vector<std::string> words{"train"};
  for (const std::string& word : recipe_.words("train")) words.push_back(word);
  words.push_back("--inhibit=" + variant.inhibit);
  words.push_back(fmt::format("--seed={}", seed));
  return add({.title = fmt::format("train {}, seed {}", variant.name, seed),
              .folder = run(variant.name, seed),
              .words = std::move(words),
              .training = true});
}

fs::path Plan::train_on(const std::string& section, int seed) {
  train({"plain", "off"}, seed);
  std::vector<std::string> words{"train"};
  for (const char* part : {"train", section.c_str()})
    for (const std::string& word : recipe_.words(part)) words.push_back(word);
  words.push_back("--weights=" + last("plain", seed).string());
  words.push_back(fmt::format("--seed={}", seed));
  return add({.title = fmt::format("train {}, seed {}", section, seed),
              .folder = run(section, seed),
              .words = std::move(words),
              .training = true});
}

fs::path Plan::analyse(const std::string& name, std::vector<std::string> words, double passes) {
  for (const std::string& word : recipe_.words(words.front())) words.push_back(word);
  const double images = images_of(words, test_images());
  return add(
      {.title = name, .folder = out_ / name, .words = std::move(words), .passes = passes * images});
}

TrainConfig Plan::config_of(const Step& step) {
  return commands::train_config_of({step.words.begin() + 1, step.words.end()});
}

// Metrics alone do not say that a training has ended: its last checkpoint is written after them.
bool is_done(const Step& step) {
  std::error_code error;
  const fs::path done = step.folder / "command.txt";
  if (!fs::exists(done, error)) return false;
  if (step.training) return epochs_done(step) >= Plan::config_of(step).epochs;
  return read_file(done, largest_file) == joined(step.words);
}

void mark_done(const Step& step) {
  write_atomically(step.folder / "command.txt", joined(step.words));
}

double passes_left(const Step& step) {
  if (!step.training) return is_done(step) ? 0 : step.passes;
  const auto epochs = static_cast<double>(Plan::config_of(step).epochs);
  return step.passes * std::max(0.0, epochs - static_cast<double>(epochs_done(step))) / epochs;
}

std::string shell_line(const std::vector<std::string>& words) {
  constexpr std::string_view safe = "_@%+=:,./-";
  std::string line = "lienet";
  for (const std::string& word : words) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [&](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || safe.find(c) != safe.npos;
    });
    line += ' ';
    if (plain) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? "'\\''" : std::string(1, c);
    line += '\'';
  }
  return line;
}

}  // namespace lienet::reproduce
