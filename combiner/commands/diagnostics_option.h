// --diagnostics: how a command says what is wrong, as text or for programs.
#pragma once

#include "combiner/commands/command.h"
#include "combiner/values.h"

namespace combiner {

/// --diagnostics=json[:FILE]
Option diagnostics_option();

/// Diagnostics on standard error, coloured if that is a terminal; with --diagnostics=json:FILE also
/// as SARIF in the file; with --diagnostics=json only as SARIF, on standard output.
void say(const Invocation& invocation, const Diagnostics& diagnostics, const SourceTree& sources);

/// Does SARIF go to standard output, so that nothing else may?
bool says_json_on_stdout(const Invocation& invocation);

/// A usage error when SARIF is to go where the command itself prints.
void leave_stdout_free(const Invocation& invocation, const std::string& what);

}  // namespace combiner
