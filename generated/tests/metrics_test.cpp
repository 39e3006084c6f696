// Tests of Metrics, derived by `combine test artifacts/serve/metrics.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
#include "artifacts/serve/metrics.h"

#include "testing/example.h"
#include "testing/no_kind.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : Metrics {};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "Metrics",
    .fields = {field_of<Subject>("names", &Subject::names, said({1, 100000}))},
    .methods = {method_of<Subject>("count",
                                   [](Subject& self, Given& given) {
                                     return self.count(given.text(0), given.number<double>(1));
                                   },
                                   {{"name", {0, 1}, Parameter::kText}, {"amount", reals(0, 1)}}),
                method_of<Subject>("report", [](Subject& self, Given&) { return self.report(); })},
};

COOP_SMOKE(Metrics)
COOP_FIELD_MATTERS(Metrics, names)
COOP_METHOD_MATTERS(Metrics, count)
COOP_PARAMETER_MATTERS(Metrics, count, 0, name)
COOP_PARAMETER_MATTERS(Metrics, count, 1, amount)
COOP_METHOD_MATTERS(Metrics, report)
COOP_LAWS(Metrics, what_is_meant_is_not_refused, same_again, instances_are_apart,
          what_is_cleared_is_as_new, size_is_what_it_says)

TEST(Metrics_example, line_13) {
  Example(kDescription)
      .call("count", "b", 2)
      .call("count", "a", 1)
      .call("count", "b", 3)
      .call("report")
      .returns("a 1 b 5");
}

TEST(Metrics_example, line_14) {
  Example(kDescription, {{"names", 1}}).call("count", "a", 1).call("count", "b", 1).refuses();
}

TEST(Metrics_example, line_15) {
  Example(kDescription, {{"names", 1}})
      .call("count", "a", 1)
      .call("count", "a", 2)
      .call("report")
      .returns("a 3");
}
