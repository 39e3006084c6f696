// Tests of PrefixDirectory, derived by `combine test artifacts/serve/prefix_directory.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: cache manager, since it keeps what put is given, and find tells of it
#include "artifacts/serve/prefix_directory.h"

#include "testing/universal.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : PrefixDirectory {};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "PrefixDirectory",
    .fields = {field_of<Subject>("capacity", &Subject::capacity, said({1, 1000000})),
               field_of<Subject>("block", &Subject::block, said({1, 1024}))},
    .methods = {method_of<Subject>(
                    "beginning",
                    [](Subject& self, Given& given) { return self.beginning(given.many<int>(0)); },
                    {{"tokens", {0, 15}, Parameter::kArray}}),
                method_of<Subject>(
                    "find",
                    [](Subject& self, Given& given) { return self.find(given.many<int>(0)); },
                    {{"tokens", {0, 15}, Parameter::kArray}}),
                method_of<Subject>(
                    "put", [](Subject& self, Given& given) { return self.put(given.many<int>(0)); },
                    {{"tokens", {0, 15}, Parameter::kArray}})},
};

COOP_SMOKE(PrefixDirectory)
COOP_FIELD_MATTERS(PrefixDirectory, capacity)
COOP_FIELD_MATTERS(PrefixDirectory, block)
COOP_METHOD_MATTERS(PrefixDirectory, beginning)
COOP_PARAMETER_MATTERS(PrefixDirectory, beginning, 0, tokens)
COOP_METHOD_MATTERS(PrefixDirectory, find)
COOP_PARAMETER_MATTERS(PrefixDirectory, find, 0, tokens)
COOP_METHOD_MATTERS(PrefixDirectory, put)
COOP_PARAMETER_MATTERS(PrefixDirectory, put, 0, tokens)
COOP_LAWS(PrefixDirectory, what_is_meant_is_not_refused, same_again, instances_are_apart)
