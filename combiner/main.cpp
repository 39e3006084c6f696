// The command: words → Invocation → one command of the table. Commands, and what they share, are in
// commands/.
#include <algorithm>
#include <string>
#include <vector>

#include "combiner/commands/command.h"
#include "combiner/commands/help.h"
#include "combiner/commands/options.h"
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

}  // namespace
}  // namespace combiner

int main(int argc, char** argv) {
  return combiner::main_of(std::vector<std::string>(argv + 1, argv + argc));
}
