#include "tools/training/measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "engine/cuda/device.h"

namespace lienet {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double peak_mib(Device device) {
  if (device == Device::cuda) return static_cast<double>(cuda::memory_in_use()) / (1 << 20);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace lienet
