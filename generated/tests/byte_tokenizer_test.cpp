// Tests of ByteTokenizer, derived by `combine test artifacts/tokenize/byte_tokenizer.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: none, since it calls nothing that tells
#include "artifacts/tokenize/byte_tokenizer.h"

#include "testing/example.h"
#include "testing/no_kind.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : ByteTokenizer {};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "ByteTokenizer",
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
                                   {{"_0", {0, 64}}, {"token", {0, 64}}}),
                method_of<Subject>(
                    "is_end",
                    [](Subject& self, Given& given) { return self.is_end(given.number<int>(0)); },
                    {{"_0", {0, 64}}})},
};

COOP_SMOKE(ByteTokenizer)
COOP_METHOD_MATTERS(ByteTokenizer, load)
COOP_PARAMETER_MATTERS(ByteTokenizer, load, 0, model_path)
COOP_PARAMETER_MATTERS(ByteTokenizer, load, 1, vocab_size)
COOP_METHOD_MATTERS(ByteTokenizer, encode)
COOP_PARAMETER_MATTERS(ByteTokenizer, encode, 0, text)
COOP_METHOD_MATTERS(ByteTokenizer, decode)
COOP_PARAMETER_MATTERS(ByteTokenizer, decode, 1, token)
COOP_METHOD_MATTERS(ByteTokenizer, is_end)
COOP_LAWS(ByteTokenizer, same_again, instances_are_apart, what_is_cleared_is_as_new,
          size_is_what_it_says)

TEST(ByteTokenizer_example, line_11) {
  Example(kDescription).call("encode", "Aé").returns("65 195 169");
}

TEST(ByteTokenizer_example, line_12) {
  Example(kDescription).call("decode", 0, 255).returns("\xff");
}

TEST(ByteTokenizer_example, line_13) {
  Example(kDescription).call("decode", 0, 256).returns("nothing");
}

TEST(ByteTokenizer_example, line_14) { Example(kDescription).call("is_end", 0).returns("0"); }

TEST(ByteTokenizer_example, line_17) { Example(kDescription).call("load", "tiny", 255).refuses(); }

TEST(ByteTokenizer_example, line_18) {
  Example(kDescription).call("load", "tiny", 256).call("encode", "A").returns("65");
}
