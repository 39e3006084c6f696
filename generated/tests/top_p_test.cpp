// Tests of TopP, derived by `combine test artifacts/sample/top_p.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: sampler, since sample takes numbers and returns one of them
#include "artifacts/sample/top_p.h"

#include "testing/contracts.h"
#include "testing/example.h"
#include "testing/golden.h"
#include "testing/refusals.h"
#include "testing/sampler.h"
#include "testing/ties.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : TopP {};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "TopP",
    .fields = {field_of<Subject>("temperature", &Subject::temperature, said(reals(0.0, 2.0))),
               field_of<Subject>("top_p", &Subject::top_p, said(reals(0.01, 1.0))),
               field_of<Subject>("seed", &Subject::seed, {1, 64})},
    .methods = {method_of<Subject>(
        "sample",
        [](Subject& self, Given& given) { return self.sample(given.floats(0), given.size(0)); },
        {{"logits", reals(-8, 8), Parameter::kArray}, {"vocab_size", {0, 64}, Parameter::kCount}})},
};

COOP_SMOKE(TopP)
COOP_CONTRACTS(TopP)
COOP_FIELD_MATTERS(TopP, temperature)
COOP_FIELD_MATTERS(TopP, top_p)
COOP_FIELD_MATTERS(TopP, seed)
COOP_METHOD_MATTERS(TopP, sample)
COOP_PARAMETER_MATTERS(TopP, sample, 0, logits)
COOP_REFUSES_SETTING(TopP, sample, temperature, below, -0.0009765625)
COOP_REFUSES_SETTING(TopP, sample, top_p, below, -1000)
COOP_LAWS(TopP, what_is_meant_is_not_refused, same_again, instances_are_apart,
          a_token_of_the_vocabulary, logits_are_left_alone, an_impossible_token_is_never_drawn,
          a_far_larger_logit_is_drawn, only_differences_count, without_temperature_the_likeliest,
          draws_follow_the_softmax, draws_stay_in_the_nucleus, draws_stay_in_the_top_k,
          near_equals_come_alike, draws_follow_some_softmax, what_was_drawn_comes_less,
          a_second_text_begins_anew, odd_logits_do_no_harm)
COOP_TIES(TopP, lower)
COOP_GOLDEN(TopP, "top_p.golden")

TEST(TopP_example, line_23) {
  Example(kDescription).call("sample", Array{1, 9, 3, 9}).returns("1");
}

TEST(TopP_example, line_24) {
  Example(kDescription, {{"temperature", 1}, {"top_p", 1}})
      .call("sample", Array{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
      .returns("15");
}

TEST(TopP_example, line_25) {
  Example(kDescription, {{"temperature", 1}, {"top_p", 0.5}})
      .call("sample", Array{0, 0})
      .returns("0");
}

TEST(TopP_example, line_26) {
  Example(kDescription, {{"temperature", -1}}).call("sample", Array{1, 9}).refuses();
}

TEST(TopP_example, line_27) {
  Example(kDescription, {{"temperature", 1}, {"top_p", 0}}).call("sample", Array{1, 9}).refuses();
}

TEST(TopP_example, line_28) {
  Example(kDescription, {{"temperature", 1}}).call("sample", Array{1e99, 0}).refuses();
}
