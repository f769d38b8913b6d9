// Everything that a training depends on, as options of one list: the command line, configuration
// files, config.json and the report all read it from visit_options().
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/augment.h"
#include "datasets/image_folder.h"
#include "engine/context.h"
#include "models/resnet.h"
#include "optim/schedule.h"

namespace lienet {

// Defaults: the usual CIFAR-100 recipe. Lists are words with commas between them.
struct TrainConfig {
  std::string dataset = "cifar100";
  std::string data;
  int64_t train = 0, test = 0;
  double background = 0.5;
  int64_t image_size = 224, resize = 256;

  std::string model = "resnet18";
  int64_t width = 0;
  std::string stem = "cifar";
  bool zero_init_residual = false;
  std::string weights;
  bool partial = false;
  bool keep_zeros = false;

  std::string inhibit = "off";
  std::string inhibit_layers;
  int64_t inhibit_warmup = 0;
  double inhibit_final_rate = -1;
  std::string inhibit_forward = "off";

  std::string optimizer = "sgd";
  double lr = 0.1, momentum = 0.9, weight_decay = 5e-4;
  bool nesterov = true, decay_all = true;
  double beta1 = 0.9, beta2 = 0.999;
  double clip = 0, ema = 0;
  std::string schedule = "multistep";
  std::string milestones;
  double factor = 0.2, final_lr = 0;
  double warmup = -1;
  int64_t epochs = 200, batch = 128;
  double label_smoothing = 0;

  int pad = -1;
  double crop = 0.08;
  bool flip = true;
  int cutout = 0, colour_changes = 0;
  double colour_strength = 0.4, mixup = 0, cutmix = 0;
  std::string enhance = "off";

  std::string device = "auto", precision = "fp32";
  bool winograd = true;
  int threads = 0, workers = 1;
  bool deterministic = false, graph = true;
  uint64_t seed = 0;
  int64_t checkpoint_steps = 0;
  int64_t watch = 0;
  int64_t keep = 0;
  bool gsnr = false;

  // Calls visit(section, name, member, help) for each option, in the order in which help shows
  // them. `name` is that of the command line without its dashes.
  template <class Self, class Visit>
  static void visit_options(Self& c, Visit visit);

  // Throws Error, one line, for a value that no training can have.
  void check() const;

  ContextOptions context_options() const;  // what --device, --precision and their like ask for
  ResNetOptions model_options(int64_t classes) const;
  PictureOptions picture_options() const { return {.side = image_size, .shorter = resize}; }
  AugmentOptions augment_options() const;
  bool uses_files() const;  // whether the data set's images are in files of their own
  // In steps, of an epoch of so many steps.
  ScheduleOptions schedule_options(int64_t steps_per_epoch) const;
};

// From a model's name and the words of --stem and --inhibit-forward.
ResNetOptions network_options(const std::string& model, int64_t classes, int64_t width,
                              const std::string& stem, const std::string& inhibit_forward);

// JSON with the options' names as keys, in their order; what from_json() reads back to the same
// values. Throws Error for a value that is no UTF-8.
std::string to_json(const TrainConfig& config);
// Throws Error, naming `source`, for text that is no JSON object, an unknown key (and the nearest
// known one), or a value of the wrong type.
TrainConfig config_from_json(const std::string& text, const std::string& source);
// The same of a config.json.
TrainConfig read_config(const std::filesystem::path& path);
// Name and value as text, in order: for tables.
std::vector<std::pair<std::string, std::string>> option_table(const TrainConfig& config);

template <class Self, class Visit>
void TrainConfig::visit_options(Self& c, Visit visit) {
  const char* section = "Data";
  const auto at = [&](const char* name, auto& member, const char* help) {
    visit(section, name, member, help);
  };
  at("data", c.data,
     "Folder or official .tar.gz of the data set; without it, the cache or a download");
  at("train", c.train, "Only the first N training images (shapes100: draw N); 0: all");
  at("test", c.test, "Only the first N test images (shapes100: draw N); 0: all");
  at("background", c.background,
     "shapes100: share of training images whose background goes with the class");
  at("image-size", c.image_size, "Files of images: pixels a side of what the network sees");
  at("resize", c.resize,
     "Files of images, in tests: pixels of the shorter side, out of which the middle is cut");
  section = "Model";
  at("model", c.model, "resnet18, 34, 50, 101, 152; resnet20, 32, 44, 56, 110");
  at("width", c.width, "Channels of the first stage; 0: the model's own");
  at("stem", c.stem, "cifar (3x3) or imagenet (7x7/2 and max pooling)");
  at("zero-init-residual", c.zero_init_residual, "Begin with the last BatchNorm of a block at 0");
  at("weights", c.weights,
     "Begin with the weights of this safetensors file, or of a run's directory: its best");
  at("partial", c.partial, "Take what fits of --weights instead of failing");
  at("keep-zeros", c.keep_zeros,
     "Weights of convolutions and linear layers that begin as 0 stay 0: for pruned --weights");
  section = "Lateral inhibition";
  at("inhibit", c.inhibit,
     "off, or paper|impulse|log, then ,rate=0.5,sets=16,sigma=11,kernel=5,padding=,zero_sum=,mode="
     "lateral|no_lateral|no_minicolumn|random|center; then, for some of the layers, "
     ";layer1:rate=0.3;layer2.1:sets=8,sigma=5");
  at("inhibit-layers", c.inhibit_layers,
     "Layers whose output is inhibited (layer1.0,layer2.1); default: every block but the last two");
  at("inhibit-warmup", c.inhibit_warmup, "Epochs in which the rate rises from 0 to --inhibit's");
  at("inhibit-final-rate", c.inhibit_final_rate,
     "Where the rate then goes, in equal steps, until the last epoch; -1: it stays");
  at("inhibit-forward", c.inhibit_forward,
     "As --inhibit, of the maps themselves: in the forward pass, in tests as in training, the "
     "weaker "
     "part of the blocks' outputs is 0");
  section = "Optimisation";
  at("optimizer", c.optimizer, "sgd or adamw");
  at("lr", c.lr, "Peak learning rate");
  at("momentum", c.momentum, "SGD's momentum");
  at("nesterov", c.nesterov, "Nesterov's momentum");
  at("weight-decay", c.weight_decay, "Weight decay");
  at("decay-all", c.decay_all, "Decay BatchNorm's parameters and biases, too");
  at("beta1", c.beta1, "AdamW's first decay");
  at("beta2", c.beta2, "AdamW's second decay");
  at("clip", c.clip, "Largest l2 norm of the gradient; 0: any");
  at("ema", c.ema, "Decay of an average of the weights, which is then what is tested; 0: none");
  at("schedule", c.schedule,
     "constant, multistep, cosine, or one-cycle, which suits short trainings");
  at("milestones", c.milestones,
     "Epochs at which multistep lowers the rate (60,120,160); default: at 30, 60 and 80 %");
  at("factor", c.factor, "What multistep multiplies the rate by");
  at("final-lr", c.final_lr, "Where cosine ends");
  at("warmup", c.warmup,
     "Epochs in which the rate rises to its peak; -1: 1, or 30 % of all with one-cycle");
  at("epochs", c.epochs, "Epochs");
  at("batch", c.batch, "Images a step");
  at("label-smoothing", c.label_smoothing, "Share of the target spread over all classes");
  section = "Augmentation";
  at("pad", c.pad, "Pixels of padding that windows are cut out of; -1: 4, of files of images 0");
  at("crop", c.crop,
     "Files of images: smallest share of the area of a randomly resized crop; 0: as in tests");
  at("flip", c.flip, "Mirror half of the images");
  at("cutout", c.cutout, "Side of a square that is blanked");
  at("colour-changes", c.colour_changes, "Changes of brightness, contrast, saturation an image");
  at("colour-strength", c.colour_strength, "How strong each is, 0 to 1");
  at("mixup", c.mixup, "alpha of mixup; 0: off");
  at("cutmix", c.cutmix, "alpha of CutMix; 0: off");
  at("enhance", c.enhance,
     "off, or rate=0.5,share=0.3,sigma=2: in this share of a batch's images the rate of pixels "
     "that "
     "LI-Map finds least salient is blurred; sigma=0: not blurred, the control");
  section = "Run";
  at("device", c.device, "auto (cuda where there is one, else cpu), cpu, cuda, or ref (slow)");
  at("precision", c.precision,
     "fp32; bf16 for maps and their gradients (cpu with AVX-512, cuda); tf32 or fp16 (cuda)");
  at("winograd", c.winograd,
     "3x3 convolutions by Winograd's algorithm where that is faster: cpu, fp32");
  at("threads", c.threads, "Threads that compute; 0: as many as there are cores");
  at("workers", c.workers, "Threads that make batches; results do not depend on it");
  at("deterministic", c.deterministic, "cuda: equal runs give equal bits, perhaps more slowly");
  at("graph", c.graph, "cuda: launch each step as one recorded graph");
  at("seed", c.seed, "Of weights, order and augmentation");
  at("checkpoint-steps", c.checkpoint_steps,
     "Also write a checkpoint every N steps; 0: after each epoch only");
  at("watch", c.watch,
     "Draw what inhibition does to the first N test images, after each epoch; 0: none");
  at("keep", c.keep, "Keep the weights of every Nth epoch in epochs/; 0: none");
  at("gsnr", c.gsnr,
     "Estimate GSNR of the convolutions from each epoch's mini-batches, between which the weights "
     "move; `lienet gsnr` measures it");
}

}  // namespace lienet
