// What a command looks at: an image file, a folder of them, or a data set by its name.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/open.h"
#include "tools/lienet/data_options.h"
#include "tools/lienet/trained.h"

namespace lienet::commands {

struct PicturesOptions {
  std::string what;      // file, folder or data set; empty: what the network was trained on
  int64_t count = 100;   // the first so many; 0: all
  int64_t side = 0;      // of the square that the network is given; 0: 224 or 32, by its stem
  int64_t shorter = -1;  // see ImageSet::view(); -1: 256 or 0
  bool train_set = false;
  DataOptions data;
};
void add_pictures_options(CLI::App* command, PicturesOptions& options);

struct Pictures {
  std::shared_ptr<const ImageSet> set;  // without labels all of them are 0
  bool labelled = false;
  int64_t count = 0;                             // of `set`, from the first
  std::vector<std::vector<PixelBox>> objects{};  // of each image's class; empty: not known
  std::string name;                              // "shapes100 test", or the path

  // A file name for what is written about an image: no two are the same.
  std::string file_stem(int64_t i) const;
};

// Images begin .. begin+count-1 as the network is given them before normalisation: f32
// [count,3,height,width] in 0..1, on the host. Throws Error for a file that cannot be read.
Tensor pixels_of(Context& ctx, const ImageSet& set, int64_t begin, int64_t count);

// f(i) for 0 .. n-1, on all threads; throws what the first call that failed threw.
template <class F>
void in_parallel(int64_t n, F f) {
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic)
  for (int64_t i = 0; i < n; ++i) {
    try {
      f(i);
    } catch (...) {
#pragma omp critical
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

// Throws Error for what is neither file, folder nor data set, and for a folder without images.
Pictures find_pictures(const CLI::App& command, PicturesOptions options,
                       const TrainedOptions& trained, const ModelDescription& description);

}  // namespace lienet::commands
