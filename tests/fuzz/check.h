// Input → what is wrong with how `combine` took it, or nothing.
#pragma once

#include <string>

#include "tests/fuzz/input.h"

namespace fuzz {

struct Finding {
  bool emitted = false;
  std::string wrong;     // e.g. "emission-does-not-parse: ..."; empty when all is well
  std::string emission;  // where there is one
};

/// Combines the input, on a file system in memory, for the CPU. All is well when there is an
/// emission, or an error with a place in the author's text, or one about the request; when every
/// place lies in its file, and when it all comes out the same a second time.
Finding check(const Input& input);

/// What else a compiler has to say of an emission; empty when it accepts it.
std::string compile(const std::string& emission, const std::string& compiler);

}  // namespace fuzz
