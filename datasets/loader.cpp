#include "datasets/loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

#include "engine/allocator.h"
#include "engine/check.h"

namespace lienet {

namespace {

using Order = std::shared_ptr<const std::vector<int64_t>>;

// What a batch is made from. A copy stays valid when the loader moves to another epoch.
struct Job {
  Order order;
  uint32_t epoch = 0;
  int64_t number = 0;
  uint64_t generation = 0;  // counts calls of start()
};

struct Made {
  Batch batch;
  std::exception_ptr error;
};

void check(const ImageSet* set, const LoaderOptions& o) {
  if (!set || set->size() == 0) fail("loader: '{}' has no images", set ? set->name : "");
  const bool complete =
      set->in_memory() ? set->pixels.size() == static_cast<size_t>(set->size()) * set->image_bytes()
                       : std::ssize(set->files) == set->size();
  if (set->classes < 1 || !complete)
    fail("loader: '{}' has {} classes, {} bytes and {} files for {} images of 3x{}x{}", set->name,
         set->classes, set->pixels.size(), set->files.size(), set->size(), set->height, set->width);
  if (set->multi_label() && std::ssize(set->tags) != set->size() * set->classes)
    fail("loader: '{}' has {} tags for {} images and {} classes", set->name, set->tags.size(),
         set->size(), set->classes);
  if (set->multi_label() && o.mix.on())
    fail(
        "loader: '{}': images that show several classes cannot be mixed; mixup and cutmix are for "
        "others",
        set->name);
  if (set->size() > UINT32_MAX)
    fail("loader: '{}' has {} images; expected fewer than 2^32", set->name, set->size());
  if (o.batch < 1 || o.batch > (int64_t{1} << 24))
    fail("loader: batch is {}; expected 1 to {}", o.batch, int64_t{1} << 24);
  if (o.drop_last && set->size() < o.batch)
    fail("loader: '{}' has {} images, less than one batch of {}, and the last is dropped",
         set->name, set->size(), o.batch);
  if (o.workers < 0 || o.workers > 1024) fail("loader: {} workers; expected 0 to 1024", o.workers);
  if (o.prefetch < 1) fail("loader: prefetch is {}; expected 1 or more", o.prefetch);
  check_mix(o.mix);
}

}  // namespace

struct Loader::State {
  State(std::shared_ptr<const ImageSet> images, const LoaderOptions& o)
      : set((check(images.get(), o), std::move(images))),
        options(o),
        augment(o.augment, o.stats, set->height, set->width),
        allocator(std::make_shared<Allocator>(make_host_memory())) {
    const int64_t n = set->size();
    batches = o.drop_last ? n / o.batch : (n + o.batch - 1) / o.batch;
    next_job.number = next_taken = batches;  // no epoch yet
    for (int i = 0; i < o.workers; ++i) workers.emplace_back([this] { work(); });
  }

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
  }

  Tensor empty(const Shape& shape, DType dtype) const {
    const size_t bytes = static_cast<size_t>(shape.size()) * size_of(dtype);
    return {std::make_shared<Storage>(allocator, bytes), shape, dtype};
  }

  Batch make(const Job& job) const;
  const uint8_t* pixels_of(int64_t i, uint32_t epoch, Image& buffer) const;
  void work();

  const std::shared_ptr<const ImageSet> set;
  const LoaderOptions options;
  const Augment augment;
  const std::shared_ptr<Allocator> allocator;
  int64_t batches;

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  bool stopping = false;
  bool started = false;
  Job next_job;  // the first that no worker has taken
  int64_t next_taken;
  std::map<int64_t, Made> ready;  // by number, of the current generation

  std::vector<std::jthread> workers;  // last: joined before the rest goes away
};

// Those of image i, maybe in the buffer.
const uint8_t* Loader::State::pixels_of(int64_t i, uint32_t epoch, Image& buffer) const {
  if (options.augment.crop > 0) {
    constexpr uint32_t stream = 1;  // 0 is Augment's
    Random random({options.seed, epoch, static_cast<uint32_t>(i), RandomUse::augment, stream});
    buffer = random_crop(set->original(i), options.augment.crop, set->height, set->width, random);
  } else if (set->in_memory()) {
    return set->image(i);
  } else {
    buffer = set->view(i);
  }
  return buffer.pixels.data();
}

Batch Loader::State::make(const Job& job) const {
  const int64_t begin = job.number * options.batch;
  const int64_t count = std::min(options.batch, set->size() - begin);
  Batch batch;
  batch.number = job.number;
  batch.indices.assign(job.order->begin() + begin, job.order->begin() + begin + count);
  batch.images = empty({count, 3, set->height, set->width}, DType::f32);
  batch.labels = empty({count}, DType::i64);
  float* out = batch.images.data<float>();
  int64_t* labels = batch.labels.data<int64_t>();
  Image buffer;
  for (const int64_t i : batch.indices) {
    const int32_t label = set->labels[static_cast<size_t>(i)];
    if (label < 0 || label >= set->classes)
      fail("'{}': image {} has label {}; expected 0 to {}", set->name, i, label, set->classes - 1);
    *labels++ = label;
    augment.apply(pixels_of(i, job.epoch, buffer),
                  {options.seed, job.epoch, static_cast<uint32_t>(i), RandomUse::augment, 0}, out);
    out += set->image_bytes();
  }
  if (set->multi_label()) {
    batch.targets = empty({count, set->classes}, DType::f32);
    float* target = batch.targets.data<float>();
    for (const int64_t i : batch.indices) {
      const auto row = set->tags.begin() + i * set->classes;
      target = std::copy(row, row + set->classes, target);
    }
  }
  if (options.mix.on()) {
    batch.targets = empty({count, set->classes}, DType::f32);
    mix_batch(batch.images, batch.labels, batch.targets, options.mix,
              {options.seed, job.epoch, static_cast<uint32_t>(job.number), RandomUse::mix, 0});
  }
  return batch;
}

void Loader::State::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] {
      return stopping ||
             (next_job.number < batches && next_job.number < next_taken + options.prefetch);
    });
    if (stopping) return;
    Job job = next_job;
    ++next_job.number;
    lock.unlock();
    Made made;
    try {
      made.batch = make(job);
    } catch (...) {
      made.error = std::current_exception();
    }
    lock.lock();
    if (job.generation != next_job.generation) continue;
    ready.emplace(job.number, std::move(made));
    changed.notify_all();
  }
}

Loader::Loader(std::shared_ptr<const ImageSet> set, const LoaderOptions& options)
    : state_(std::make_unique<State>(std::move(set), options)) {}

Loader::~Loader() = default;

int64_t Loader::batches() const {
  return state_->batches;
}

const LoaderOptions& Loader::options() const {
  return state_->options;
}

const ImageSet& Loader::set() const {
  return *state_->set;
}

void Loader::start(uint32_t epoch, int64_t first_batch) {
  State& s = *state_;
  if (first_batch < 0 || first_batch > s.batches)
    fail("loader: epoch cannot start at batch {} of {}", first_batch, s.batches);
  std::vector<int64_t> order;
  if (s.options.shuffle) {
    order = shuffled(s.set->size(), s.options.seed, epoch);
  } else {
    order.resize(static_cast<size_t>(s.set->size()));
    std::iota(order.begin(), order.end(), int64_t{0});
  }
  {
    const std::lock_guard lock(s.mutex);
    s.next_job = {std::make_shared<const std::vector<int64_t>>(std::move(order)), epoch,
                  first_batch, s.next_job.generation + 1};
    s.next_taken = first_batch;
    s.ready.clear();
    s.started = true;
  }
  s.changed.notify_all();
}

std::optional<Batch> Loader::next() {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  LIENET_CHECK(s.started, "loader: next() before start()");
  if (s.next_taken == s.batches) return std::nullopt;
  if (s.options.workers == 0) {
    Job job = s.next_job;
    job.number = s.next_taken++;
    lock.unlock();
    return s.make(job);
  }
  s.changed.wait(lock, [&s] { return s.ready.contains(s.next_taken); });
  Made made = std::move(s.ready.extract(s.next_taken++).mapped());
  lock.unlock();
  s.changed.notify_all();
  if (made.error) std::rethrow_exception(made.error);
  return std::move(made.batch);
}

std::vector<int64_t> shuffled(int64_t n, uint64_t seed, uint32_t epoch) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  Random random({.seed = seed, .epoch = epoch, .use = RandomUse::shuffle});
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
  return order;
}

}  // namespace lienet
