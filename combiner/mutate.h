// Request, SourceTree → Mutations: every small mistake that could have been made in an artifact's
// header, for tests to find.
#pragma once

#include "combiner/mutant_text.h"
#include "combiner/parse.h"

namespace combiner {

struct Mutations {
  std::vector<Mutant> mutants;  // in the order of the text; each of them parses
  unsigned declared_at = 0;     // as schemata_of wants it
  bool operator==(const Mutations&) const = default;
};

/// Of the header that the request names in place of a service. It is parsed alone, so that mistakes
/// that only a peer's types would reveal are among the mutants.
Result<Mutations> mutate(const Request& request, const SourceTree& sources, Files files);

}  // namespace combiner
