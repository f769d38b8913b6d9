#include "tools/reproduce/recipe.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "engine/check.h"
#include "engine/file.h"
#include "engine/words.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/config_file.h"
#include "tools/reproduce/built_in_recipes.h"
#include "tools/training/config.h"

namespace lienet::reproduce {
namespace {

using commands::FileOption;
using commands::UsageError;

constexpr std::string_view known_sections[] = {"train",    "variants",  "enhanced", "control",
                                               "localize", "attack",    "prune",    "gsnr",
                                               "saliency", "randomize", "eval"};

int64_t count_of(const std::string& file, const FileOption& option) {
  int64_t count = 0;
  const char* end = option.value.data() + option.value.size();
  const auto [stop, error] = std::from_chars(option.value.data(), end, count);
  if (error != std::errc() || stop != end || count < 1)
    throw UsageError(
        fmt::format("{}: {} = {}: expected a number, 1 or more", file, option.name, option.value));
  return count;
}

void take_top(const std::string& file, const FileOption& option, Recipe& recipe) {
  constexpr std::string_view known[] = {"title", "masked", "train_images", "test_images"};
  if (option.name == "title")
    recipe.title = option.value;
  else if (option.name == "masked")
    recipe.masked = option.value;
  else if (option.name == "train_images")
    recipe.train_images = count_of(file, option);
  else if (option.name == "test_images")
    recipe.test_images = count_of(file, option);
  else
    throw UsageError(fmt::format("{}: {} is not known above the sections; did you mean {}?", file,
                                 option.name, nearest_word(option.name, known)));
}

void take_variant(const std::string& file, const FileOption& option, Recipe& recipe) {
  // Names become folders' names.
  const bool plain = std::all_of(option.name.begin(), option.name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.';
  });
  if (!plain)
    throw UsageError(fmt::format("{}: variant {}: expected a name of letters, digits, _ and .",
                                 file, option.name));
  // Trainings lie in folders of these names, too.
  if (option.name == "enhanced" || option.name == "control")
    throw UsageError(fmt::format("{}: variant {}: is what goes on from plain; choose another name",
                                 file, option.name));
  if (recipe.has(option.name))
    throw UsageError(fmt::format("{}: variant {}: is there twice", file, option.name));
  try {
    TrainConfig config;
    config.inhibit = option.value;
    config.check();
  } catch (const Error& e) {
    throw UsageError(fmt::format("{}: variant {}: {}", file, option.name, e.what()));
  }
  recipe.variants.push_back({option.name, option.value});
}

void check(const std::string& file, const Recipe& recipe) {
  if (recipe.words("train").empty()) throw UsageError(fmt::format("{}: no section [train]", file));
  for (const std::string& name : {std::string("plain"), recipe.masked})
    if (!recipe.has(name))
      throw UsageError(fmt::format("{}: no {} among its [variants]", file, name));
  for (const Variant& v : recipe.variants)
    if (v.name == "plain" && v.inhibit != "off")
      throw UsageError(fmt::format("{}: variant plain: expected off", file));
  if (recipe.words("enhanced").empty() != recipe.words("control").empty())
    throw UsageError(fmt::format("{}: [enhanced] and [control] belong together", file));
  const std::vector<std::string>& train = recipe.words("train");
  if (std::find(train.begin(), train.end(), "--dataset=voc2007") != train.end())
    throw UsageError(fmt::format(
        "{}: dataset = voc2007: its images show several classes, and the figures are of top-1",
        file));
}

}  // namespace

const std::vector<std::string>& Recipe::words(const std::string& section) const {
  static const std::vector<std::string> none;
  const auto found = sections.find(section);
  return found == sections.end() ? none : found->second;
}

bool Recipe::has(const std::string& variant) const {
  return std::any_of(variants.begin(), variants.end(),
                     [&](const Variant& v) { return v.name == variant; });
}

std::vector<Variant> Recipe::plain_and_masked() const {
  std::vector<Variant> two;
  for (const Variant& v : variants)
    if (v.name == "plain" || v.name == masked) two.push_back(v);
  return two;
}

Recipe parse_recipe(const std::string& text, const std::string& source) {
  Recipe recipe;
  recipe.name = std::filesystem::path(source).stem().string();
  recipe.title = recipe.name;
  for (const FileOption& option : commands::parse_options(text, source)) {
    if (option.section.empty())
      take_top(source, option, recipe);
    else if (option.section == "variants")
      take_variant(source, option, recipe);
    else if (std::find(std::begin(known_sections), std::end(known_sections), option.section) !=
             std::end(known_sections))
      recipe.sections[option.section].push_back(option.word());
    else
      throw UsageError(fmt::format("{}: section [{}] is not known; did you mean [{}]?", source,
                                   option.section, nearest_word(option.section, known_sections)));
  }
  check(source, recipe);
  return recipe;
}

Recipe read_recipe(const std::string& name_or_file) {
  constexpr uint64_t largest = 1 << 20;
  std::vector<std::string_view> names;
  for (const auto& [name, text] : built_in_recipes) {
    if (name == name_or_file) return parse_recipe(std::string(text), name_or_file);
    names.push_back(name);
  }
  std::error_code error;
  if (std::filesystem::exists(name_or_file, error))
    return parse_recipe(read_file(name_or_file, largest), name_or_file);
  throw UsageError(fmt::format("--recipe {}: neither a file nor a recipe's name; did you mean {}?",
                               name_or_file, nearest_word(name_or_file, names)));
}

}  // namespace lienet::reproduce
