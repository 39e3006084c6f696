// combine completion SHELL: the script by which a shell completes the command line.
#include "combiner/commands/shell_scripts.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

int completion(const Invocation& invocation) {
  const std::string& shell = invocation.operands.front();
  llvm::outs() << (shell == "bash" ? bash_script() : shell == "zsh" ? zsh_script() : fish_script());
  return 0;
}

}  // namespace

Command completion_command() {
  Command out;
  out.name = "completion";
  out.summary = "a script by which a shell completes commands, options and their values";
  out.operands = {{"SHELL", "which shell? bash, zsh or fish", {"bash", "zsh", "fish"}}};
  out.help =
      "It is installed with the command. Where it is not: the examples. What can fill a slot is "
      "asked "
      "of the service on the line.";
  out.examples = {
      {"source <(combine completion bash)", "in ~/.bashrc"},
      {"combine completion zsh > ~/.zfunc/_combine",
       "with ~/.zfunc in fpath, in front of compinit"},
      {"combine completion fish > ~/.config/fish/completions/combine.fish", "for fish"},
  };
  out.run = completion;
  return out;
}

}  // namespace combiner
