#include "tools/bench/process_age.h"

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "tools/training/metrics.h"

namespace lienet {

// The kernel tells when a process began, in ticks since boot: the 22nd word of a line whose second
// word, the program's name, is in parentheses and may hold anything.
double process_age() {
  std::ifstream in("/proc/self/stat");
  const std::string line(std::istreambuf_iterator<char>(in), {});
  const size_t name_ends = line.rfind(')');
  if (name_ends == line.npos) return not_measured;
  std::istringstream words(line.substr(name_ends + 1));
  std::string word;
  for (int i = 3; i < 22; ++i) words >> word;
  double ticks = 0;
  timespec now{};
  if (!(words >> ticks) || clock_gettime(CLOCK_BOOTTIME, &now) != 0) return not_measured;
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
         ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace lienet
