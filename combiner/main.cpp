// The command: words → Invocation → one command of the table. Commands, and what they share, are in
// commands/.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <string>
#include <vector>

#include "combiner/commands/combine_service.h"
#include "combiner/commands/command.h"
#include "combiner/commands/help.h"
#include "combiner/commands/options.h"
#include "combiner/run_apart.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

int main_of(const std::vector<std::string>& words) {
  if (words.empty()) {
    llvm::errs() << help_of_all();
    return 2;
  }
  const auto behind = std::find(words.begin(), words.end(), "--");
  const auto given = [&](const char* word) {
    return std::find(words.begin(), behind, word) != behind;
  };
  if (given("--help") || given("-h")) {
    const Command* command = find_command(words.front());
    llvm::outs() << (command ? help_of(*command) : help_of_all());
    return 0;
  }
  if (given("--version")) {
    llvm::outs() << "combine " COOP_VERSION " (LLVM " COOP_LLVM_VERSION ")\n";
    return 0;
  }
  const Invocation invocation = parse_words(words);
  return invocation.command->run(invocation);
}

/// What was printed must have arrived: a full disk behind `-o - > file` is an error.
int finish(int status) {
  llvm::outs().flush();
  const std::error_code error = llvm::outs().error();
  llvm::outs().clear_error();
  if (!error) return status;
  if (error != std::errc::broken_pipe)  // who reads `| head` has seen enough
    llvm::errs() << "combine: error: cannot write to standard output: " << error.message() << "\n";
  return 1;
}

/// Clang parses in two stages; what else crashes is ours.
int report_crash(const std::string& stage, int signal) {
  if (isatty(2)) llvm::errs() << "\r\033[K";  // what progress left there
  const bool is_clang = stage == "instantiate" || stage == "reparse";
  say({diagnose(DiagnosticName::crashed, {}, is_clang ? "Clang" : "combine",
                stage.empty() ? "" : " in the stage " + stage, llvm::StringRef(strsignal(signal)))},
      {});
  return 1;
}

}  // namespace
}  // namespace combiner

int main(int argc, char** argv) {
  // Clang takes memory in small pieces and gives none back: ask the system for it seldom.
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  // A closed descriptor would be given to the first file that is opened.
  if (llvm::sys::Process::FixupStandardFileDescriptors()) return 1;
  const std::vector<std::string> words(argv + 1, argv + argc);
  return combiner::run_apart([&] { return combiner::finish(combiner::main_of(words)); },
                             combiner::report_crash);
}
