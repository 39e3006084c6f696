#include "combiner/run_apart.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "llvm/Support/MathExtras.h"

namespace combiner {
namespace {

// Both processes see it; what it points to is at one address in both.
const char** shared_stage = nullptr;

// How users and shells end a program; its work ends in the same way.
constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

bool was_sent(int signal) {
  for (int ending : kEnding)
    if (signal == ending) return true;
  return signal == SIGPIPE;  // nobody reads any longer
}

/// Waits for `child`, and passes on what is sent to this process alone. Returns waitpid's status.
int wait_for(pid_t child, const sigset_t& awaited) {
  for (int status = 0;;) {
    siginfo_t info;
    const int signal = sigwaitinfo(&awaited, &info);
    // What the terminal sends, it sends to both.
    if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL) kill(child, signal);
    if (waitpid(child, &status, WNOHANG) == child) return status;
  }
}

/// Clang reads nested code by recursion, 2048 brackets deep; its own command does the same.
void deepen_stacks() {
  constexpr rlim_t kStackBytes = 100 << 20;  // reserved, and used only as far as it is needed
  rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return;
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < kStackBytes) {
    limit.rlim_cur = std::min(kStackBytes, limit.rlim_max);
    setrlimit(RLIMIT_STACK, &limit);
  }
  pthread_attr_t threads;
  pthread_attr_init(&threads);
  pthread_attr_setstacksize(&threads, kStackBytes);
  pthread_setattr_default_np(&threads);
  pthread_attr_destroy(&threads);
}

/// Clang fills some hundred megabytes in small pieces: large pages spare it a tenth of its time.
void reserve_heap() {
#ifdef __GLIBC__
  constexpr size_t kHeapBytes = 512 << 20;  // reserved, and used only as far as it is needed
  constexpr size_t kMapped = 32 << 20;      // what is larger than this stands alone
  mallopt(M_MMAP_THRESHOLD, kMapped);
  mallopt(M_TRIM_THRESHOLD, 2 * kHeapBytes - 1);
  mallopt(M_TOP_PAD, kHeapBytes);
  const auto begin = llvm::alignTo(reinterpret_cast<uintptr_t>(sbrk(0)), 4096);
  void* volatile reserves = std::malloc(kMapped / 2);  // seen by the compiler, it would not be
  std::free(reserves);
  const auto end = reinterpret_cast<uintptr_t>(sbrk(0));
  if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

[[noreturn]] void end_by(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  raise(signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  std::exit(128 + signal);  // where it is ignored
}

}  // namespace

void note_stage(const char* stage) {
  if (shared_stage) *shared_stage = stage;
}

int run_apart(const std::function<int()>& work,
              const std::function<int(const char* stage, int signal)>& crashed) {
  if (!shared_stage) {
    void* page = mmap(nullptr, sizeof(const char*), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return work();
    shared_stage = static_cast<const char**>(page);
  }
  *shared_stage = "";

  sigset_t awaited, before;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  for (int signal : kEnding) sigaddset(&awaited, signal);
  pthread_sigmask(SIG_BLOCK, &awaited, &before);
  ::signal(SIGCHLD, SIG_DFL);  // who ignores it is told of no end
  const pid_t parent = getpid(), child = fork();
  if (child <= 0) pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) return work();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody would read what it finds
    if (getppid() != parent) std::exit(1);
    deepen_stacks();
    reserve_heap();
    std::exit(work());
  }
  const int status = wait_for(child, awaited);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  if (was_sent(signal)) end_by(signal);
  return crashed(*shared_stage, signal);
}

}  // namespace combiner
