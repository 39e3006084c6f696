// Work → its exit status, in a process of its own: a crash in it, Clang's or ours, is told as an
// error, and not left to the shell.
#pragma once

#include <functional>

namespace combiner {

/// Says which stage begins, for whoever tells of a crash in it. `stage` is a literal.
void note_stage(const char* stage);

/// Runs `work` and returns its exit status. When a signal ends it that the user did not send,
/// returns what `crashed` does with it and the last stage that was noted ("" for none).
int run_apart(const std::function<int()>& work,
              const std::function<int(const char* stage, int signal)>& crashed);

}  // namespace combiner
