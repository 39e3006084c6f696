// Request → Outcome, and what is said on standard error meanwhile: progress, diagnostics, times.
// What the commands that combine have in common.
#pragma once

#include "combiner/combine.h"
#include "combiner/commands/command.h"

namespace combiner {

/// request_options, --time, and whatever else is common to the commands that combine.
std::vector<Option> combine_options_and(std::vector<Option> more);

/// Runs the stages up to `dump`, or all of them, and says what there is to say. `output` is the
/// name of the emitted file. There is an emission, or a dump, unless there are errors.
Outcome combine_service(const Invocation& invocation, const Request& request,
                        const std::string& output, const std::string& dump = "");

/// An emission that does not parse is our bug: it is kept, and how to see it again is said.
void report_bug(const std::string& text, const std::string& command);

/// Diagnostics on standard error; coloured if that is a terminal.
void say(const Diagnostics& diagnostics, const SourceTree& sources);

/// "single-gpu.cu": what a file of this request is called by default.
std::string default_name(const Request& request);

/// Where `-o` says; else generated/<service>/<default_name> below the project's folder.
std::string output_path(const Invocation& invocation, const Request& request,
                        const Outcome& outcome);

/// Writes the emission, and its map beside it; says so and returns false when it cannot.
bool write_emission(const std::string& output, const Emission& emission);

/// The name of the file that `-o` gives, or the default one, also for `-`. It stands in the banner,
/// so that it must be known before the service is.
std::string output_name(const Invocation& invocation, const Request& request);

/// -o, as every command has it that knows an output.
Option output_option();

}  // namespace combiner
