// Emission that compiled → which bodies of the next one need not be read again.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "combiner/program.h"

namespace combiner {

/// A text that compiled, and the bodies in it that nothing around them depends on: Clang can parse
/// the rest without them.
struct CheckedBodies {
  struct Body {
    unsigned name;        // of its function
    unsigned begin, end;  // of { and behind }
    bool operator==(const Body&) const = default;
  };
  std::string text;
  std::vector<Body> bodies;  // one behind the other
};

/// Of passes that read a part of the bodies each: what each has read, and some other has not.
CheckedBodies checked_bodies(const std::string& text,
                             const std::vector<std::shared_ptr<Pass>>& passes);

/// A text that differs from one that compiled inside of some bodies, and nowhere else.
struct ChangedBodies {
  CheckedBodies now;
  std::set<unsigned> unchanged;  // names of functions
};

/// Nothing if more is different, or a body has a directive, whose effect does not end with it.
std::optional<ChangedBodies> changed_bodies(const CheckedBodies& before, const std::string& text);

std::string serialize(const CheckedBodies& checked);

/// Nothing for what `serialize` did not make.
std::optional<CheckedBodies> read_checked_bodies(llvm::StringRef text);

}  // namespace combiner
