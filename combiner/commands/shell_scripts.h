// The table of commands → scripts by which shells complete the command line.
#pragma once

#include <string>

#include "combiner/commands/command.h"

namespace combiner {

std::string bash_script();
std::string zsh_script();
std::string fish_script();

}  // namespace combiner
