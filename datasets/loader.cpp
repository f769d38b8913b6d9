#include "datasets/loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
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

}  // namespace

struct Loader::State {
  explicit State(const Loader& owner)
      : loader(owner),
        set(owner.set()),
        options(owner.options()),
        augment(options.augment, options.stats, set.height, set.width),
        allocator(std::make_shared<Allocator>(make_host_memory())) {
    next_job.number = next_taken = loader.batches();  // no epoch yet
    try {
      for (int i = 0; i < options.workers; ++i) workers.emplace_back([this] { work(); });
    } catch (const std::system_error& e) {
      stop();  // those that run, which are joined
      fail("loader: thread {} of {} cannot be started: {}", workers.size() + 1, options.workers,
           e.what());
    }
  }

  ~State() { stop(); }

  void stop() {
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

  const Loader& loader;
  const ImageSet& set;
  const LoaderOptions& options;
  const Augment augment;
  const std::shared_ptr<Allocator> allocator;

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
    buffer = random_crop(set.original(i), options.augment.crop, set.height, set.width, random);
  } else if (set.in_memory()) {
    return set.image(i);
  } else {
    buffer = set.view(i);
  }
  return buffer.pixels.data();
}

Batch Loader::State::make(const Job& job) const {
  const int64_t begin = job.number * options.batch;
  const int64_t count = loader.size_of_batch(job.number);
  Batch batch;
  batch.number = job.number;
  batch.indices.assign(job.order->begin() + begin, job.order->begin() + begin + count);
  batch.images = empty({count, 3, set.height, set.width}, DType::f32);
  batch.labels = empty({count}, DType::i64);
  float* out = batch.images.data<float>();
  int64_t* labels = batch.labels.data<int64_t>();
  Image buffer;
  for (const int64_t i : batch.indices) {
    const int32_t label = set.labels[static_cast<size_t>(i)];
    if (label < 0 || label >= set.classes)
      fail("'{}': image {} has label {}; expected 0 to {}", set.name, i, label, set.classes - 1);
    *labels++ = label;
    augment.apply(pixels_of(i, job.epoch, buffer),
                  {options.seed, job.epoch, static_cast<uint32_t>(i), RandomUse::augment, 0}, out);
    out += set.image_bytes();
  }
  if (set.multi_label()) {
    batch.targets = empty({count, set.classes}, DType::f32);
    float* target = batch.targets.data<float>();
    for (const int64_t i : batch.indices) {
      const auto row = set.tags.begin() + i * set.classes;
      target = std::copy(row, row + set.classes, target);
    }
  }
  if (options.mix.on()) {
    batch.targets = empty({count, set.classes}, DType::f32);
    mix_batch(batch.images, batch.labels, batch.targets, options.mix,
              {options.seed, job.epoch, static_cast<uint32_t>(job.number), RandomUse::mix, 0});
  }
  return batch;
}

void Loader::State::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] {
      return stopping || (next_job.number < loader.batches() &&
                          next_job.number < next_taken + options.prefetch);
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

Loader::Loader(std::shared_ptr<const ImageSet> images, const LoaderOptions& options)
    : BatchSource(std::move(images), options), state_(std::make_unique<State>(*this)) {}

Loader::~Loader() = default;

void Loader::begin(uint32_t epoch, int64_t first_batch, std::vector<int64_t> order) {
  State& s = *state_;
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
  if (s.next_taken == batches()) return std::nullopt;
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

}  // namespace lienet
