// The table. A command is a file of this folder that defines one function, and a line in each of
// the two lists below.
#include "combiner/commands/command.h"

namespace combiner {

Command emit_command();
Command run_command();
Command list_command();
Command check_command();
Command diff_command();
Command imports_command();
Command explain_command();
Command graph_command();
Command help_command();

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      emit_command(),    run_command(),     list_command(),  check_command(), diff_command(),
      imports_command(), explain_command(), graph_command(), help_command(),
  };
  return table;
}

}  // namespace combiner
