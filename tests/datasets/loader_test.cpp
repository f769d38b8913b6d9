#include "datasets/loader.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <set>

#include "datasets/shapes100.h"
#include "engine/error.h"

using namespace lienet;

namespace {

std::shared_ptr<ImageSet> images(int64_t n) {
  return std::make_shared<ImageSet>(make_shapes100({.seed = 9, .train = n, .test = 1}).train);
}

void append(std::string& bytes, const Tensor& t) {
  if (t) bytes.append(static_cast<const char*>(t.raw()), t.bytes());
}

// Everything that an epoch yields, as bytes, batch by batch.
std::vector<std::string> epoch_of(Loader& loader, uint32_t epoch, int64_t first = 0) {
  std::vector<std::string> all;
  loader.start(epoch, first);
  while (auto b = loader.next()) {
    CHECK(b->number == first + static_cast<int64_t>(all.size()));
    std::string& bytes = all.emplace_back();
    append(bytes, b->images);
    append(bytes, b->labels);
    append(bytes, b->targets);
    bytes.append(reinterpret_cast<const char*>(b->indices.data()), b->indices.size() * 8);
  }
  CHECK(!loader.next());
  return all;
}

const LoaderOptions recipe = {.batch = 16,
                              .shuffle = true,
                              .seed = 4,
                              .augment = {.pad = 4, .flip = true, .cutout = 8, .colour_changes = 2},
                              .mix = {.mixup = 0.2, .cutmix = 1},
                              .stats = cifar100_stats};

}  // namespace

TEST_CASE("loader: the number of workers changes nothing") {
  const auto set = images(150);
  std::vector<std::vector<std::string>> results;
  for (const int workers : {0, 1, 3}) {
    LoaderOptions o = recipe;
    o.workers = workers;
    o.prefetch = workers == 3 ? 2 : 4;
    Loader loader(set, o);
    CHECK(loader.batches() == 10);
    auto all = epoch_of(loader, 0);
    const auto second = epoch_of(loader, 1);
    CHECK(all.size() == 10);
    CHECK(all != second);
    all.insert(all.end(), second.begin(), second.end());
    results.push_back(std::move(all));
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("loader: an epoch can be entered in the middle, and left") {
  const auto set = images(150);
  for (const int workers : {0, 2}) {
    LoaderOptions o = recipe;
    o.workers = workers;
    Loader whole(set, o), part(set, o);
    const auto all = epoch_of(whole, 7);
    part.start(3);
    (void)part.next();  // left after one batch
    const auto rest = epoch_of(part, 7, 6);
    CHECK(rest == std::vector<std::string>(all.begin() + 6, all.end()));
    CHECK(epoch_of(part, 7, 10).empty());
    CHECK_THROWS_AS(part.start(0, 11), Error);
    CHECK_THROWS_AS(part.start(0, -1), Error);
  }
}

TEST_CASE("loader: what a batch holds") {
  const auto set = images(10);
  Loader loader(set, {.batch = 4, .stats = cifar100_stats});
  loader.start(0);
  std::vector<int64_t> seen;
  while (auto b = loader.next()) {
    CHECK(b->images.shape() == Shape({b->number == 2 ? 2 : 4, 3, 32, 32}));
    CHECK(b->images.dtype() == DType::f32);
    CHECK(!b->targets);
    for (size_t i = 0; i < b->indices.size(); ++i) {
      CHECK(b->labels.data<int64_t>()[i] == set->labels[static_cast<size_t>(b->indices[i])]);
      const float first = b->images.data<float>()[i * 3072];
      CHECK(first == doctest::Approx((*set->image(b->indices[i]) / 255.0 - 0.5071) / 0.2673));
      seen.push_back(b->indices[i]);
    }
  }
  CHECK(seen == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  Loader dropping(set, {.batch = 4, .drop_last = true});
  CHECK(dropping.batches() == 2);
  CHECK(epoch_of(dropping, 0).size() == 2);
}

TEST_CASE("loader: an order is a permutation, another each epoch") {
  const auto a = shuffled(100, 1, 0);
  CHECK(std::set<int64_t>(a.begin(), a.end()).size() == 100);
  CHECK(a == shuffled(100, 1, 0));
  CHECK(a != shuffled(100, 1, 1));
  CHECK(a != shuffled(100, 2, 0));
}

TEST_CASE("loader: what goes wrong in a worker reaches the caller, in its place") {
  for (const int workers : {0, 1, 3}) {
    const auto set = images(20);
    set->labels[9] = 100;
    Loader loader(set, {.batch = 4, .workers = workers});
    loader.start(0);
    CHECK(loader.next());
    CHECK(loader.next());
    try {
      (void)loader.next();
      FAIL("nothing was thrown");
    } catch (const Error& e) {
      CHECK(std::string(e.what()) == "'shapes100 train': image 9 has label 100; expected 0 to 99");
    }
    CHECK(loader.next());  // the others are not affected
  }
}

TEST_CASE("loader: options that make no sense are refused") {
  const auto set = images(3);
  const auto made = [&](const LoaderOptions& o) { Loader(set, o); };
  CHECK_THROWS_AS(made({.batch = 0}), Error);
  CHECK_THROWS_AS(made({.batch = 4, .drop_last = true}), Error);
  CHECK_THROWS_AS(made({.workers = -1}), Error);
  CHECK_THROWS_AS(made({.prefetch = 0}), Error);
  CHECK_THROWS_AS(made({.augment = {.pad = 32}}), Error);
  CHECK_THROWS_AS(made({.mix = {.mixup = -0.5}}), Error);
  CHECK_THROWS_AS(Loader(std::make_shared<ImageSet>(), {}), Error);
  CHECK_THROWS_AS(Loader(set, {}).next(), Error);
}

// Address sanitizers take memory of their own when a thread starts.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {

// While it lives, this process may have little more memory than it has now: not the stacks of many
// threads.
class LittleMemory {
 public:
  LittleMemory() {
    getrlimit(RLIMIT_AS, &before_);
    std::ifstream file("/proc/self/statm");
    rlim_t pages = 0;
    file >> pages;
    rlimit little = before_;
    little.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + (rlim_t{128} << 20);
    setrlimit(RLIMIT_AS, &little);
  }
  ~LittleMemory() { setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_;
};

}  // namespace

TEST_CASE("loader, shapes100: threads that the system refuses") {
  const auto set = images(20);
  std::string message;
  Shapes100 drawn;
  {
    const LittleMemory little;
    try {
      Loader(set, {.workers = 1024});
    } catch (const Error& e) {
      message = e.what();
    }
    drawn = make_shapes100({.seed = 9, .train = 20, .test = 1, .threads = 1024});
  }
  CHECK(message.starts_with("loader: thread "));
  CHECK(message.find(" of 1024 cannot be started: ") != message.npos);
  CHECK(drawn.train.pixels == set->pixels);
}
#endif
