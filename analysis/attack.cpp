#include "analysis/attack.h"

#include <algorithm>
#include <cmath>

#include "analysis/on_host.h"
#include "engine/random.h"
#include "engine/scheduler.h"
#include "layers/logits.h"
#include "layers/softmax_cross_entropy.h"

namespace lienet {
namespace {

int sign(double v) {
  return (v > 0) - (v < 0);
}

// Images under attack, as many at a time as a batch has: one that is done makes room for the next.
class Pgd {
 public:
  Pgd(Context& ctx, const Tensor& pixels, const Tensor& start, const Tensor& labels,
      const PgdOptions& options)
      : ctx_(ctx),
        options_(options),
        step_(options.step > 0 ? options.step : 2.5 * options.epsilon / options.steps),
        pixels_(plain_on_host(ctx, pixels)),
        moved_(plain_on_host(ctx, start)),
        labels_(to_host(ctx, labels)),
        fooled_(static_cast<size_t>(pixels.dim(0))) {}

  // Fills the batch; false: all images are done.
  bool next_batch() {
    const int64_t N = pixels_.dim(0);
    for (; std::ssize(active_) < options_.batch && next_ < N; ++next_) active_.push_back({next_});
    if (active_.empty()) return false;
    const auto count = std::ssize(active_);
    const int64_t size = moved_.size() / N;
    batch_ = ctx_.empty_on_host({count, 3, moved_.dim(2), moved_.dim(3)}, moved_.dtype());
    batch_labels_ = ctx_.empty_on_host({count}, DType::i64);
    for_floating(moved_.dtype(), [&]<class T>(T) {
      for (int64_t i = 0; i < count; ++i) {
        const int64_t image = active_[static_cast<size_t>(i)].image;
        std::copy_n(moved_.data<T>() + image * size, size, batch_.data<T>() + i * size);
        batch_labels_.data<int64_t>()[i] = labels_.data<int64_t>()[image];
      }
    });
    return true;
  }
  const Tensor& batch() const { return batch_; }
  const Tensor& labels() const { return batch_labels_; }

  // Moves the batch's images along their gradients; those that are done leave.
  void move(const LossGradient& pass) {
    const std::vector<uint8_t> right = classified_right(ctx_, pass.logits, batch_labels_);
    const Tensor slopes = plain_on_host(ctx_, pass.gradient);
    const int64_t size = moved_.size() / moved_.dim(0);
    std::vector<Active> stay;
    for (size_t i = 0; i < active_.size(); ++i) {
      Active a = active_[i];
      fooled_[static_cast<size_t>(a.image)] = !right[i];
      if (!right[i] || a.steps == options_.steps || options_.epsilon == 0) continue;
      for_floating(moved_.dtype(), [&]<class T>(T) {
        move_image(slopes.data<T>() + static_cast<int64_t>(i) * size, a.image * size, size);
      });
      ++a.steps;
      stay.push_back(a);
    }
    active_ = std::move(stay);
  }

  PgdImages result() { return {moved_, std::move(fooled_), slopes_, zeros_}; }

 private:
  struct Active {
    int64_t image;
    int steps = 0;  // so far
  };

  template <class T>
  void move_image(const T* slope, int64_t begin, int64_t size) {
    const T* x = pixels_.data<T>() + begin;
    T* moved = moved_.data<T>() + begin;
    for (int64_t i = 0; i < size; ++i) {
      const double near =
          std::clamp(double(moved[i]) + step_ * sign(double(slope[i])),
                     double(x[i]) - options_.epsilon, double(x[i]) + options_.epsilon);
      moved[i] = static_cast<T>(std::clamp(near, 0.0, 1.0));
      zeros_ += slope[i] == 0;
    }
    slopes_ += size;
  }

  Context& ctx_;
  const PgdOptions& options_;
  double step_;
  Tensor pixels_, moved_, labels_;
  std::vector<uint8_t> fooled_;
  std::vector<Active> active_;
  int64_t next_ = 0;  // image
  Tensor batch_, batch_labels_;
  int64_t slopes_ = 0, zeros_ = 0;
};

void check_epsilon(const char* attack, double epsilon) {
  if (!(epsilon >= 0)) fail("{}: epsilon {}; expected 0 or more", attack, epsilon);
}

}  // namespace

LossGradient loss_gradient(Context& ctx, Layer& network, const Tensor& pixels, const Tensor& labels,
                           const ChannelStats& stats, bool inhibit) {
  Tensor dx;
  Tape tape(ctx, {.record = true, .inhibit = inhibit, .parameters = false});
  const Value x = tape.leaf(to_device(ctx, normalise(ctx, pixels, stats)), &dx);
  const Value logits = network(tape, x);
  backward(tape, softmax_cross_entropy(tape, logits, to_device(ctx, labels)));
  return {logits.tensor(), gradient_by_pixels(ctx, dx, stats)};
}

Tensor fgsm(Context& ctx, const Tensor& pixels, const Tensor& gradient, double epsilon) {
  check_epsilon("FGSM", epsilon);
  if (pixels.shape() != gradient.shape())
    fail("FGSM: pixels {} and their gradient {}", pixels.str(), gradient.str());
  const Tensor x = plain_on_host(ctx, pixels), g = plain_on_host(ctx, gradient);
  Tensor moved = ctx.empty_on_host(x.shape(), x.dtype());
  for_floating(x.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < x.size(); ++i)
      moved.data<T>()[i] = static_cast<T>(
          std::clamp(double(x.data<T>()[i]) + epsilon * sign(double(g.data<T>()[i])), 0.0, 1.0));
  });
  return moved;
}

PgdImages pgd(Context& ctx, Layer& network, const Tensor& pixels, const Tensor& start,
              const Tensor& labels, const ChannelStats& stats, const PgdOptions& o) {
  check_epsilon("PGD", o.epsilon);
  if (o.steps < 1 || !(o.step >= 0) || o.batch < 1)
    fail("PGD: {} steps of {}, {} images at a time; expected 1 or more, 0 or more, 1 or more",
         o.steps, o.step, o.batch);
  if (pixels.shape() != start.shape() || labels.size() != pixels.dim(0))
    fail("PGD: pixels {}, start {}, labels {}", pixels.str(), start.str(), labels.str());
  Pgd images(ctx, pixels, start, labels, o);
  while (images.next_batch())
    images.move(loss_gradient(ctx, network, images.batch(), images.labels(), stats, o.inhibit));
  return images.result();
}

Tensor random_start(Context& ctx, const Tensor& pixels, double epsilon, uint64_t seed,
                    std::span<const int64_t> numbers) {
  check_epsilon("random start", epsilon);
  if (std::ssize(numbers) != pixels.dim(0))
    fail("random start: {} numbers for pixels {}", numbers.size(), pixels.str());
  Tensor start = plain_on_host(ctx, pixels);
  const int64_t size = start.size() / std::max<int64_t>(start.dim(0), 1);
  for_floating(start.dtype(), [&]<class T>(T) {
    for (size_t n = 0; n < numbers.size(); ++n) {
      Random random(
          {.seed = seed, .sample = static_cast<uint32_t>(numbers[n]), .use = RandomUse::augment});
      T* x = start.data<T>() + static_cast<int64_t>(n) * size;
      for (int64_t i = 0; i < size; ++i)
        x[i] =
            static_cast<T>(std::clamp(double(x[i]) + random.uniform(-epsilon, epsilon), 0.0, 1.0));
    }
  });
  return start;
}

int64_t count_zeros(Context& ctx, const Tensor& gradient) {
  const Tensor g = plain_on_host(ctx, gradient);
  int64_t zeros = 0;
  for_floating(g.dtype(),
               [&]<class T>(T) { zeros = std::count(g.data<T>(), g.data<T>() + g.size(), T(0)); });
  return zeros;
}

std::vector<uint8_t> classified_right(Context& ctx, const Tensor& logits, const Tensor& labels) {
  const Tensor z = on_host(ctx, logits), label = to_host(ctx, labels);
  std::vector<uint8_t> right;
  for_floating(z.dtype(), [&]<class T>(T) {
    for (int64_t n = 0; n < z.dim(0); ++n)
      right.push_back(in_top(1, z.data<T>() + n * z.dim(1), z.dim(1), label.data<int64_t>()[n]));
  });
  return right;
}

}  // namespace lienet
