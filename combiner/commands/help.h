// The table of commands → the text of --help.
#pragma once

#include <string>

#include "combiner/commands/command.h"

namespace combiner {

/// "combine run [options] SERVICE -- ARGUMENTS..."
std::string usage_of(const Command& command);

/// "--device=DEVICE", "-o FILE", "--with SLOT=ARTIFACT"
std::string spelled(const Option& option);

/// What `combine --help` prints: every command, and the options of the first.
std::string help_of_all();

/// What `combine COMMAND --help` prints.
std::string help_of(const Command& command);

}  // namespace combiner
