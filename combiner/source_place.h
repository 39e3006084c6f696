// FileRange → how a person finds it: services/decode.h:12.
#pragma once

#include <string>

#include "combiner/values.h"

namespace combiner {

/// The line of `at`, counted from 1, in the author's text; 0 for what no author wrote.
unsigned line_of(const FileRange& at, const SourceTree& sources);

/// "services/decode.h:12"; empty for what no author wrote.
std::string place_of(const FileRange& at, const SourceTree& sources);

/// The line itself, without its indentation, and without what a comment says behind it.
std::string text_of_line(const FileRange& at, const SourceTree& sources);

/// Is it a header of include/coop/, which no author wrote and no emission has?
bool is_of_coop(const std::string& path);

}  // namespace combiner
