#include "tools/training/signals.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

namespace lienet {
namespace {

volatile sig_atomic_t interrupted = 0;
volatile int64_t first = 0;  // when, in milliseconds

// Signals that come at once are one wish: a terminal and a parent process may both pass it on.
extern "C" void on_interrupt(int) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t milliseconds = 1000 * int64_t{now.tv_sec} + now.tv_nsec / 1000000;
  if (!interrupted) first = milliseconds;
  if (milliseconds - first > 500) _exit(130);
  interrupted = 1;
}

void handle_by(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupted = 0;
  handle_by(on_interrupt);
}

InterruptGuard::~InterruptGuard() {
  handle_by(SIG_DFL);
}

bool InterruptGuard::requested() const {
  return interrupted != 0;
}

}  // namespace lienet
