// The table. A command is a file of this folder that defines one function, and a line in each of
// the two lists below.
#include "combiner/commands/command.h"

namespace combiner {

Command emit_command();
Command run_command();
Command flatten_command();
Command list_command();
Command check_command();
Command diff_command();
Command watch_command();
Command imports_command();
Command explain_command();
Command graph_command();
Command new_command();
Command test_command();
Command completion_command();
Command man_command();
Command help_command();
Command mutate_command();

const std::vector<Command>& commands() {
  // clang-format off: a line each
  static const std::vector<Command> table = {
      emit_command(),
      run_command(),
      list_command(),
      check_command(),
      diff_command(),
      watch_command(),
      imports_command(),
      explain_command(),
      graph_command(),
      new_command(),
      test_command(),
      flatten_command(),
      completion_command(),
      man_command(),
      help_command(),
  };
  // clang-format on
  return table;
}

const std::vector<Command>& hidden_commands() {
  static const std::vector<Command> table = {mutate_command()};
  return table;
}

}  // namespace combiner
