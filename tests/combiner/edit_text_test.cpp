#include "combiner/edit_text.h"

#include <gmock/gmock.h>

namespace combiner {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string render_all(const std::string& source, std::vector<Edit> edits) {
  return render(source, 0, source.size(), std::move(edits));
}

TEST(Render, AppliesEditsWhateverTheirOrder) {
  EXPECT_EQ(render_all("self.window + self.sinks", {{14, 19, "s."}, {0, 5, "self.compressor."}}),
            "self.compressor.window + s.sinks");
}

TEST(Render, KeepsTextOutsideOfItsSliceOut) {
  EXPECT_EQ(render("0123456789", 2, 6, {{3, 4, "x"}}), "2x45");
}

TEST(Render, SkipsEditsOutsideOfItsSlice) {
  EXPECT_EQ(render("0123456789", 2, 6, {{0, 1, "x"}, {8, 9, "y"}, {5, 7, "z"}}), "2345");
}

TEST(Render, LetsTheOutermostOfNestedEditsWin) {
  EXPECT_EQ(render_all("f(self.x, self.y)", {{2, 7, "me."}, {0, 17, "g()"}, {10, 15, "me."}}),
            "g()");
}

TEST(Render, CountsAnInsertionWhereAReplacementStartsAsInsideOfIt) {
  EXPECT_EQ(render_all("f(x, y)", {{2, 2, "self."}, {2, 3, "z"}}), "f(z, y)");
}

TEST(Render, InsertsBehindAReplacement) {
  EXPECT_EQ(render_all("f(x)", {{2, 3, "y"}, {3, 3, ", z"}}), "f(y, z)");
}

TEST(Render, KeepsTheOrderOfInsertionsAtOnePlace) {
  EXPECT_EQ(render_all("f()", {{2, 2, "a"}, {2, 2, ", b"}}), "f(a, b)");
}

TEST(Render, TellsWhatItEdited) {
  std::vector<std::pair<unsigned, unsigned>> edited;
  render("a + b", 0, 5, {{0, 1, "long_name"}, {4, 5, ""}}, &edited);
  EXPECT_THAT(edited, ElementsAre(Pair(0u, 9u), Pair(12u, 12u)));
}

TEST(IsReplaced, IsTrueInsideOfAReplacementOnly) {
  const std::vector<Edit> edits = {{4, 8, ""}, {12, 12, "inserted"}};
  EXPECT_TRUE(is_replaced(edits, 4, 8));
  EXPECT_TRUE(is_replaced(edits, 5, 6));
  EXPECT_FALSE(is_replaced(edits, 3, 6));
  EXPECT_FALSE(is_replaced(edits, 7, 9));
  EXPECT_FALSE(is_replaced(edits, 12, 12));
}

TEST(Dedent, TakesTheIndentationOfTheFirstLineFromTheOthers) {
  EXPECT_EQ(dedent("int f() {\n    return 1;\n  }", 2), "int f() {\n  return 1;\n}");
}

TEST(Dedent, TakesNoMoreThanThereIs) { EXPECT_EQ(dedent("a\n b\n\n   c\n", 2), "a\nb\n\n c\n"); }

TEST(SqueezeBlankLines, KeepsOneInARow) {
  EXPECT_EQ(squeeze_blank_lines("a;\n\n\n\nb;\n"), "a;\n\nb;\n");
}

TEST(SqueezeBlankLines, KeepsNoneAtEitherEndOfABlock) {
  EXPECT_EQ(squeeze_blank_lines("{\n\n  a;\n\n}"), "{\n  a;\n}");
}

}  // namespace
}  // namespace combiner
