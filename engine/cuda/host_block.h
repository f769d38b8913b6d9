// Runs block programs on the host: slow, sequential, and strict. For tests.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "engine/check.h"
#include "engine/cuda/block.h"

namespace lienet::cuda {

template <class T>
class HostHeld;

// A block or a group, all of whose threads are played by one. Sums are made in the order in which
// the device makes them: each thread's own, then pairs of threads at distances 16, 8, 4, 2, 1, then
// the groups of 32.
class HostThreads {
 public:
  HostThreads(int threads, bool backwards) : threads_(threads), backwards_(backwards) {}
  int size() const { return threads_; }

  template <class F>
  void each(int64_t n, F f) {
    for (int64_t i = 0; i < n; ++i) f(static_cast<int>(backwards_ ? n - 1 - i : i));
  }
  template <int burst, class Load, class F>
  void stream(int64_t n, Load load, F f) {
    each(n, [&](int i) { f(i, load(i)); });
  }
  template <class F>
  auto sum(int64_t n, F f) {
    using T = decltype(f(0));
    return combine(n, T{}, f, Plus{});
  }
  template <class F>
  int count(int64_t n, F f) {
    return sum(n, [&](int i) { return f(i) ? 1 : 0; });
  }
  template <class T, class F>
  T largest(int64_t n, T start, F f) {
    return combine(n, start, f, Greater{});
  }
  template <class T, class F>
  T smallest(int64_t n, T start, F f) {
    return combine(n, start, f, Lesser{});
  }
  template <int most, class T, class F>
  HostHeld<T> hold(int64_t n, T beyond, F f) {
    LIENET_CHECK(n <= int64_t{most} * threads_, "{} values for {} threads", n, threads_);
    // The last round of the device's threads is not full.
    std::vector<T> values(static_cast<size_t>(divided_up(n, threads_) * threads_), beyond);
    for (int64_t i = 0; i < n; ++i) values[static_cast<size_t>(i)] = f(static_cast<int>(i));
    return {*this, std::move(values)};
  }

 protected:
  bool backwards() const { return backwards_; }

 private:
  template <class T, class F, class Op>
  T combine(int64_t n, T start, F f, Op op) {
    std::vector<T> part(static_cast<size_t>(threads_), start);
    for (int64_t i = 0; i < n; ++i) {
      T& p = part[static_cast<size_t>(i % threads_)];
      p = op(p, f(static_cast<int>(i)));
    }
    T all = start;
    for (int first = 0; first < threads_; first += 32) {
      T* lane = part.data() + first;
      for (int distance = 16; distance > 0; distance /= 2)
        for (int l = 0; l < distance; ++l) lane[l] = op(lane[l], lane[l + distance]);
      all = op(all, lane[0]);
    }
    return all;
  }

  int threads_;
  bool backwards_;
};

template <class T>
class HostHeld {
 public:
  HostHeld(HostThreads& threads, std::vector<T> values)
      : threads_(threads), values_(std::move(values)) {}
  template <class F>
  int count(F f) {
    return threads_.count(std::ssize(values_), [&](int i) { return f(at(i)); });
  }
  template <class F>
  T largest(T start, F f) {
    return threads_.largest(std::ssize(values_), start, [&](int i) { return f(at(i)); });
  }
  template <class F>
  T smallest(T start, F f) {
    return threads_.smallest(std::ssize(values_), start, [&](int i) { return f(at(i)); });
  }

 private:
  T at(int i) const { return values_[static_cast<size_t>(i)]; }

  HostThreads& threads_;
  std::vector<T> values_;
};

class HostBlock : public HostThreads {
 public:
  HostBlock(int threads, int64_t index, int64_t blocks, Carve shared, bool backwards)
      : HostThreads(threads, backwards), index_(index), blocks_(blocks), shared_(shared) {}
  int64_t index() const { return index_; }
  int64_t blocks() const { return blocks_; }
  Carve& shared() { return shared_; }

  void add(int64_t* sum, int64_t v) {
    each(1, [&](int) { *sum += v; });
  }
  template <class F>
  void groups(int64_t n, F f) {
    each(n, [&](int i) {
      HostThreads group(32, backwards());
      f(group, i);
    });
  }

 private:
  int64_t index_, blocks_;
  Carve shared_;
};

// Shared memory is full of NaN at each block's begin. `backwards` takes blocks and phases from
// their ends: a program whose phases are what they should be gives the same bits.
template <class Program>
void run_on_host(int64_t blocks, const Program& program, bool backwards = false) {
  static_assert(Program::threads % 32 == 0 && Program::threads <= 1024);
  struct alignas(16) Words {
    std::array<unsigned char, 16> bytes;
  };
  std::vector<Words> memory(shared_bytes(program) / sizeof(Words));
  for (int64_t i = 0; i < blocks; ++i) {
    for (Words& w : memory) w.bytes.fill(0xff);
    HostBlock block(Program::threads, backwards ? blocks - 1 - i : i, blocks,
                    Carve(memory.data(), memory.size() * sizeof(Words)), backwards);
    program(block);
  }
}

}  // namespace lienet::cuda
