// lienet data: make, fetch and check data sets.
#include <fmt/format.h>

#include <atomic>

#include "engine/sha256.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/data_options.h"
#include "tools/lienet/in_parallel.h"
#include "tools/lienet/options.h"

namespace lienet::commands {
namespace {

struct Options {
  std::string name;
  std::filesystem::path out;
  Shapes100Options shapes;
  DataOptions data;
};

int make(const Options& o) {
  write_shapes100(make_shapes100(o.shapes), o.out);
  for (const char* file : {"train.bin", "test.bin", "boxes.csv"})
    fmt::print("{}  {}\n", sha256_of_file(o.out / file), (o.out / file).string());
  return done;
}

void describe(const ImageSet& set) {
  std::vector<int64_t> counts(static_cast<size_t>(set.classes));
  if (!set.multi_label())
    for (const int32_t label : set.labels) ++counts[static_cast<size_t>(label)];
  for (size_t i = 0; i < set.tags.size(); ++i)
    counts[i % static_cast<size_t>(set.classes)] += set.tags[i] == 1;
  const auto [fewest, most] = std::minmax_element(counts.begin(), counts.end());
  fmt::print("{}: {} images {} {}x{}, {} classes of {} to {} images\n", set.name, set.size(),
             set.in_memory() ? "of" : "in files, seen as", set.height, set.width, set.classes,
             *fewest, *most);
}

// Decodes every file, on all cores; prints a line for each that cannot be, and returns how many.
int64_t check_files(const ImageSet& set) {
  std::atomic<int64_t> bad = 0;
  in_parallel(set.size(), [&](int64_t i) {
    try {
      (void)set.original(i);
    } catch (const Error& e) {
      fmt::print(stderr, "lienet: {}\n", e.what());
      ++bad;
    }
  });
  return bad;
}

// fetch and check: opening a data set does both, but for images in files.
int open(Options o) {
  take_folder(o.name, o.data.path);
  const DataSet data = open_data_of(o.name, o.data);
  describe(*data.train);
  describe(*data.test);
  if (!data.folder.empty()) fmt::print("folder: {}\n", data.folder.string());
  fmt::print("sha256 of labels and {}: {}\n",
             data.train->in_memory() ? "pixels" : "files' names and sizes", data.hash);
  if (data.train->in_memory()) return done;
  const int64_t bad = check_files(*data.train) + check_files(*data.test);
  if (bad > 0)
    fmt::print(stderr, "lienet: {} of {} images cannot be read\n", bad,
               data.train->size() + data.test->size());
  return bad > 0 ? failed : done;
}

}  // namespace

Run add_data(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command = add_command(app, "data", "Make, fetch and check data sets");
  CLI::App* maker = add_command(*command, "make", "Draw shapes100 into a folder");
  add_option(maker, "NAME", o->name, "shapes100").required().one_of({"shapes100"});
  add_option(maker, "--out", o->out, "Folder, made if needed").required();
  add_option(maker, "--train", o->shapes.train, "Training images");
  add_option(maker, "--test", o->shapes.test, "Test images");
  add_option(maker, "--seed", o->shapes.seed, "Seed");
  add_option(maker, "--background", o->shapes.background_goes_with_class,
             "Share of training images whose background goes with the class");
  set_examples(maker, {"lienet data make shapes100 --out data/shapes100"});
  CLI::App* fetcher =
      add_command(*command, "fetch",
                  "Download a data set into $LIENET_DATA or ~/.cache/lienet, unless it is there");
  CLI::App* checker = add_command(*command, "check", "Read all of a data set and describe it");
  for (CLI::App* c : {fetcher, checker})
    add_option(c, "NAME", o->name, "cifar10, cifar100, shapes100, voc2007, or a folder of images")
        .required();
  add_option(checker, "--data", o->data.path, "Folder or archive");
  set_examples(fetcher, {"lienet data fetch cifar100"});
  set_examples(checker, {"lienet data check ~/imagenet"});
  set_examples(command, {"lienet data fetch cifar100"});
  return [o, maker] { return chosen(*maker) ? make(*o) : open(*o); };
}

}  // namespace lienet::commands
