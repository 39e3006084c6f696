// combine man: the reference of all commands.
#include "combiner/commands/command.h"
#include "combiner/commands/reference.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

int man(const Invocation& invocation) {
  const bool markdown = invocation.value("--format") == "markdown";
  llvm::outs() << (markdown ? markdown_reference() : man_page());
  return 0;
}

}  // namespace

Command man_command() {
  Command out;
  out.name = "man";
  out.summary = "the manual: every command, with its options and examples";
  out.help = "What is installed as combine(1).";
  out.options = {{"--format", "FORMAT", "roff (default) or markdown", {"roff", "markdown"}}};
  out.examples = {{"combine man | man -l -", "read it where it is not installed"}};
  out.run = man;
  return out;
}

}  // namespace combiner
