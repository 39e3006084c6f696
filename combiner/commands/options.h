// Words → Invocation, as the table of commands says.
#pragma once

#include <string>
#include <vector>

#include "combiner/commands/command.h"

namespace combiner {

/// Ends with exit code 2: one line on standard error, and where help is.
[[noreturn]] void usage_error(const std::string& message, const Command* command = nullptr);

/// A usage error that names the command that is nearest to `name`.
[[noreturn]] void unknown_command(const std::string& name);

/// The command of this name, or nothing.
const Command* find_command(const std::string& name);

/// Words behind `combine`, e.g. {"list", "services/decode.h"}. What the table does not allow is a
/// usage error.
Invocation parse_words(std::vector<std::string> words);

}  // namespace combiner
