// The commands in docs/ run, each page's in one folder from the first to the last, as a reader
// types them: with little work, on data that are small but lie in the formats and places of the
// real ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "datasets/shapes100.h"
#include "engine/context.h"
#include "engine/safetensors.h"
#include "image_files.h"
#include "models/resnet.h"
#include "pages.h"
#include "temporary_directory.h"
#include "voc_folder.h"

using namespace lienet;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

// lienet, with so little work that it is done in a moment. Of an option that is given twice, the
// last one counts.
constexpr const char* prelude = R"(set -euo pipefail
export LIENET_DATA="$PWD/cache" OMP_WAIT_POLICY=passive
lienet() {
  case $1 in
    train) command lienet "$@" --width 16 --train 64 --test 32 --batch 16 --epochs 1 --threads 1 ;;
    saliency | gsnr | enhance | prune | attack) command lienet "$@" --images 2 --threads 1 ;;
    localize) command lienet "$@" --limit 2 --threads 1 ;;
    bench) command lienet "$@" --width 16 --batch 2 --steps 1 --warmup 0 --threads 1 ;;
    trace) command lienet "$@" --batch 2 --threads 1 ;;
    reproduce) command lienet "${@/#shapes100-small/shapes100-small.toml}" --seeds 2 ;;
    *) command lienet "$@" ;;
  esac
}
)";

// Drawn images that are said to be of one class, so that a network of a few steps is right about
// them: CIFAR-10, CIFAR-100, and shapes100 with the objects' places.
void put_images(const fs::path& dir) {
  Shapes100 shapes = make_shapes100({.train = 64, .test = 32});
  for (ImageSet* set : {&shapes.train, &shapes.test}) {
    std::fill(set->labels.begin(), set->labels.end(), 7);
    std::fill(set->coarse_labels.begin(), set->coarse_labels.end(), 1);
  }
  write_shapes100(shapes, dir / "shapes");
  write_cifar(shapes.train, shapes.test, dir / "cache" / "cifar-100-binary", CifarKind::cifar100);
  for (ImageSet* set : {&shapes.train, &shapes.test}) {
    set->classes = 10;
    set->class_names.resize(10);
    set->coarse_classes = 0;
    set->coarse_labels.clear();
    set->coarse_class_names.clear();
  }
  const fs::path ten = dir / "cache" / "cifar-10-batches-bin";
  write_cifar(shapes.train, shapes.test, ten, CifarKind::cifar10);
  for (int i = 2; i <= 5; ++i)
    write_cifar_file(shapes.train, ten / ("data_batch_" + std::to_string(i) + ".bin"),
                     CifarKind::cifar10);
}

// As others leave it: its tensors by their names, and nothing about it.
void put_weights(const fs::path& file, const ResNetOptions& options) {
  Context ctx;
  save_safetensors(file, ResNet(ctx, options).state());
}

// The recipe that comes with the program, with everything in it as small as it can be and half of
// its variants.
void put_small_recipe(const fs::path& file) {
  const std::map<std::string, std::string> instead = {
      {"train", "64\nbatch = 16\ndata = \"shapes\""},
      {"test", "32"},
      {"epochs", "1"},
      {"images", "2"},
      {"limit", "2"},
      {"watch", "1"},
      {"keep", "1"}};
  const std::set<std::string> without = {"impulse", "log", "no_lateral", "no_minicolumn"};
  std::string recipe;
  for (const std::string& line :
       test::lines_of(test::get(LIENET_SOURCE_DIR "/experiments/shapes100-small.toml"))) {
    const std::string name = line.substr(0, line.find(" ="));
    if (without.contains(name)) continue;
    recipe += (instead.contains(name) ? name + " = " + instead.at(name) : line) + "\n";
  }
  test::put(file, recipe);
}

}  // namespace

TEST_CASE("docs: commands run") {
  test::VocFolder voc;
  for (int i = 0; i < 20; ++i)
    voc.add(i < 16 ? "trainval" : "test", "00000" + std::to_string(i), test::noise_image(40, 60),
            {{i % 2 == 0 ? "dog" : "cat", 5, 5, 40, 30}});
  const TemporaryDirectory made;
  put_images(made.path());
  put_small_recipe(made / "shapes100-small.toml");
  put_weights(made / "theirs.safetensors", resnet_options("resnet18", 10));
  ResNetOptions imagenet = resnet_options("resnet50", 1000);
  imagenet.stem = Stem::imagenet;
  put_weights(made / "resnet50.safetensors", imagenet);
  fs::create_directories(made / "photos");
  test::put(made / "photos" / "one.jpg", test::jpeg_of(test::smooth_image(300, 400)));
  fs::create_directory_symlink(voc.root().parent_path(), made / "VOCdevkit");

  int run = 0;
  for (const test::Page& page : test::pages()) {
    std::string script = prelude;
    for (const test::Fragment& f : page.fragments) {
      if (f.info != "sh") continue;
      for (const std::string& line : f.lines) script += line + "\n";
      ++run;
    }
    if (script == prelude) continue;
    const TemporaryDirectory dir;
    for (const auto& entry : fs::directory_iterator(made.path()))
      fs::create_symlink(entry.path(), dir.path() / entry.path().filename());
    test::put(dir / "script", script);
    const std::string command = "cd " + dir.path().string() +
                                " && PATH=" LIENET_BINARY_DIR
                                "/bin:\"$PATH\" bash script >out 2>&1";
    CAPTURE(page.path);
    const int code = std::system(command.c_str());
    const std::string out = test::get(dir / "out");
    CAPTURE(out);
    CHECK(code == 0);
  }
  CHECK(run > 0);
}
