// Tests of CompressorStart, derived by `combine test artifacts/serve/compressor_start.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
// Excepted by the author: instances_are_apart: for that reason
// Excepted by the author: same_again: time is never the same
// Not tested: before_rope, since of its parameter : nothing is known of const Buffer<float> &
// Not tested: after_attend, since of its parameter : nothing is known of const Buffer<float> &
#include "artifacts/serve/compressor_start.h"

#include "testing/no_kind.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : CompressorStart {
  Device device;
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "CompressorStart",
    .methods = {method_of<Subject>(
                    "after_append",
                    [](Subject& self, Given& given) {
                      return self.after_append(given.number<int>(0));
                    },
                    {{"layer", {0, 2}}}, Role::kHook),
                method_of<Subject>(
                    "after_prefill", [](Subject& self, Given&) { return self.after_prefill(); }, {},
                    Role::kHook),
                method_of<Subject>("elapsed",
                                   [](Subject& self, Given&) { return self.elapsed(); })},
};

COOP_SMOKE(CompressorStart)
COOP_METHOD_MATTERS(CompressorStart, after_append)
COOP_METHOD_MATTERS(CompressorStart, after_prefill)
COOP_METHOD_MATTERS(CompressorStart, elapsed)
COOP_LAWS(CompressorStart, what_is_cleared_is_as_new, size_is_what_it_says)
