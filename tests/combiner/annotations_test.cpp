#include "combiner/annotations.h"

#include <gmock/gmock.h>

#include "combiner/outline.h"

namespace combiner {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

struct Read {
  std::string text;
  ArtifactAnnotations said;
  std::string messages;  // as the user sees them

  std::string at(const FileRange& range) const {
    return text.substr(range.begin, range.end - range.begin);
  }
};

Read read(const std::string& members, const std::string& above = "") {
  Read out;
  out.text = "#pragma once\n" + above + "struct Kv : coop::Artifact {\n" + members + "};\n";
  const SourceFile file{"kv.h", "/project/kv.h", out.text};
  const std::vector<StructOutline> structs = outline(file, {}).structs;
  Result<ArtifactAnnotations> result =
      read_annotations(file, structs.at(0), {"capacity", "window", "sinks"});
  out.said = *result.value;
  SourceTree tree;
  tree.files["/project/kv.h"] = file;
  out.messages = print(result.diagnostics, tree, "/project", false);
  return out;
}

const Annotations& first(const Read& read) { return read.said.members.at(0); }

TEST(Annotations, ReadTheRangeOfAField) {
  const Read one = read("  int window = 1020;  ///< Tokens kept at the end; range 1..4096.\n");
  ASSERT_TRUE(first(one).range) << one.messages;
  EXPECT_EQ(first(one).range->lowest, "1");
  EXPECT_EQ(first(one).range->highest, "4096");
  EXPECT_EQ(one.at(first(one).range->at), "range 1..4096");
  EXPECT_THAT(one.messages, IsEmpty());
}

TEST(Annotations, ReadRangesThatAreOpenNegativeOrFractions) {
  const auto range = [](const std::string& words) {
    const Read one = read("  float x;  ///< " + words + "\n");
    EXPECT_THAT(one.messages, IsEmpty());
    const std::optional<RangeAnnotation>& found = first(one).range;
    return found ? found->lowest + "|" + found->highest : "none";
  };
  EXPECT_EQ(range("range 1.."), "1|");
  EXPECT_EQ(range("Range 1... More."), "1|");
  EXPECT_EQ(range("range ..0.5, or so"), "|0.5");
  EXPECT_EQ(range("(range 0.0..1.0)"), "0.0|1.0");
  EXPECT_EQ(range("range: -8..8"), "-8|8");
  EXPECT_EQ(range("-8..8"), "none");
  EXPECT_EQ(range("The range of slots. In range [0, 4). Arrange 4 rows"), "none");
}

TEST(Annotations, ReadCommentsAboveAndThoseThatGoOn) {
  const Read above = read("  // First,\n  /// range 2..3\n  int a;\n");
  ASSERT_TRUE(first(above).range);
  EXPECT_EQ(first(above).range->highest, "3");

  const Read wrapped = read(
      "  int a;  ///< What a is\n"
      "          ///< for; range 2..3\n"
      "  int b;\n");
  ASSERT_TRUE(first(wrapped).range);
  EXPECT_EQ(wrapped.at(first(wrapped).range->at), "range 2..3");
  EXPECT_FALSE(wrapped.said.members.at(1).range);
}

TEST(Annotations, ReadTheRangeOfAParameterInItsLine) {
  const Read one = read(
      "  /// Drops slots.\n"
      "  ///   layer  one of the model's; range 0..31\n"
      "  ///   from   the first,\n"
      "  ///          range 0..4095\n"
      "  void erase(this auto& self, int layer, int from, int to) {}\n");
  EXPECT_THAT(one.messages, IsEmpty());
  ASSERT_EQ(first(one).parameters.size(), 2u);
  EXPECT_EQ(first(one).parameters.at("layer").highest, "31");
  EXPECT_EQ(first(one).parameters.at("from").highest, "4095");
}

TEST(Annotations, ReadExamples) {
  const Read one = read("",
                        "/// Keeps some.\n"
                        "/// example: {capacity 4, window = -1} scores 0 9 -> keeps 1 2\n"
                        "/// example: rows 3 ->\n"
                        "///     keeps 0 1 2\n"
                        "/// More.\n");
  EXPECT_THAT(one.messages, IsEmpty());
  ASSERT_EQ(one.said.artifact.examples.size(), 2u);
  const ExampleAnnotation& example = one.said.artifact.examples[0];
  EXPECT_THAT(example.fields, ElementsAre(Pair("capacity", "4"), Pair("window", "-1")));
  EXPECT_EQ(example.given, "scores 0 9");
  EXPECT_EQ(example.expected, "keeps 1 2");
  EXPECT_EQ(example.line, 3u);
  EXPECT_EQ(one.at(example.at), "example: {capacity 4, window = -1} scores 0 9 -> keeps 1 2");
  EXPECT_EQ(one.said.artifact.examples[1].expected, "keeps 0 1 2");
}

TEST(Annotations, ReadExceptions) {
  const Read one = read("",
                        "/// except: growing_a_field (window, sinks)\n"
                        "/// except: newest_row_survives (it, may be evicted).\n"
                        "/// except: last_setting_wins\n");
  EXPECT_THAT(one.messages, IsEmpty());
  const std::vector<ExceptAnnotation>& all = one.said.artifact.exceptions;
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].law, "growing_a_field");
  EXPECT_THAT(all[0].fields, ElementsAre("window", "sinks"));
  EXPECT_EQ(all[0].reason, "");
  EXPECT_THAT(all[1].fields, IsEmpty());
  EXPECT_EQ(all[1].reason, "it, may be evicted");
  EXPECT_EQ(all[2].law, "last_setting_wins");
}

TEST(Annotations, ReadCountsTiesAndLaws) {
  const Read one = read(
      "  int dropped;  ///< counts: rows dropped.\n"
      "  int bytes;    ///< Of all; counts: bytes allocated; range 0..\n",
      "/// ties: older\n/// law: recency\n/// law: online\n");
  EXPECT_THAT(one.messages, IsEmpty());
  EXPECT_EQ(first(one).counts->words, "rows dropped");
  EXPECT_EQ(one.said.members[1].counts->words, "bytes allocated");
  EXPECT_EQ(one.said.members[1].range->lowest, "0");
  EXPECT_EQ(one.said.artifact.ties->words, "older");
  ASSERT_EQ(one.said.artifact.laws.size(), 2u);
  EXPECT_EQ(one.said.artifact.laws[1].words, "online");
}

TEST(Annotations, RefuseWhatIsMalformedAndSayWhatWasMeant) {
  EXPECT_EQ(read("  int a;  ///< range 1-4096\n").messages,
            "kv.h:3:22: error: '1-4096' is no range [malformed-annotation]\n"
            "  int a;  ///< range 1-4096\n"
            "                     ^~~~~~\n"
            "kv.h:3:22: note: did you mean '1..4096'?\n"
            "  int a;  ///< range 1-4096\n"
            "                     ^~~~~~\n");
  const auto refused = [](const std::string& comment, const std::string& message,
                          const std::string& mend = "note: ") {
    EXPECT_THAT(read("", "/// " + comment + "\n").messages,
                AllOf(HasSubstr(message + " [malformed-annotation]"), HasSubstr(mend)));
  };
  refused("example: {windw 4} rows 3 -> keeps 1", "no field 'windw' that a test could set",
          "did you mean 'window'?");
  refused("example: {window 4 rows 3 -> keeps 1", "the '{' of this example is not closed");
  refused("example: {window} rows 3 -> keeps 1", "'window' is not a field and its value");
  refused("example: rows 3", "an example says what comes out: `given -> expected`");
  refused("except: growing a field", "names one law, and why, or its fields, in parentheses");
  refused("except: growing_a_field (window", "the '(' of this exception is not closed");
  refused("ties: oldr", "'oldr' is not who wins a tie: older, newer, lower or higher",
          "did you mean 'older'?");
  refused("ties: older\n/// ties: newer", "'ties' is said twice");
  refused("law: recency and online", "'law:' names one law, as in `law: recency`");
  refused("law:", "nothing stands behind 'law:'");
  const auto no_range = [](const std::string& comment, const std::string& message) {
    EXPECT_THAT(read("  int a;  ///< " + comment + "\n").messages,
                HasSubstr(message + " [malformed-annotation]"));
  };
  no_range("range 9..1", "a range goes from the lowest to the highest");
  no_range("range 1..max", "'1..max' is no range");
  no_range("range ..", "'..' is no range");
  no_range("range 1..2; range 3..4", "'range' is said twice");
}

TEST(Annotations, RefuseWhatIsMisplaced) {
  EXPECT_THAT(read("  int a;  ///< ties: older\n").messages,
              HasSubstr("error: 'ties' says nothing about a field [misplaced-annotation]"));
  EXPECT_THAT(read("", "/// Rows, range 1..2.\n").messages,
              HasSubstr("'range' says nothing about a struct [misplaced-annotation]"));
  EXPECT_THAT(read("  /// range 1..2\n  int f(int a) { return a; }\n").messages,
              HasSubstr("'range' says nothing about a method [misplaced-annotation]"));
}

TEST(Annotations, WarnOfSlipsAndOfNothingElse) {
  EXPECT_THAT(read("", "/// exmaple: rows 3 -> keeps 1\n").messages,
              AllOf(HasSubstr("kv.h:2:5: warning: nothing reads 'exmaple'; did you mean 'example'? "
                              "[misspelled-annotation]"),
                    HasSubstr("note: write 'example'")));
  EXPECT_THAT(read("  int a;  ///< rnage 1..2\n").messages, HasSubstr("did you mean 'range'?"));
  EXPECT_THAT(read("", "/// Note: this.\n/// low: that\n/// Slots 1..5.\n").messages, IsEmpty());
}

TEST(Annotations, WarnOfWhatStandsBehindASentence) {
  EXPECT_THAT(read("", "/// The oldest goes. ties: older\n").messages,
              HasSubstr("kv.h:2:22: warning: nothing reads 'ties:' here, but at the beginning of a "
                        "line [annotation-inside-a-line]"));
  EXPECT_THAT(read("", "/// As an example: this.\n/// What (by law: yes).\n").messages, IsEmpty());
}

TEST(Annotations, RefuseADefaultOutsideOfItsRange) {
  EXPECT_THAT(read("  int a = 0, b = 2;  ///< range 1..4096\n").messages,
              HasSubstr("the default 0 of 'a' is outside of its range [default-out-of-range]"));
  EXPECT_THAT(read("  float a = {0.9f};  ///< range 0.0..1.0\n").messages, IsEmpty());
  EXPECT_THAT(read("  float a = 1.1f;  ///< range 0.0..1.0\n").messages, HasSubstr("1.1f of 'a'"));
  EXPECT_THAT(read("  int a = -1;  ///< range ..-2\n").messages, HasSubstr("default -1 of 'a'"));
  EXPECT_THAT(read("  int a = 2 * kRows;  ///< range 5..9\n").messages, IsEmpty());
}

}  // namespace
}  // namespace combiner
