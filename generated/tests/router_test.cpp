// Tests of Router, derived by `combine test artifacts/serve/router.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
// Not tested: open, since of its parameter texts: nothing is known of const
// std::vector<std::string> &
#include "artifacts/serve/router.h"

#include "testing/example.h"
#include "testing/no_kind.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : Router {};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "Router",
    .fields = {field_of<Subject>("patience", &Subject::patience, said({1, 86400000}))},
    .methods = {method_of<Subject>("join", [](Subject& self, Given&) { return self.join(); }),
                method_of<Subject>(
                    "next",
                    [](Subject& self, Given& given) { return self.next(given.number<int>(0)); },
                    {{"replica", {0, 64}}}),
                method_of<Subject>("answer",
                                   [](Subject& self, Given& given) {
                                     return self.answer(given.number<int>(0), given.text(1));
                                   },
                                   {{"number", {0, 64}}, {"text", {0, 1}, Parameter::kText}}),
                method_of<Subject>("answers",
                                   [](Subject& self, Given&) { return self.answers(); })},
};

COOP_SMOKE(Router)
COOP_FIELD_MATTERS(Router, patience)
COOP_METHOD_MATTERS(Router, join)
COOP_METHOD_MATTERS(Router, next)
COOP_PARAMETER_MATTERS(Router, next, 0, replica)
COOP_METHOD_MATTERS(Router, answer)
COOP_PARAMETER_MATTERS(Router, answer, 0, number)
COOP_PARAMETER_MATTERS(Router, answer, 1, text)
COOP_METHOD_MATTERS(Router, answers)
COOP_LAWS(Router, what_is_meant_is_not_refused, same_again, instances_are_apart,
          what_is_cleared_is_as_new, size_is_what_it_says)

TEST(Router_example, line_38) { Example(kDescription).call("join").call("join").returns("1"); }

TEST(Router_example, line_43) { Example(kDescription).call("next", 0).returns("nothing"); }

TEST(Router_example, line_70) { Example(kDescription).call("answer", 0, "yes").refuses(); }
