// What contracts do in a test: COOP_EXPECTS, COOP_ENSURES, COOP_INVARIANT.
#pragma once

#include <coop/artifact.h>

#include <stdexcept>
#include <string>

#include "testing/universal.h"

namespace coop::testing {

/// Thrown where the test calls as nobody may: the artifact refuses, as with any exception.
struct Unexpected : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What COOP_EXPECTS and COOP_ENSURES do when their condition does not hold.
inline void contract_broken(const char* kind, const char* condition, const char* /*file*/,
                            int line) {
  const std::string what = std::string(kind) + " " + condition + ", line " + std::to_string(line);
  if (kind == std::string("expects")) throw Unexpected(what);
  throw Broken{"its own contract: " + what};
}

namespace laws {

/// Each COOP_ENSURES holds where it stands, and each COOP_INVARIANT behind each call. Values of
/// fields that break an invariant are the test's own fault.
template <class Subject>
void contracts_hold(const Description<Subject>& description) {
  for_all(usual(description), "what the artifact promises holds", [&](const Scenario& scenario) {
    Subject subject;
    set_fields(description, scenario, subject);
    only_if(!broken_invariant<Subject>(subject));
    const auto invariants_hold = [&] {
      const char* broken = broken_invariant<Subject>(subject);
      holds_if(!broken, "its own contract: invariant " + std::string(broken ? broken : ""));
    };
    play(description, scenario, subject, invariants_hold);
    invariants_hold();
  });
}

}  // namespace laws
}  // namespace coop::testing

#define COOP_CONTRACTS(artifact) \
  TEST(artifact##_contracts, hold) { ::coop::testing::laws::contracts_hold(kDescription); }
