// Folders → a moment at which something in them may have changed.
#pragma once

#include <set>
#include <string>

namespace combiner {

/// Linux's inotify, or else a look every now and then, which also works where files are changed
/// from another machine. It only says when to look: who waits compares the files himself.
class SourceWatcher {
 public:
  explicit SourceWatcher(bool polls);
  ~SourceWatcher();
  SourceWatcher(const SourceWatcher&) = delete;
  SourceWatcher& operator=(const SourceWatcher&) = delete;

  /// Folders, not files: an editor that saves by renaming puts a new file in the place of the old.
  void watch(const std::set<std::string>& folders);

  /// Returns behind the last of several changes that come at once, and now and then without any.
  void wait() const;

 private:
  int descriptor_ = -1;  // of inotify; below 0, looks
};

}  // namespace combiner
