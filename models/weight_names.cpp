#include "models/weight_names.h"

#include "engine/check.h"
#include "engine/words.h"

namespace lienet {
namespace {

constexpr WeightNames all_names[] = {WeightNames::torchvision, WeightNames::kuangliu};

// The first `from` becomes `to`.
void replace(std::string& text, std::string_view from, std::string_view to) {
  if (const size_t at = text.find(from); at != text.npos) text.replace(at, from.size(), to);
}

}  // namespace

WeightNames weight_names(std::string_view name) {
  if (name == "torchvision") return WeightNames::torchvision;
  if (name == "kuangliu") return WeightNames::kuangliu;
  fail("weight names {} are not known; did you mean {}?", name,
       nearest_word(name, {"torchvision", "kuangliu"}));
}

std::string name_in(WeightNames names, std::string_view torchvision) {
  std::string name(torchvision);
  if (names == WeightNames::kuangliu) {
    replace(name, ".downsample.", ".shortcut.");
    if (name.starts_with("fc.")) replace(name, "fc.", "linear.");
  }
  return name;
}

const SafetensorsEntry* find_weight(const SafetensorsFile& file, std::string_view torchvision) {
  for (const WeightNames names : all_names)
    for (const char* prefix : {"", "module."})
      if (const SafetensorsEntry* found = file.find(prefix + name_in(names, torchvision)))
        return found;
  return nullptr;
}

}  // namespace lienet
