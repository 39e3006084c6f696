// combine test --ranks SERVICE -- ARGUMENTS: a service on 1 to 4 ranks, held to its rules.
#pragma once

#include "combiner/commands/command.h"

namespace combiner {

/// Returns the exit code: 0 if every rule holds, 1 if one does not or the service has an error, 2
/// if it has none.
int test_ranks(const Invocation& invocation);

}  // namespace combiner
