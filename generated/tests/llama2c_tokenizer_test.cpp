// Tests of Llama2cTokenizer, derived by `combine test artifacts/tokenize/llama2c_tokenizer.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
// Not tested: path, since a scenario holds no std::string
#include "artifacts/tokenize/llama2c_tokenizer.h"

#include "testing/example.h"
#include "testing/no_kind.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : Llama2cTokenizer {};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "Llama2cTokenizer",
    .methods = {method_of<Subject>(
                    "load",
                    [](Subject& self, Given& given) {
                      return self.load(given.text(0), given.number<int>(1));
                    },
                    {{"model_path", {0, 1}, Parameter::kText}, {"vocab_size", {0, 64}}}),
                method_of<Subject>(
                    "encode",
                    [](Subject& self, Given& given) { return self.encode(given.text(0)); },
                    {{"text", {0, 1}, Parameter::kText}}),
                method_of<Subject>("decode",
                                   [](Subject& self, Given& given) {
                                     return self.decode(given.number<int>(0), given.number<int>(1));
                                   },
                                   {{"previous_token", {0, 64}}, {"token", {0, 64}}}),
                method_of<Subject>(
                    "is_end",
                    [](Subject& self, Given& given) { return self.is_end(given.number<int>(0)); },
                    {{"token", {0, 64}}})},
};

COOP_SMOKE(Llama2cTokenizer)
COOP_METHOD_MATTERS(Llama2cTokenizer, load)
COOP_PARAMETER_MATTERS(Llama2cTokenizer, load, 0, model_path)
COOP_PARAMETER_MATTERS(Llama2cTokenizer, load, 1, vocab_size)
COOP_METHOD_MATTERS(Llama2cTokenizer, encode)
COOP_PARAMETER_MATTERS(Llama2cTokenizer, encode, 0, text)
COOP_METHOD_MATTERS(Llama2cTokenizer, decode)
COOP_PARAMETER_MATTERS(Llama2cTokenizer, decode, 0, previous_token)
COOP_PARAMETER_MATTERS(Llama2cTokenizer, decode, 1, token)
COOP_METHOD_MATTERS(Llama2cTokenizer, is_end)
COOP_PARAMETER_MATTERS(Llama2cTokenizer, is_end, 0, token)
COOP_LAWS(Llama2cTokenizer, same_again, instances_are_apart, what_is_cleared_is_as_new,
          size_is_what_it_says)

TEST(Llama2cTokenizer_example, line_55) { Example(kDescription).call("encode", "").returns("1"); }

TEST(Llama2cTokenizer_example, line_95) {
  Example(kDescription).call("decode", 1, 2).returns("nothing");
}

TEST(Llama2cTokenizer_example, line_107) { Example(kDescription).call("is_end", 1).returns("1"); }

TEST(Llama2cTokenizer_example, line_108) { Example(kDescription).call("is_end", 2).returns("1"); }

TEST(Llama2cTokenizer_example, line_109) { Example(kDescription).call("is_end", 3).returns("0"); }
