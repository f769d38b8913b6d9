// ResNet: He et al., "Deep Residual Learning for Image Recognition", 2016; bottlenecks stride in
// their 3x3 convolution (v1.5). Layer names are torchvision's: conv1, bn1, layer1.0.conv1, ...,
// layer2.0.downsample.0, fc.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/max_pool2d.h"

namespace lienet {

enum class BlockKind : uint8_t { basic, bottleneck };
enum class Stem : uint8_t {
  cifar,     // 3x3 convolution, stride 1, no pooling
  imagenet,  // 7x7 convolution, stride 2, and 3x3 max pooling, stride 2
};

struct ResNetOptions {
  BlockKind block = BlockKind::basic;
  std::vector<int> depths = {2, 2, 2, 2};  // blocks of each stage; every stage doubles the width
  int64_t width = 64;                      // of the first stage
  int64_t classes = 100;
  Stem stem = Stem::cifar;
  bool zero_init_residual = false;  // the last BatchNorm of each block begins at 0
  // Of the outputs of every block but the last two, in the forward pass: see layers/inhibit.h.
  std::optional<Inhibition> forward_inhibition{};
};

// resnet18, 34, 50, 101, 152, and the CIFAR family resnet20, 32, 44, 56, 110 (three stages, width
// 16, projections as shortcuts). `width` 0 is the usual one. Throws Error that names the nearest
// model.
ResNetOptions resnet_options(std::string_view name, int64_t classes, int64_t width = 0);

// y = relu(branch(x) + shortcut(x)), where the branch is two or three convolutions.
class ResidualBlock : public Layer {
 public:
  ResidualBlock(Context& ctx, BlockKind kind, int64_t in, int64_t width, int64_t stride);
  BatchNorm2d& last_norm() { return *norms_.back(); }
  // See ResNetOptions.
  void inhibit_forward(const Inhibition& inhibition) { forward_inhibition_ = inhibition; }

  // What is between two convolutions of the branch, and so seen by nothing else.
  struct Inner {
    Conv2d* before;
    BatchNorm2d* norm;
    Conv2d* after;
  };
  std::vector<Inner> inner() const;

 protected:
  Value forward(Tape& tape, const Value& x) override;

 private:
  void add_convolution(Context& ctx, int64_t in, int64_t out, int64_t kernel, int64_t stride);

  // Containers without code of their own, so that names come out as torchvision's.
  struct Sequence : Layer {
    Sequence(Context& ctx, int64_t in, int64_t out, int64_t stride);
    Value forward(Tape& tape, const Value& x) override;
    Conv2d convolution;
    BatchNorm2d norm;
  };

  std::vector<std::unique_ptr<Conv2d>> convolutions_;
  std::vector<std::unique_ptr<BatchNorm2d>> norms_;
  std::unique_ptr<Sequence> downsample_;
  std::optional<Inhibition> forward_inhibition_;
};

// Images x [N,3,H,W] -> logits [N, classes].
class ResNet : public Layer {
 public:
  // Weights are drawn from the context's seed.
  ResNet(Context& ctx, const ResNetOptions& options);

  // Inhibits the outputs of blocks_to_inhibit(). Throws Error where `sets` does not divide a
  // block's channels. `Layer::inhibit` is for one layer's output.
  void inhibit_blocks(const Inhibition& inhibition);
  // That of one block, by its place in blocks(). Throws Error where there is none, too.
  void inhibit_block(size_t block, const Inhibition& inhibition);
  const std::vector<std::unique_ptr<ResidualBlock>>& blocks() const { return blocks_; }
  // Every block but the last two: the first of blocks().
  std::span<const std::unique_ptr<ResidualBlock>> blocks_to_inhibit() const;
  const ResNetOptions& options() const { return options_; }

 protected:
  Value forward(Tape& tape, const Value& x) override;

 private:
  struct Stage : Layer {
    Value forward(Tape& tape, const Value& x) override;
    void append(ResidualBlock& block);
    std::vector<ResidualBlock*> blocks;
  };

  int64_t block_channels(size_t block) const;
  // Throws Error where it cannot inhibit the blocks' outputs.
  void check_blocks(const Inhibition& inhibition) const;

  ResNetOptions options_;
  Conv2d conv1_;
  BatchNorm2d bn1_;
  MaxPool2d maxpool_;  // of the ImageNet stem, which alone has it
  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<std::unique_ptr<ResidualBlock>> blocks_;
  Linear fc_;
};

}  // namespace lienet
