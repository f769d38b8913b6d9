#include "tools/reproduce/execute.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <numeric>
#include <thread>

#include "engine/check.h"
#include "engine/file.h"
#include "tools/lienet/commands.h"
#include "tools/training/measure.h"
#include "tools/training/readable.h"

extern char** environ;

namespace lienet::reproduce {
namespace {

namespace fs = std::filesystem;

// A process of this program.
class Child {
 public:
  // `out`: where its standard output goes; empty: where this one's goes.
  Child(const std::vector<std::string>& words, const fs::path& out) {
    std::vector<std::string> all{"lienet"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : all) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (!out.empty())
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int error = posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) fail("lienet {}: cannot be started: {}", words.front(), std::strerror(error));
  }

  // The exit code once it has ended, minus the signal that ended it; asks it to stop where `stop`
  // says so.
  int wait(const std::function<bool()>& stop) {
    bool asked = false;
    for (int status = 0;;) {
      const pid_t ended = waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
      if (ended < 0 && errno != EINTR)
        fail("process {}: how it ended is not known: {}", pid_, std::strerror(errno));
      if (!asked && stop()) {
        kill(pid_, SIGTERM);
        asked = true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

 private:
  pid_t pid_ = -1;
};

// Seconds of a pass, of trainings and of analyses: what is expected counts as much as a tenth of
// the plan would, measured.
class Pace {
 public:
  Pace(double expected, double planned)
      : sums_{{planned / 10, expected * planned / 10}, {planned / 10, expected * planned / 10}} {}
  void add(const Step& step, double passes, double seconds) {
    Sum& sum = sums_[step.training];
    sum.passes += passes;
    sum.seconds += seconds;
  }
  double seconds(const Step& step, double passes) const {
    const Sum& sum = sums_[step.training];
    return sum.passes > 0 ? passes * sum.seconds / sum.passes : 0;
  }

 private:
  struct Sum {
    double passes, seconds;
  };
  Sum sums_[2];
};

// False: stopped.
bool run(const Step& step, const ExecuteHooks& hooks) {
  make_folder(step.folder);
  Child child(command_of(step), step.training ? fs::path() : step.folder / "output.txt");
  const int code = child.wait(hooks.stop);
  if (code == commands::interrupted || (code != 0 && hooks.stop())) return false;
  if (code != 0)
    fail("{} failed{}; the command was: {}", step.title,
         code < 0 ? fmt::format(" (signal {})", -code) : "", shell_line(command_of(step)));
  mark_done(step);
  return true;
}

}  // namespace

std::vector<std::string> command_of(const Step& step) {
  if (!step.training) return step.words;
  std::error_code error;
  if (fs::exists(step.folder / "config.json", error))
    return {"train", "--resume=" + step.folder.string()};
  std::vector<std::string> words = step.words;
  words.push_back("--out=" + step.folder.string());
  return words;
}

bool execute(const Plan& plan, double pass, const ExecuteHooks& hooks) {
  const std::vector<Step>& steps = plan.steps();
  std::vector<double> left;
  for (const Step& step : steps) left.push_back(passes_left(step));
  Pace pace(pass, std::accumulate(left.begin(), left.end(), 0.0));
  for (size_t i = 0; i < steps.size(); ++i) {
    if (is_done(steps[i])) continue;
    if (hooks.stop()) return false;
    double seconds = 0;
    for (size_t k = i; k < steps.size(); ++k) seconds += pace.seconds(steps[k], left[k]);
    hooks.say(fmt::format("[{}/{}] {} ({} left)", i + 1, steps.size(), steps[i].title,
                          duration(seconds)));
    const double begin = steady_seconds();
    if (!run(steps[i], hooks)) return false;
    pace.add(steps[i], left[i], steady_seconds() - begin);
    left[i] = 0;
  }
  return true;
}

}  // namespace lienet::reproduce
