#include "combiner/commands/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

extern char** environ;

namespace combiner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostOutput = 1 << 20;
constexpr double kPatience = 5;  // a busy machine is no endless loop: seconds of a clock for each

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

/// What is set anew stands in front: the first of two is what getenv finds.
std::vector<std::string> with_own(std::vector<std::string> environment) {
  for (char** variable = environ; *variable; ++variable) environment.push_back(*variable);
  return environment;
}

/// Reads until nobody writes any longer, or until the time is over; then false.
bool collect(int descriptor, Clock::time_point start, double limit, std::string& out) {
  char block[1 << 14];
  for (;;) {
    const double left = limit - seconds_since(start);
    if (left <= 0) return false;
    pollfd waited = {descriptor, POLLIN, 0};
    if (poll(&waited, 1, static_cast<int>(left * 1000) + 1) <= 0) continue;
    const ssize_t size = read(descriptor, block, sizeof block);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return true;
    out.append(block, size);
    if (out.size() > 2 * kMostOutput) out.erase(0, out.size() - kMostOutput);
  }
}

/// Of the child, between fork and exec: nothing here takes memory or a lock.
[[noreturn]] void become(char* const* words, char* const* environment, int output, pid_t parent,
                         double limit) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto seconds = static_cast<rlim_t>(limit) + 1;
  const rlimit processor = {seconds, seconds + 1};
  setrlimit(RLIMIT_CPU, &processor);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(output, 1);
  dup2(output, 2);
  if (const int nothing = open("/dev/null", O_RDONLY); nothing >= 0) dup2(nothing, 0);
  execve(words[0], words, environment);
  _exit(127);
}

}  // namespace

Ended run_to_its_end(const std::vector<std::string>& words,
                     const std::vector<std::string>& environment, double limit) {
  Ended out;
  const auto start = Clock::now();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {127, 0, false, std::strerror(errno)};
  const std::vector<std::string> variables = with_own(environment);
  const std::vector<char*> arguments = pointers_to(words), all = pointers_to(variables);
  const pid_t parent = getpid(), child = fork();
  if (child == 0) become(arguments.data(), all.data(), ends[1], parent, limit);
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return {127, 0, false, std::strerror(errno)};
  }
  out.timed_out = !collect(ends[0], start, kPatience * limit, out.output);
  if (out.timed_out) kill(child, SIGKILL);
  close(ends[0]);
  int status = 0;
  rusage used = {};
  while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  out.processor_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  if (WIFSIGNALED(status))
    out.signal = WTERMSIG(status);
  else
    out.status = WEXITSTATUS(status);
  out.timed_out = out.timed_out || out.signal == SIGXCPU;
  out.seconds = seconds_since(start);
  return out;
}

}  // namespace combiner
