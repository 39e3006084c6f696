// The same by hand where there is but one process: a lock and a call.
#include <mutex>

#include "timing.h"

struct Echo {
  std::mutex mutex;
  [[gnu::noinline]] Words say(const Words& words) {
    const std::lock_guard lock(mutex);
    return words;
  }
};

int main() {
  Echo echo;
  time_calls([&, words = Words()] { echo.say(words); });
}
