// The program as its users run it.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <vector>

#include "temporary_directory.h"

namespace lienet::test {

// The program, running. Its output goes to files in `dir`; data sets are kept there, too.
class Program {
 public:
  Program(const TemporaryDirectory& dir, const std::string& arguments) : dir_(dir) {
    std::istringstream in(arguments);
    std::vector<std::string> words{LIENET_BINARY_DIR "/bin/lienet"};
    for (std::string word; in >> word;) words.push_back(word);
    std::vector<char*> argv;
    for (std::string& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    const std::string out = (dir / "out").string(), err = (dir / "err").string();
    const std::string data = dir.path().string();
    pid_ = fork();
    if (pid_ != 0) return;
    const int to_out = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int to_err = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (dup2(to_out, STDOUT_FILENO) < 0 || dup2(to_err, STDERR_FILENO) < 0) _exit(99);
    setenv("LIENET_DATA", data.c_str(), 1);
    execv(argv[0], argv.data());
    _exit(99);
  }

  void send(int signal) const { kill(pid_, signal); }
  // The exit code; minus the signal that ended it.
  int wait() const {
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  std::string out() const { return get(dir_ / "out"); }
  std::string err() const { return get(dir_ / "err"); }

 private:
  const TemporaryDirectory& dir_;
  pid_t pid_ = -1;
};

struct Ended {
  int code;
  std::string out, err;
};

inline Ended run(const TemporaryDirectory& dir, const std::string& arguments) {
  const Program program(dir, arguments);
  const int code = program.wait();
  return {code, program.out(), program.err()};
}

// One line on stderr, nothing on stdout, and this exit code.
inline void check_refused(const std::string& arguments, int code, const std::string& line) {
  CAPTURE(arguments);
  const TemporaryDirectory dir;
  const Ended e = run(dir, arguments);
  CHECK(e.code == code);
  CHECK(e.out.empty());
  CHECK(e.err == "lienet: " + line + "\n");
}

}  // namespace lienet::test
