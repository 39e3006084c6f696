// Request → the arguments with which Clang parses.
#pragma once

#include "combiner/values.h"

namespace combiner {

enum class Side { kHost, kDevice };

/// Who compiles for this device: for CUDA both.
std::vector<Side> sides_of(const Request& request);

std::vector<std::string> clang_arguments(const Request& request, const SourceTree& sources,
                                         Side side, const std::string& standard,
                                         const std::string& main_path);

}  // namespace combiner
