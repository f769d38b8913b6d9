// SIGINT and SIGTERM as a question that a loop asks.
#pragma once

namespace lienet {

// While it lives, the first of these signals only makes requested() true, and one that comes more
// than half a second later ends the process at once with code 130. One at a time in a process.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool requested() const;
};

}  // namespace lienet
