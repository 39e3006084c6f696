// Invocation → Request: the options that every command about a service has.
#pragma once

#include <string>
#include <vector>

#include "combiner/commands/command.h"
#include "combiner/values.h"

namespace combiner {

/// SERVICE, the header of a service.
Operand service_operand();

/// --scale, --device, --with, --cuda-path.
std::vector<Option> request_options();

/// request_options and `more`.
std::vector<Option> request_options_and(std::vector<Option> more);

/// What was asked for; the service is the operand of that number.
Request request_of(const Invocation& invocation, size_t service = 0);

/// What no stage can mend, said before the work starts: a scale that does not exist yet, a toolkit
/// that is not there.
Diagnostics check_request(const Request& request);

/// The command line that asks for the same, e.g. for somebody who is to give it again.
std::string command_of(const Request& request);

/// Where Coop's own files are: $COOP_HOME, beside the installed command, or its source tree.
std::string find_home();

/// The CUDA toolkit's folder: the one given, $CUDA_PATH, or a usual place; empty when none has it.
std::string find_cuda(const std::string& given);

std::string absolute(const std::string& file);
std::string current_directory();

/// A path as messages show it: relative where it lies below the current directory.
std::string shown(const std::string& file);

}  // namespace combiner
