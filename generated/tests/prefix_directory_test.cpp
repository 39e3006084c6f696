// Tests of PrefixDirectory, derived by `combine test artifacts/serve/prefix_directory.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: cache manager, since it keeps what put is given, and find tells of it
#include "artifacts/serve/prefix_directory.h"

#include "testing/example.h"
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

TEST(PrefixDirectory_example, line_17) {
  Example(kDescription, {{"block", 2}})
      .call("put", Array{1, 2, 3, 4, 5})
      .call("find", Array{1, 2, 3, 4, 9})
      .returns("2");
}

TEST(PrefixDirectory_example, line_18) {
  Example(kDescription, {{"block", 2}})
      .call("put", Array{1, 2, 3, 4})
      .call("find", Array{9, 2, 3, 4})
      .returns("0");
}

TEST(PrefixDirectory_example, line_19) {
  Example(kDescription, {{"capacity", 1}, {"block", 1}})
      .call("put", Array{7})
      .call("put", Array{8})
      .call("put", Array{9})
      .call("find", Array{8})
      .returns("0");
}

TEST(PrefixDirectory_example, line_20) {
  Example(kDescription, {{"capacity", 2}, {"block", 1}})
      .call("put", Array{7})
      .call("put", Array{7})
      .call("put", Array{8})
      .call("find", Array{7})
      .returns("1");
}

TEST(PrefixDirectory_example, line_21) {
  Example(kDescription)
      .call("put", Array{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4})
      .call("find", Array{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4})
      .returns("1");
}

TEST(PrefixDirectory_example, line_29) {
  Example(kDescription)
      .call("beginning", Array{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
      .returns("0");
}
