// Writes what the examples are tried with into a folder: photo.png and resnet18.safetensors, under
// torchvision's names and in its sizes, with random weights.
#include <filesystem>

#include "engine/file.h"
#include "engine/safetensors.h"
#include "image_files.h"
#include "models/resnet.h"

using namespace lienet;

int main(int, char** argv) {
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  write_atomically(folder / "photo.png", test::png_file(test::smooth_image(300, 400)));
  Context ctx;
  ResNetOptions options = resnet_options("resnet18", 1000);
  options.stem = Stem::imagenet;
  ResNet model(ctx, options);
  save_safetensors(folder / "resnet18.safetensors", model.state());
}
