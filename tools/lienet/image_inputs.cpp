#include "tools/lienet/image_inputs.h"

#include <algorithm>
#include <numeric>

#include "engine/check.h"
#include "engine/words.h"
#include "tools/lienet/in_parallel.h"
#include "tools/lienet/options.h"

namespace lienet::commands {

namespace fs = std::filesystem;

namespace {

bool is_picture(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

// Names of the pictures in a folder and those below it, in the order of their bytes.
std::vector<std::string> pictures_in(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with('.')) {
      it.disable_recursion_pending();
    } else if (is_picture(it->path()) && !it->is_directory(error)) {
      files.push_back(it->path().lexically_relative(folder).generic_string());
    }
  }
  if (error) fail("{}: cannot be read: {}", folder.string(), error.message());
  if (files.empty()) fail("{}: there is no .jpg, .jpeg or .png in it", folder.string());
  std::sort(files.begin(), files.end());
  return files;
}

ImageInputs files_of(const ImageInputOptions& o, const ModelDescription& description) {
  auto set = std::make_shared<ImageSet>();
  set->name = o.what;
  set->classes = static_cast<int>(description.classes);
  set->height = set->width = o.data.pictures.side;
  set->shorter = o.data.pictures.shorter;
  std::error_code error;
  const fs::path path = o.what;
  if (fs::is_directory(path, error)) {
    set->folder = path;
    set->files = pictures_in(path);
  } else {
    set->folder = path.parent_path();
    set->files = {path.filename().string()};
  }
  set->labels.assign(set->files.size(), 0);
  ImageInputs p;
  p.set = set;
  p.name = o.what;
  return p;
}

ImageInputs data_set_of(const ImageInputOptions& o) {
  const DataSet data = open_data_of(o.what, o.data);
  ImageInputs p;
  p.set = o.train_set ? data.train : data.test;
  p.labelled = true;
  p.name = p.set->name;
  p.stats = data.stats;
  if (!o.train_set) p.objects = data.test_objects;
  return p;
}

// What the command line leaves open is as in the training of the weights, where that is known: the
// data, and how files are brought to the network's size; else by the stem.
void complete_from_run(const CLI::App& command, ImageInputOptions& o, const TrainedOptions& trained,
                       const ModelDescription& description) {
  const std::optional<TrainConfig> run = run_of(trained);
  PictureOptions pictures;
  if (run && run->uses_files())
    pictures = run->picture_options();
  else if (description.stem != "imagenet")
    pictures = {.side = 32, .shorter = 0};
  if (!given(command, "--image-size")) o.data.pictures.side = pictures.side;
  if (!given(command, "--resize"))
    o.data.pictures.shorter = given(command, "--image-size") ? 0 : pictures.shorter;
  if (run)
    take_from_run(command, *run, o.what, o.data);
  else if (o.what.empty())
    o.what = description.dataset;
}

}  // namespace

void add_image_input_options(CLI::App* command, ImageInputOptions& o) {
  add_option(command, "WHAT", o.what,
             "Image file, folder of images, or data set; default: what it was trained on");
  add_option(command, "--images", o.count,
             "Only N images, the first; of files, evenly spread; 0: all");
  add_option(command, "--data", o.data.path, "Folder or archive of the data set");
  add_option(command, "--train", o.data.train, "As in training: the first N training images");
  add_option(command, "--test", o.data.test, "As in training: the first N test images");
  add_option(command, "--background", o.data.background, "As in training (shapes100)");
  add_flag(command, "--train-set", o.train_set, "The data set's training images");
  add_option(
      command, "--image-size", o.data.pictures.side,
      "Files: pixels a side of what the network sees; default: as in training, else 224 with "
      "the imagenet stem and 32 with the other")
      .without_default();
  add_option(command, "--resize", o.data.pictures.shorter,
             "Files: pixels of the shorter side, out of which the middle is cut; 0: squeeze all of "
             "the image; default: as in training, else 256 with the imagenet stem, else 0")
      .without_default();
}

std::vector<PixelBox> ImageInputs::objects_of(int64_t i, int64_t k) const {
  std::vector<PixelBox> boxes;
  if (objects.empty()) return boxes;
  const bool any = !set->multi_label();
  for (const ObjectBox& object : objects[static_cast<size_t>(i)])
    if ((any || object.label == k) && !object.difficult) boxes.push_back(object.box);
  return boxes;
}

std::string ImageInputs::file_stem(int64_t i) const {
  if (set->in_memory()) return fmt::format("{:05}", i);
  std::string path = set->files[static_cast<size_t>(i)];
  std::replace(path.begin(), path.end(), '/', '-');
  // Where two files differ in nothing but folder marks or ending, the number tells them apart.
  const std::string stem = fs::path(path).stem().string();
  return set->size() == 1 ? stem : fmt::format("{:05}-{}", i, stem);
}

Tensor pixels_of(Context& ctx, const ImageSet& set, int64_t begin, int64_t count) {
  std::vector<int64_t> images(static_cast<size_t>(count));
  std::iota(images.begin(), images.end(), begin);
  return pixels_of(ctx, set, images);
}

Tensor pixels_of(Context& ctx, const ImageSet& set, std::span<const int64_t> images) {
  const auto count = std::ssize(images);
  Tensor pixels = ctx.empty_on_host({count, 3, set.height, set.width}, DType::f32);
  in_parallel(count, [&](int64_t i) {
    const Image view = set.view(images[static_cast<size_t>(i)]);
    float* to = pixels.data<float>() + i * static_cast<int64_t>(set.image_bytes());
    std::transform(view.pixels.begin(), view.pixels.end(), to,
                   [](uint8_t byte) { return static_cast<float>(byte) / 255.0f; });
  });
  return pixels;
}

ImageInputs find_images(const CLI::App& command, ImageInputOptions o, Network& network) {
  if (o.count < 0) throw UsageError(fmt::format("--images {}: expected 0 or more", o.count));
  complete_from_run(command, o, network.trained, network.description);
  if (o.what.empty())
    throw UsageError("WHAT: name an image, a folder or a data set; these weights name none");
  if (is_image_folder(o.what)) take_folder(o.what, o.data.path);
  const auto& names = data_set_names();
  const bool known = std::find(names.begin(), names.end(), o.what) != names.end();
  std::error_code error;
  if (!known && !fs::exists(o.what, error))
    fail("{}: neither a file, a folder nor a data set; did you mean {}?", o.what,
         nearest_word(o.what, names));
  check_usage([&] { check_pictures(o.data.pictures); });
  ImageInputs p = known ? data_set_of(o) : files_of(o, network.description);
  if (p.stats) network.take_stats(*p.stats);
  p.total = p.set->size();
  keep_part(p.set, p.objects, o.count);
  p.count = p.set->size();
  return p;
}

ImageInputs find_labelled(const CLI::App& command, const ImageInputOptions& o,
                          std::span<Network> networks) {
  ImageInputs p = find_images(command, o, networks.front());
  if (!p.labelled) throw UsageError(fmt::format("WHAT {}: has no labels; name a data set", p.name));
  if (p.set->multi_label()) fail("{}: its images show several classes; expected one", p.name);
  const int64_t classes = networks.front().description.classes;
  if (p.set->classes > classes)
    fail("{} has {} classes, the network {}", p.name, p.set->classes, classes);
  for (Network& network : networks) network.take_stats(*p.stats);
  return p;
}

}  // namespace lienet::commands
