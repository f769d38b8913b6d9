#include "models/resnet.h"

#include <algorithm>
#include <array>

#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "engine/words.h"
#include "layers/conv_norm.h"
#include "layers/global_avg_pool.h"
#include "layers/inhibit.h"
#include "models/initialise.h"

namespace lienet {
namespace {

struct Known {
  std::string_view name;
  BlockKind block;
  std::vector<int> depths;
  int64_t width;
};

const std::array<Known, 10>& known_models() {
  constexpr auto basic = BlockKind::basic, bottleneck = BlockKind::bottleneck;
  static const std::array<Known, 10> known{{{"resnet18", basic, {2, 2, 2, 2}, 64},
                                            {"resnet34", basic, {3, 4, 6, 3}, 64},
                                            {"resnet50", bottleneck, {3, 4, 6, 3}, 64},
                                            {"resnet101", bottleneck, {3, 4, 23, 3}, 64},
                                            {"resnet152", bottleneck, {3, 8, 36, 3}, 64},
                                            {"resnet20", basic, {3, 3, 3}, 16},
                                            {"resnet32", basic, {5, 5, 5}, 16},
                                            {"resnet44", basic, {7, 7, 7}, 16},
                                            {"resnet56", basic, {9, 9, 9}, 16},
                                            {"resnet110", basic, {18, 18, 18}, 16}}};
  return known;
}

int64_t expansion(BlockKind kind) {
  return kind == BlockKind::bottleneck ? 4 : 1;
}

int64_t final_channels(const ResNetOptions& o) {
  return (o.width << (o.depths.size() - 1)) * expansion(o.block);
}

const ResNetOptions& checked(const ResNetOptions& o) {
  if (o.depths.empty() || o.depths.size() > 8 || o.width < 1 || o.classes < 1)
    fail("ResNet: {} stages, width {}, {} classes: out of range", o.depths.size(), o.width,
         o.classes);
  for (const int d : o.depths)
    if (d < 1) fail("ResNet: a stage of {} blocks; expected 1 or more", d);
  return o;
}

Conv2dLayerOptions stem_options(const ResNetOptions& o) {
  const bool small = o.stem == Stem::cifar;
  return {.in = 3,
          .out = o.width,
          .kernel = small ? 3 : 7,
          .stride = small ? 1 : 2,
          .padding = small ? 1 : 3,
          .bias = false};
}

}  // namespace

ResNetOptions resnet_options(std::string_view name, int64_t classes, int64_t width) {
  std::vector<std::string_view> names;
  for (const Known& k : known_models()) {
    if (k.name == name)
      return {.block = k.block,
              .depths = k.depths,
              .width = width ? width : k.width,
              .classes = classes};
    names.push_back(k.name);
  }
  fail("model {} is not known; did you mean {}?", name, nearest_word(name, names));
}

ResidualBlock::Sequence::Sequence(Context& ctx, int64_t in, int64_t out, int64_t stride)
    : convolution(ctx, {.in = in, .out = out, .kernel = 1, .stride = stride, .bias = false}),
      norm(ctx, out) {
  add_child("0", convolution);
  add_child("1", norm);
}

Value ResidualBlock::Sequence::forward(Tape& tape, const Value& x) {
  return conv_norm(tape, convolution, norm, x);
}

ResidualBlock::ResidualBlock(Context& ctx, BlockKind kind, int64_t in, int64_t width,
                             int64_t stride) {
  const int64_t out = width * expansion(kind);
  if (kind == BlockKind::basic) {
    add_convolution(ctx, in, width, 3, stride);
    add_convolution(ctx, width, width, 3, 1);
  } else {
    add_convolution(ctx, in, width, 1, 1);
    add_convolution(ctx, width, width, 3, stride);
    add_convolution(ctx, width, out, 1, 1);
  }
  for (size_t i = 0; i + 1 < norms_.size(); ++i) norms_[i]->relu = true;
  if (stride == 1 && in == out) return;
  downsample_ = std::make_unique<Sequence>(ctx, in, out, stride);
  add_child("downsample", *downsample_);
}

std::vector<ResidualBlock::Inner> ResidualBlock::inner() const {
  std::vector<Inner> all;
  for (size_t i = 0; i + 1 < convolutions_.size(); ++i)
    all.push_back({convolutions_[i].get(), norms_[i].get(), convolutions_[i + 1].get()});
  return all;
}

void ResidualBlock::add_convolution(Context& ctx, int64_t in, int64_t out, int64_t kernel,
                                    int64_t stride) {
  const std::string number = std::to_string(convolutions_.size() + 1);
  convolutions_.push_back(std::make_unique<Conv2d>(ctx, Conv2dLayerOptions{.in = in,
                                                                           .out = out,
                                                                           .kernel = kernel,
                                                                           .stride = stride,
                                                                           .padding = kernel / 2,
                                                                           .bias = false}));
  norms_.push_back(std::make_unique<BatchNorm2d>(ctx, out));
  add_child("conv" + number, *convolutions_.back());
  add_child("bn" + number, *norms_.back());
}

Value ResidualBlock::forward(Tape& tape, const Value& x) {
  Value y = x;
  const size_t last = convolutions_.size() - 1;
  for (size_t i = 0; i < last; ++i) y = conv_norm(tape, *convolutions_[i], *norms_[i], y);
  y = conv_norm_add_relu(tape, *convolutions_[last], *norms_[last], y,
                         [&] { return downsample_ ? (*downsample_)(tape, x) : x; });
  return forward_inhibition_ ? lienet::inhibit(tape, y, *forward_inhibition_) : y;
}

Value ResNet::Stage::forward(Tape& tape, const Value& x) {
  Value y = x;
  for (ResidualBlock* block : blocks) y = (*block)(tape, y);
  return y;
}

void ResNet::Stage::append(ResidualBlock& block) {
  add_child(std::to_string(blocks.size()), block);
  blocks.push_back(&block);
}

ResNet::ResNet(Context& ctx, const ResNetOptions& options)
    : options_(checked(options)),
      conv1_(ctx, stem_options(options)),
      bn1_(ctx, options.width),
      maxpool_({.kernel = 3, .stride = 2, .padding = 1}),
      fc_(ctx, final_channels(options), options.classes) {
  add_child("conv1", conv1_);
  add_child("bn1", bn1_);
  bn1_.relu = true;
  if (options.stem == Stem::imagenet) add_child("maxpool", maxpool_);
  int64_t in = options.width;
  for (size_t s = 0; s < options.depths.size(); ++s) {
    stages_.push_back(std::make_unique<Stage>());
    add_child("layer" + std::to_string(s + 1), *stages_.back());
    for (int b = 0; b < options.depths[s]; ++b) {
      const int64_t width = options.width << s, stride = s > 0 && b == 0 ? 2 : 1;
      blocks_.push_back(std::make_unique<ResidualBlock>(ctx, options.block, in, width, stride));
      stages_.back()->append(*blocks_.back());
      in = width * expansion(options.block);
    }
  }
  add_child("fc", fc_);
  if (options.forward_inhibition) {
    check_blocks(*options.forward_inhibition);
    for (const auto& block : blocks_to_inhibit())
      block->inhibit_forward(*options.forward_inhibition);
  }
  initialise(ctx, *this);
  if (options.zero_init_residual)
    for (const auto& block : blocks_) fill(ctx, block->last_norm().weight.value, 0);
}

int64_t ResNet::block_channels(size_t block) const {
  size_t stage = 0;
  for (auto left = static_cast<int>(block); left >= options_.depths[stage]; ++stage)
    left -= options_.depths[stage];
  return (options_.width << stage) * expansion(options_.block);
}

std::span<const std::unique_ptr<ResidualBlock>> ResNet::blocks_to_inhibit() const {
  return std::span(blocks_).first(std::max<size_t>(blocks_.size(), 2) - 2);
}

void ResNet::check_blocks(const Inhibition& inhibition) const {
  for (size_t i = 0; i < blocks_to_inhibit().size(); ++i)
    inhibition.check(block_channels(i), blocks_[i]->path());
}

void ResNet::inhibit_blocks(const Inhibition& inhibition) {
  check_blocks(inhibition);
  for (const auto& block : blocks_to_inhibit()) block->inhibit(inhibition);
}

void ResNet::inhibit_block(size_t block, const Inhibition& inhibition) {
  if (block >= blocks_.size())
    fail("ResNet: block {}; expected 0 to {}", block, blocks_.size() - 1);
  inhibition.check(block_channels(block), blocks_[block]->path());
  blocks_[block]->inhibit(inhibition);
}

Value ResNet::forward(Tape& tape, const Value& x) {
  Value y = conv_norm(tape, conv1_, bn1_, x);
  if (options_.stem == Stem::imagenet) y = maxpool_(tape, y);
  for (const auto& stage : stages_) y = (*stage)(tape, y);
  return fc_(tape, global_avg_pool(tape, y));
}

}  // namespace lienet
