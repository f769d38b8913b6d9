// A loop on all threads that may throw.
#pragma once

#include <cstdint>
#include <exception>

namespace lienet::commands {

// f(i) for 0 .. n-1, on all threads; throws what the first one that failed threw.
template <class F>
void in_parallel(int64_t n, F f) {
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic)
  for (int64_t i = 0; i < n; ++i) {
    try {
      f(i);
    } catch (...) {
#pragma omp critical
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace lienet::commands
