// A built test → the file of outcomes that its author accepts: `combine test --accept`.
#pragma once

#include <functional>
#include <string>

#include "combiner/derive_tests.h"

namespace combiner {

struct Accepted {
  std::string problem;  // what went wrong, in lines; then nothing was written
  std::string bought;   // e.g. "  accepted: 12 outcomes, which notice 85 of 93 small mistakes\n"
};

/// Writes the test's golden_path. `program` is the test without a mistake; one of all small
/// mistakes is built to see which outcomes notice them. `stage` hears what is being done.
Accepted accept_outcomes(const Request& request, const SourceTree& sources, const DerivedTest& test,
                         const std::string& program,
                         const std::function<void(const std::string&)>& stage);

}  // namespace combiner
