#include "combiner/diff_text.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace combiner {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

/// What `patch` does, strictly: each line of context and each that goes must be where it is said.
std::string patched(const std::string& text, const std::string& diff) {
  const std::vector<std::string> before = lines_of(text);
  std::string out;
  size_t at = 0;
  for (const std::string& line : lines_of(diff)) {
    if (line.starts_with("---") || line.starts_with("+++")) continue;
    if (line.starts_with("@@")) {
      unsigned first = 0, count = 1;
      std::sscanf(line.c_str(), "@@ -%u,%u", &first, &count);
      for (const size_t begin = first - (count != 0); at < begin;) out += before.at(at++) + "\n";
    } else if (line[0] == '+') {
      out += line.substr(1) + "\n";
    } else {
      EXPECT_EQ(line.substr(1), before.at(at));
      if (line[0] == ' ') out += before.at(at) + "\n";
      ++at;
    }
  }
  while (at < before.size()) out += before.at(at++) + "\n";
  return out;
}

TEST(DiffText, EqualTextsHaveNone) {
  EXPECT_EQ(unified_diff({"a", "x\ny\n"}, {"b", "x\ny\n"}, false), "");
}

TEST(DiffText, PrintsThreeLinesOfContext) {
  EXPECT_EQ(unified_diff({"old", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"},
                         {"new", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"}, false),
            "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(DiffText, ChangesThatAreFarApartAreTwoHunks) {
  std::string before, after;
  for (int i = 0; i < 20; ++i) before += std::to_string(i) + "\n";
  after = "first\n" + before + "last\n";
  const std::string diff = unified_diff({"a", before}, {"b", after}, false);
  EXPECT_NE(diff.find("@@ -1,3 +1,4 @@\n+first\n 0\n"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -18,3 +19,4 @@\n 17\n 18\n 19\n+last\n"), std::string::npos) << diff;
}

TEST(DiffText, HunksAreHeadedByTheirSection) {
  const std::string head = "// ---- kernels/cpu/add.h ------\n\n1\n2\n3\n4\n";
  const std::string diff = unified_diff({"a", head + "x\n"}, {"b", head + "y\n"}, false);
  EXPECT_NE(diff.find("@@ -4,4 +4,4 @@ kernels/cpu/add.h\n"), std::string::npos) << diff;
}

TEST(DiffText, LinesAreNumberedFromTheFirstOfTheirFile) {
  EXPECT_EQ(unified_diff({"a", "x\n", 100}, {"b", "y\n", 200}, false),
            "--- a\n+++ b\n@@ -100 +200 @@\n-x\n+y\n");
}

TEST(DiffText, SaysWhichSideEndsWithoutANewline) {
  EXPECT_EQ(unified_diff({"a", "x"}, {"b", "x\n"}, false),
            "--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n");
}

TEST(DiffText, ColourIsAroundLinesAndNothingElse) {
  EXPECT_EQ(unified_diff({"a", "x\n"}, {"b", "y\n"}, true),
            "\033[1m--- a\n+++ b\033[0m\n\033[36m@@ -1 +1 @@\033[0m\n\033[31m-x\033[0m\n"
            "\033[32m+y\033[0m\n");
}

TEST(DiffText, AFunctionThatIsAddedStaysInOnePiece) {
  const std::string one = "int one() {\n  return 1;\n}\n\n",
                    two = "int two() {\n  return 1;\n}\n\n";
  const std::string three = "int three() {\n  return 1;\n}\n\n";
  EXPECT_EQ(
      unified_diff({"a", one + three}, {"b", one + two + three}, false),
      "--- a\n+++ b\n@@ -2,6 +2,10 @@\n   return 1;\n }\n \n+int two() {\n+  return 1;\n+}\n+\n"
      " int three() {\n   return 1;\n }\n");
}

TEST(DiffText, WhatItPrintsMakesTheOldTextTheNewOne) {
  std::mt19937 random(1);
  const auto below = [&](int limit) { return static_cast<int>(random() % limit); };
  for (int round = 0; round < 2000; ++round) {
    const int words = 2 + below(30);
    std::string before, after;
    for (int i = below(40); i-- > 0;) {
      const std::string line = "line" + std::to_string(below(words)) + "\n";
      if (below(4)) before += line;
      if (below(4)) after += line;
    }
    ASSERT_EQ(patched(before, unified_diff({"a", before}, {"b", after}, false)), after)
        << before << "\n"
        << after;
  }
}

}  // namespace
}  // namespace combiner
