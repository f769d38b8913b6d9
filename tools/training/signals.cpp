#include "tools/training/signals.h"

#include <signal.h>
#include <unistd.h>

namespace lienet {
namespace {

volatile sig_atomic_t interrupted = 0;

extern "C" void on_interrupt(int) {
  if (interrupted) _exit(130);
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
