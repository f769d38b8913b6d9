// What a command looks at: an image file, a folder of them, or a data set by its name.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/open.h"
#include "tools/lienet/data_options.h"
#include "tools/lienet/trained.h"

namespace lienet::commands {

struct ImageInputOptions {
  std::string what;     // file, folder or data set; empty: what the network was trained on
  int64_t count = 100;  // so many, see part_of(); 0: all
  bool train_set = false;
  DataOptions data;
};
void add_image_input_options(CLI::App* command, ImageInputOptions& options);

struct ImageInputs {
  std::shared_ptr<const ImageSet> set;  // without labels all of them are 0
  bool labelled = false;
  int64_t count = 0;                              // of `set`: all of them
  int64_t total = 0;                              // of which they are a part
  std::vector<std::vector<ObjectBox>> objects{};  // in each image; empty: not known
  std::string name;                               // "shapes100 test", or the path
  std::optional<ChannelStats> stats{};            // the data set's

  // The boxes of image i's things of class k, or, of images of a single thing, of that; without
  // those that are difficult.
  std::vector<PixelBox> objects_of(int64_t i, int64_t k) const;
  // A file name for what is written about an image: no two are the same.
  std::string file_stem(int64_t i) const;
};

// Images begin .. begin+count-1 as the network is given them before normalisation: f32
// [count,3,height,width] in 0..1, on the host. Throws Error for a file that cannot be read.
Tensor pixels_of(Context& ctx, const ImageSet& set, int64_t begin, int64_t count);
// The same of these images.
Tensor pixels_of(Context& ctx, const ImageSet& set, std::span<const int64_t> images);

// What the command line leaves open is as in the network's training; the network takes the data
// set's statistics, where it has none of its own. Throws Error for what is neither file, folder nor
// data set, and for a folder without images.
ImageInputs find_images(const CLI::App& command, ImageInputOptions options, Network& network);

// The same where each image has one label. Throws UsageError where there are none, Error for images
// of several classes and for more classes than the networks have.
ImageInputs find_labelled(const CLI::App& command, const ImageInputOptions& options,
                          std::span<Network> networks);

}  // namespace lienet::commands
