// The program itself: what it prints, how it ends, what signals do to it.
#include <doctest/doctest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "datasets/shapes100.h"
#include "engine/safetensors.h"
#include "engine/sha256.h"
#include "engine/tensor_ops.h"
#include "image_files.h"
#include "narrow_network.h"
#include "program.h"
#include "voc_folder.h"

using namespace lienet;
namespace fs = std::filesystem;
using test::check_refused;
using test::Contains;
using test::Ended;
using test::get;
using test::Program;
using test::run;
using test::TemporaryDirectory;

namespace {

// 5 steps an epoch; a checkpoint after each.
std::string training(const fs::path& out) {
  return "train shapes100 --train 80 --test 20 --model resnet20 --width 8 --batch 16 --epochs 3 "
         "--inhibit paper,sets=8 --threads 1 --checkpoint-steps 1 --out " +
         out.string();
}

bool wait_for(const fs::path& file) {
  for (int i = 0; i < 2000; ++i) {
    if (fs::exists(file)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace

TEST_CASE("command line: wrong usage is one line and exit code 2") {
  check_refused("", 2, "A subcommand is required (see lienet --help)");
  check_refused("trian", 2, "trian is not known; did you mean train? (see lienet --help)");
  check_refused("train --lrr 1", 2,
                "--lrr is not known; did you mean --lr? (see lienet train --help)");
  check_refused("train --lr x", 2, "Could not convert: --lr = x (see lienet train --help)");
  check_refused("bench layers --eval", 2, "--eval is for bench step; leave it off bench layers");
  check_refused("train shapes10", 2, "dataset shapes10: not known; did you mean shapes100?");
  check_refused("train --inhibit papre", 2,
                "inhibition: papre is not a preset; did you mean paper?");
  check_refused("train --inhibit paper,sigmaa=2", 2,
                "inhibition: sigmaa is not an option; did you mean sigma?");
  check_refused("train --device gpu", 2, "--device gpu: not known; did you mean cpu?");
  check_refused("train --precision fp8", 2, "--precision fp8: not known; did you mean fp32?");
  check_refused("train --device cpu --precision fp16", 2,
                "device cpu: no precision fp16; choose --precision fp32 or bf16");
  check_refused("bench step --precision half", 2,
                "--precision half: not known; did you mean fp32?");
  check_refused("train --precision bf16 --device ref", 2,
                "device ref: no precision bf16; choose --precision fp32");
  check_refused("train --config", 2, "--config: expected a file");
  check_refused("data make", 2, "NAME is required (see lienet data make --help)");
  check_refused("eval", 2, "--weights is required (see lienet eval --help)");
  check_refused("saliency", 2, "--weights is required (see lienet saliency --help)");
  check_refused("saliency --weights w --method li_mp", 2,
                "saliency method li_mp: not known; did you mean li_map?");
  check_refused("train --enhance sigm=2", 2,
                "enhancement: sigm is not an option; did you mean sigma?");
  check_refused("train --enhance rate=0.5 --cutmix 1", 2,
                "--enhance rate=0.5: a mixed image has no one label; leave out --mixup and "
                "--cutmix");
  check_refused("enhance --weights w --rate 1", 2, "enhancement: rate 1; expected 0 <= rate < 1");
  check_refused("enhance --weights w --filter papr", 2,
                "inhibition: papr is not a preset; did you mean paper?");
  check_refused("train shapes100 cifar10", 2,
                "cifar10: unexpected; lienet train takes no such word (see lienet train --help)");
  check_refused("data mke", 2, "mke is not known; did you mean make? (see lienet data --help)");
  for (const char* command : {"attack", "enhance", "eval", "prune", "randomize", "saliency"})
    check_refused(std::string(command) + " --weights w --batch 0", 2,
                  std::string("--batch: expected a number above 0, not 0 (see lienet ") + command +
                      " --help)");
  for (const char* command : {"attack", "saliency"})
    check_refused(std::string(command) + " --weights w --inhibit papre", 2,
                  "inhibition: papre is not a preset; did you mean paper?");
  check_refused("eval --weights w --blur-background 1,-2", 2,
                "--blur-background 1,-2: expected numbers from 0 to 1000 with commas between them");
  check_refused("eval --weights w --blur-background 1 --train-set", 2,
                "--blur-background: the objects' places are those of the test images");
  check_refused("eval --weights w --blur-background 1 --logits l.npy", 2,
                "--blur-background: tests more than once; --logits is for one test");
  check_refused("saliency --weights w --filter papr", 2,
                "inhibition: papr is not a preset; did you mean paper?");
  check_refused("gsnr", 2, "--weights is required (see lienet gsnr --help)");
  check_refused("gsnr --weights w --inhibit off", 2, "--inhibit off: expected a mask, as paper");
  check_refused("gsnr --weights w --inhibit papre", 2,
                "inhibition: papre is not a preset; did you mean paper?");
  check_refused("train --keep -1", 2, "--keep -1: expected 0 (none) or more epochs");
}

TEST_CASE("command line: bf16 where the processor has no AVX-512 is refused") {
  setenv("ONEDNN_MAX_CPU_ISA", "SSE41", 1);  // what such a processor looks like
  const std::string line =
      "bf16 needs a processor with AVX-512, and here is SSE4.1; choose --precision fp32";
  check_refused("train shapes100 --precision bf16", 2, line);
  check_refused("bench step --precision bf16", 2, line);
  unsetenv("ONEDNN_MAX_CPU_ISA");
}

TEST_CASE("command line: bench step says where all of a step's time goes") {
  const TemporaryDirectory dir;
  const std::string step =
      "bench step --model resnet20 --width 16 --batch 2 --image 8 --steps 2 --warmup 1 --threads 1";
  const Ended e = run(dir, step + " --json --no-winograd --inhibit paper");
  CHECK(e.err == "");
  REQUIRE(e.code == 0);
  const auto line = nlohmann::json::parse(e.out);
  CHECK(line["winograd"] == false);
  double milliseconds = 0;
  for (const char* key : {"optimizer_ms", "zero_gradients_ms", "rest_ms"}) {
    CHECK(line[key] > 0);
    milliseconds += line[key].get<double>();
  }
  for (const auto& op : line["ops"])
    for (const char* key : {"forward_ms", "backward_ms", "complete_ms", "inhibit_ms"})
      milliseconds += op[key].get<double>();
  CHECK(milliseconds == doctest::Approx(line["mean_ms"].get<double>()));
  CHECK(line["seconds_to_first_step"] > 0);
  CHECK(line["peak_gflops"] > 0);
  CHECK(line["copy_gb_per_second"] > 0);
  const double share = line["share_of_peak"];
  CHECK(share * line["peak_gflops"].get<double>() == doctest::Approx(line["gflops"].get<double>()));
  const Ended slow = run(dir, step + " --json --device ref");
  CHECK(!nlohmann::json::parse(slow.out).contains("share_of_peak"));
  const Ended text = run(dir, step);
  CHECK(text.out == Contains("\nrest "));
}

TEST_CASE("command line: what cannot be read is one line and exit code 1") {
  check_refused("eval --weights /none.safetensors", 1,
                "/none.safetensors: cannot be read: No such file or directory");
  check_refused("train --resume /none", 1, "/none: is no run's directory; it has no config.json");
  check_refused("train cifar100 --data /none --out /tmp/never", 1,
                "/none: there is no such folder; unpack CIFAR-100's binary version there (it has "
                "train.bin and test.bin), or run `lienet train shapes100`, which needs no data");
}

TEST_CASE("command line: data make is repeatable, and what it made can be checked") {
  const TemporaryDirectory dir;
  const std::string d = (dir / "d").string();
  const Ended a = run(dir, "data make shapes100 --train 30 --test 20 --seed 4 --out " + d);
  CHECK(a.code == 0);
  CHECK(a.out == Contains(sha256_of_file(dir / "d" / "train.bin") + "  " + d + "/train.bin\n"));
  CHECK(run(dir, "data make shapes100 --train 30 --test 20 --seed 4 --out " + d).out == a.out);
  const Ended check = run(dir, "data check cifar100 --data " + d);
  CHECK(check.code == 0);
  CHECK(check.out == Contains("30 images of 32x32, 100 classes of 0 to 1 images\n"));
}

TEST_CASE("command line: train, eval, resume") {
  const TemporaryDirectory dir;
  const std::string path = (dir / "run").string();
  const Ended trained = run(dir, training(path) + " --keep 3 --gsnr");
  CHECK(trained.err == "");
  REQUIRE(trained.code == 0);
  CHECK(trained.out == Contains(path + ": resnet20 on shapes100, inhibition paper,sets=8\nepoch "));
  CHECK(trained.out == Contains(path + "/report.html\n"));
  const Ended tested = run(dir, "eval --json --weights " + path);
  CHECK(tested.code == 0);
  CHECK(tested.out == Contains("\"images\":20,"));
  const std::string kept = path + "/epochs/epoch-0003.safetensors";
  CHECK(run(dir, "eval --json --weights " + kept).out == Contains("\"images\":20,"));
  const std::string noise = "gsnr --weights " + path + " --out " + (dir / "noise").string();
  const Ended measured = run(dir, noise + " --images 3");
  CHECK(measured.err == "");
  CHECK(measured.out == Contains("layer3.2.conv2"));
  CHECK(measured.out == Contains("with inhibition (paper,sets=8) in the backward pass. 3 images"));
  CHECK(run(dir, noise + " --images 1").err == "lienet: --images 1: expected 2 or more\n");
  const std::string looks = (dir / "looks").string();
  const Ended seen =
      run(dir, "saliency --images 2 --method li_map,cam --weights " + path + " --out " + looks);
  CHECK(seen.err == "");
  CHECK(seen.code == 0);
  CHECK(seen.out == Contains("2 of 20 images of shapes100 test: " + looks + "/index.html\n"));
  CHECK(fs::exists(dir / "looks" / "00001.li_map.npy"));
  CHECK(!fs::exists(dir / "looks" / "00001.grad_cam.npy"));
  const Ended forgot = run(dir, "randomize --json --images 2 --method li_map --weights " + path +
                                    " --out " + (dir / "forgot").string());
  CHECK(forgot.err == "");
  CHECK(forgot.out ==
        Contains("{\"stage\":\"trained\",\"methods\":{\"li_map\":{\"spearman\":1.0,"));
  CHECK(forgot.out == Contains("{\"stage\":\"conv1\","));
  CHECK(get(dir / "forgot" / "stages.jsonl") == forgot.out);
  CHECK(fs::exists(dir / "forgot" / "index.html"));
  // Finite weights whose maps are not: there is no rank among NaN.
  Context ctx;
  const SafetensorsFile best = SafetensorsFile::open(dir / "run" / "best.safetensors");
  std::vector<NamedTensor> state;
  for (const SafetensorsEntry& entry : best.entries())
    state.push_back({entry.name, best.load(ctx, entry.name)});
  for (NamedTensor& t : state)
    if (t.name == "conv1.weight") fill(ctx, t.tensor, 3e38);
  save_safetensors(dir / "huge", state, best.metadata());
  CHECK(run(dir, "randomize --images 2 --method li_map --weights " + (dir / "huge").string() +
                     " --out " + (dir / "forgot").string())
            .err == "lienet: trained, li_map: similarity: a map has values that are NaN\n");
  const Ended enhanced = run(dir, "enhance --images 2 --rate 0.5 --weights " + path + " --out " +
                                      (dir / "enhanced").string());
  CHECK(enhanced.err == "");
  CHECK(enhanced.out == Contains("50.0 % of the pixels kept; "));
  CHECK(fs::exists(dir / "enhanced" / "00001.png"));
  const Ended blurred = run(dir, "eval --json --blur-background 0,2 --weights " + path);
  CHECK(blurred.out == Contains("{\"sigma\":0.0,\"top1\":"));
  CHECK(blurred.out == Contains("{\"sigma\":2.0,\"top1\":"));
  const Ended on = run(dir, training(dir / "on") + " --weights " + path + " --enhance share=0.5");
  CHECK(on.err == Contains(path + "/best.safetensors: "));
  CHECK(on.code == 0);
  const Ended again = run(dir, "train --json --resume " + path);
  CHECK(again.code == 0);
  CHECK(again.out == Contains("{\"run\":\"" + path + "\",\"finished\":true,\"epochs\":3,"));
  const Ended changed = run(dir, "train --lr 3 --resume " + path);
  CHECK(changed.code == 2);
  CHECK(changed.err ==
        "lienet: --lr: cannot change in a run that is resumed; begin a new one with --weights\n");
  const Ended twice = run(dir, training(path));
  CHECK(twice.code == 1);
  CHECK(twice.err == Contains("has a run already; go on with it by --resume"));
}

TEST_CASE("command line: weights of elsewhere are tested alike by every command") {
  const TemporaryDirectory dir;
  Context ctx({.threads = 1, .seed = 3});
  ResNet model(ctx, test::narrow_network.options());
  save_safetensors(dir / "w", model.state());
  write_shapes100(make_shapes100({.train = 20, .test = 10, .threads = 1}), dir / "data");
  const std::string network = " --model resnet20 --width 4 --threads 1 --json --data " +
                              (dir / "data").string() + " --weights " + (dir / "w").string();
  const auto tested = nlohmann::json::parse(run(dir, "eval shapes100" + network).out);
  const auto pruned = nlohmann::json::parse(
      run(dir, "prune shapes100 --sparsity 0 --no-save --out " + (dir / "o").string() + network)
          .out);
  CHECK(tested.at("loss") == pruned.at("loss"));
  CHECK(tested.at("top1") == pruned.at("top1"));
  // A mask in the words of training, where the run of the weights, or else training, has it.
  const Ended masked = run(dir,
                           "saliency shapes100 --images 2 --method input_grad --inhibit "
                           "paper,sets=4;layer1:rate=0.3 --out " +
                               (dir / "masked").string() + network);
  CHECK(masked.err == "");
  CHECK(masked.code == 0);
}

TEST_CASE("command line: prune by the run's recipe, interrupted and again") {
  const TemporaryDirectory dir;
  const fs::path out = dir / "run", sparse = dir / "sparse", whole = dir / "whole";
  REQUIRE(run(dir, training(out)).code == 0);
  const std::string command = "prune --weights " + out.string() +
                              " --scope global --sparsity 0.5,0.9 --finetune 2 --threads 1 --json";
  const Ended once = run(dir, command + " --out " + whole.string());
  REQUIRE(once.code == 0);
  CHECK(once.out == Contains("\"finetuned_top1\":"));
  {
    const Program program(dir, command + " --out " + sparse.string());
    REQUIRE(wait_for(sparse / "run-0.9" / "last.safetensors"));
    program.send(SIGINT);
    const int code = program.wait();
    CHECK((code == 130 || code == 0));
  }
  const Ended again = run(dir, command + " --out " + sparse.string());
  CHECK(again.out == once.out);
  CHECK(run(dir, command + " --out " + sparse.string()).out == once.out);
  for (const char* file : {"prune.csv", "prune.svg", "run-0.9/last.safetensors"})
    CHECK(sha256_of_file(sparse / file) == sha256_of_file(whole / file));
  const Ended other =
      run(dir, "prune --weights " + out.string() +
                   " --scope global --sparsity 0.9 --finetune 3 --out " + sparse.string());
  CHECK(other.code == 1);
  CHECK(other.err == Contains("run-0.9: has another fine-tuning; choose another --out"));
}

TEST_CASE("command line: prune and attack say in one line what they cannot do") {
  check_refused("prune --weights x --sparsity 0,1.5", 2,
                "--sparsity 0,1.5: expected numbers from 0 to 1 with commas between them");
  check_refused("prune --weights x --scope globl", 2,
                "scope globl is not known; did you mean global?");
  check_refused("prune --weights x --finetune 2 --no-save", 2,
                "--finetune needs the weights that --no-save does not save");
  check_refused("attack --weights x --eps 1,two", 2,
                "--eps 1,two: expected numbers from 0 to 255 with commas between them");
  check_refused("attack --weights x --pgd=-1", 2,
                "--pgd: expected 0 or more, not -1 (see lienet attack --help)");
  check_refused("attack --weights x", 1, "x: cannot be read: No such file or directory");
}

TEST_CASE("command line: killed at any moment and resumed, a run gives the same weights") {
  const TemporaryDirectory dir;
  REQUIRE(run(dir, training(dir / "whole")).code == 0);
  const std::string expected = sha256_of_file(dir / "whole" / "last.safetensors");
  for (const int milliseconds : {0, 37, 91}) {
    CAPTURE(milliseconds);
    const fs::path path = dir / std::to_string(milliseconds);
    const Program program(dir, training(path));
    REQUIRE(wait_for(path / "last.safetensors"));
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    program.send(SIGKILL);
    program.wait();
    REQUIRE(run(dir, "train --resume " + path.string()).code == 0);
    CHECK(sha256_of_file(path / "last.safetensors") == expected);
  }
}

TEST_CASE("command line: an interrupt writes a checkpoint and ends with 130") {
  const TemporaryDirectory dir;
  REQUIRE(run(dir, training(dir / "whole")).code == 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    const fs::path path = dir / std::to_string(signal);
    const Program program(dir, training(path) + " --epochs 50");
    REQUIRE(wait_for(path / "last.safetensors"));
    program.send(signal);
    CHECK(program.wait() == 130);
    CHECK(program.err() ==
          "interrupted; go on with: lienet train --resume " + path.string() + "\n");
    REQUIRE(run(dir, "train --epochs 3 --resume " + path.string()).code == 0);
  }
}

TEST_CASE("command line: a damaged data set, and a directory that cannot be made") {
  const TemporaryDirectory dir;
  fs::create_directory(dir / "d");
  test::put(dir / "d" / "train.bin", std::string(3074, '\0') + "x");
  test::put(dir / "d" / "test.bin", std::string(3074, '\0'));
  const std::string d = (dir / "d").string();
  const Ended cut = run(dir, "train cifar100 --data " + d + " --out " + (dir / "r").string());
  CHECK(cut.code == 1);
  CHECK(
      cut.err ==
      Contains("train.bin: truncated: 3075 bytes is not a multiple of CIFAR-100's record of 3074"));
  const Ended file = run(dir, training(dir / "d" / "train.bin"));
  CHECK(file.code == 1);
  CHECK(file.err == Contains("train.bin: cannot be made: "));
}

TEST_CASE("command line: a folder of images is trained on, tested and checked") {
  const TemporaryDirectory dir;
  for (const char* split : {"train", "val"})
    for (int c = 0; c < 2; ++c) {
      const fs::path folder = dir / "pictures" / split / (c ? "red" : "blue");
      fs::create_directories(folder);
      for (int i = 0; i < 4; ++i)
        test::put(folder / (std::to_string(i) + ".jpg"),
                  test::jpeg_of(test::flat_image(20 + i, 24, c ? 200 : 30, 40, c ? 30 : 200)));
    }
  const std::string pictures = (dir / "pictures").string(), out = (dir / "r").string();
  const Ended trained =
      run(dir, "train " + pictures + " --model resnet20 --width 8 --image-size 16 --resize 18 " +
                   "--batch 4 --epochs 2 --lr 0.05 --threads 1 --out " + out);
  CHECK(trained.err.empty());
  CHECK(trained.code == 0);
  CHECK(get(dir / "r" / "config.json") == Contains("\"dataset\": \"folder\""));
  CHECK(get(dir / "r" / "report.html") == Contains("red"));
  const Ended tested = run(dir, "eval --weights " + out);
  CHECK(tested.out == Contains(" 8 images of pictures val "));
  CHECK(run(dir, "eval --blur-background 1 --weights " + out).err ==
        "lienet: pictures val: no object's place is known, so that there is no background to "
        "blur\n");
  CHECK(run(dir, "eval " + pictures + " --image-size 16 --resize 18 --weights " + out).out ==
        Contains(" 8 images of pictures val "));
  Ended checked = run(dir, "data check " + pictures);
  CHECK(checked.code == 0);
  CHECK(checked.out == Contains("pictures train: 8 images in files, seen as 224x224, 2 classes"));
  test::put(dir / "pictures" / "val" / "red" / "1.jpg", "");
  checked = run(dir, "data check " + pictures);
  CHECK(checked.code == 1);
  CHECK(checked.err == "lienet: " + pictures +
                           "/val/red/1.jpg: is empty; expected a JPEG or PNG image\n"
                           "lienet: 1 of 16 images cannot be read\n");
  CHECK(run(dir, "train " + pictures + " --data " + pictures).err ==
        "lienet: --data " + pictures + ": " + pictures +
            " is a folder already; name one of them\n");
}

TEST_CASE("command line: voc2007 is fine-tuned from a backbone and measured by its mAP") {
  const TemporaryDirectory dir;
  const test::VocFolder voc;
  for (const std::string list : {"trainval", "test"})
    for (int i = 0; i < 4; ++i)
      voc.add(list, list + std::to_string(i),
              test::flat_image(20, 24, i % 2 ? 200 : 30, 40, i / 2 ? 30 : 200),
              {{i % 2 ? "dog" : "cat", 1, 1, 9, 9}, {"person", 2, 2, 3, 3, i == 3}});
  const std::string out = (dir / "v").string();
  const std::string backbone = (dir / "b").string(), data = voc.root().string();
  REQUIRE(run(dir,
              "train shapes100 --train 32 --test 16 --model resnet20 --width 8 --batch 16 "
              "--epochs 1 --threads 1 --out " +
                  backbone)
              .code == 0);
  const std::string training =
      "train voc2007 --data " + data + " --weights " + backbone +
      "/best.safetensors --model resnet20 --width 8 --image-size 16 --resize 16 --batch 4 "
      "--epochs 2 --lr 0.01 --threads 1 --out ";
  CHECK(run(dir, training + out + "-whole").err ==
        Contains("expected f32 [20]); --partial takes what fits\n"));
  const Ended trained = run(dir, training + out + " --partial");
  CAPTURE(trained.err);
  CHECK(trained.code == 0);
  CHECK(trained.out == Contains("  mAP "));
  CHECK(trained.out != Contains("top-1"));
  CHECK(get(dir / "v" / "metrics.csv") == Contains("train_map11,test_loss,test_map11,"));
  CHECK(get(dir / "v" / "report.html") == Contains("Best mAP"));
  CHECK(run(dir, "eval --weights " + out).out == Contains("% (VOC 2007, 11 points)"));
  CHECK(run(dir, "eval --json --weights " + out).out == Contains("{\"map11\":"));
  CHECK(run(dir, "eval --blur-background 0,1 --weights " + out).out == Contains("sigma  mAP %"));
  CHECK(run(dir, "train voc2007 --enhance rate=0.5 --data " + data + " --out " + out + "e").err ==
        "lienet: --enhance rate=0.5: LI-Map is of one label, and these images show several "
        "classes\n");
  const std::string found = (dir / "found").string();
  const Ended localized =
      run(dir, "localize --method cam,li_map --weights " + out + " --out " + found);
  CAPTURE(localized.err);
  CHECK(localized.code == 0);
  CHECK(localized.out == Contains("7 cases in 4 images of voc2007 test: "));
  CHECK(get(dir / "found" / "localization.csv") == Contains("method,cases,images,iou,iou_low,"));
  CHECK(get(dir / "found" / "localization.csv") == Contains("\ncentre,7,4,"));
  // The 72 pixels of 20x24 that are nearest the centre span 10x8 of them; the cat has 9x9, of which
  // 2 columns and 3 rows are in common.
  CHECK(get(dir / "found" / "cases.csv") ==
        Contains("test0.jpg,cat,1,1,centre,7,6,16,13,0.0387097,"));
  CHECK(get(dir / "found" / "index.html") == Contains("Worst by CAM"));
  CHECK(run(dir, "localize --json --limit 2 --weights " + out + " --out " + found).out ==
        Contains("\"images\":2"));
  CHECK(run(dir, "localize cifar10 --weights " + backbone + " --out " + found).code == 1);
  CHECK(run(dir, "data check voc2007 --data " + data).out ==
        Contains("voc2007 test: 4 images in files, seen as 224x224, 20 classes of 0 to 3 images"));
  CHECK(
      run(dir, "train voc2007 --label-smoothing 0.1 --data " + data + " --out " + out + "x").err ==
      "lienet: --label-smoothing 0.1: expected 0 where images show several classes\n");
  CHECK(run(dir, "train voc2007").err ==
        Contains("voc2007: is not in " + dir.path().string() + "; unpack VOCtrainval"));
}
