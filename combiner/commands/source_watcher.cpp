#include "combiner/commands/source_watcher.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace combiner {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLook(300);  // between two looks without inotify
constexpr milliseconds kQuiet(50);  // without an event: the last of several was seen
constexpr milliseconds kAtMost(
    2000);  // what inotify missed, e.g. a new folder, is seen all the same

/// Whether there was an event before the time is over; takes the events.
bool event_within(int descriptor, milliseconds time) {
  pollfd events = {descriptor, POLLIN, 0};
  if (poll(&events, 1, static_cast<int>(time.count())) <= 0) return false;
  char buffer[4096];
  return read(descriptor, buffer, sizeof buffer) > 0;
}

}  // namespace

SourceWatcher::SourceWatcher(bool polls)
    : descriptor_(polls ? -1 : inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

SourceWatcher::~SourceWatcher() {
  if (descriptor_ >= 0) close(descriptor_);
}

void SourceWatcher::watch(const std::set<std::string>& folders) {
  constexpr unsigned kChanges =
      IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;
  for (const std::string& folder : folders) {
    if (descriptor_ < 0 || inotify_add_watch(descriptor_, folder.c_str(), kChanges) >= 0) continue;
    // No folder, or no more watches to be had: looking does the same, only later.
    close(descriptor_);
    descriptor_ = -1;
  }
}

void SourceWatcher::wait() const {
  if (descriptor_ < 0)
    std::this_thread::sleep_for(kLook);
  else if (event_within(descriptor_, kAtMost))
    while (event_within(descriptor_, kQuiet)) {
    }
}

}  // namespace combiner
