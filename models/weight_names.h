// What the same tensor of a residual network is called elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/safetensors.h"

namespace lienet {

enum class WeightNames : uint8_t {
  torchvision,  // lienet's own: "layer2.0.downsample.0.weight", "fc.bias"; timm's resnets, too
  kuangliu,     // pytorch-cifar's: "layer2.0.shortcut.0.weight", "linear.bias"
};
// "torchvision", "kuangliu". Throws Error that names the nearest.
WeightNames weight_names(std::string_view name);

// A tensor's name there, given torchvision's.
std::string name_in(WeightNames names, std::string_view torchvision);

// The tensor of torchvision's name in a file that has it under any of these names, perhaps with
// "module." before it, as torch's DataParallel saves them. Null: there is none.
const SafetensorsEntry* find_weight(const SafetensorsFile& file, std::string_view torchvision);

}  // namespace lienet
