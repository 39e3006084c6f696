// Which bodies of an emission need not be read again.
#include "combiner/checked_bodies.h"

#include <gtest/gtest.h>

namespace combiner {
namespace {

/// Bodies stand behind "(); of functions whose names begin with f.
CheckedBodies checked(const std::string& text) {
  CheckedBodies out{text, {}};
  for (size_t name = text.find('f'); name != std::string::npos; name = text.find('f', name + 1)) {
    const size_t begin = text.find('{', name), end = text.find("}\n", begin) + 1;
    out.bodies.push_back(
        {static_cast<unsigned>(name), static_cast<unsigned>(begin), static_cast<unsigned>(end)});
  }
  return out;
}

const std::string kBefore =
    "int f1() { return 1; }\nint g = 2;\nint f2() { return g; }\nint f3() { return 3; }\n";

TEST(CheckedBodies, WhatIsTheSameIsKnown) {
  const auto changed = changed_bodies(checked(kBefore), kBefore);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->unchanged.size(), 3u);
  EXPECT_EQ(changed->now.bodies, checked(kBefore).bodies);
}

TEST(CheckedBodies, AChangedBodyIsNotKnownAndThoseBehindItAre) {
  std::string text = kBefore;
  text.replace(text.find("g;"), 2, "g + '}' + \"}\"[0] /* } */;");
  const auto changed = changed_bodies(checked(kBefore), text);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->unchanged, (std::set<unsigned>{static_cast<unsigned>(text.find("f1")),
                                                    static_cast<unsigned>(text.find("f3"))}));
  const auto again = changed_bodies(changed->now, text);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->unchanged.size(), 3u);
}

TEST(CheckedBodies, MoreThanABodyMakesAllUnknown) {
  for (const auto& [from, to] : {std::pair{"int g = 2", "long g = 2"},
                                 {"int f2", "long f2"},
                                 {"f3()", "f3(int)"},
                                 {"return 3; }", "return 3; } int h;"},
                                 {"int f1() { return 1; }\n", ""},
                                 {"return g; }", "return g;"}}) {
    std::string text = kBefore;
    text.replace(text.find(from), std::string(from).size(), to);
    EXPECT_FALSE(changed_bodies(checked(kBefore), text)) << text;
  }
}

TEST(CheckedBodies, ADirectiveReachesFurtherThanItsBody) {
  std::string text = kBefore;
  text.replace(text.find("return 1;"), 9, "\n#define g 3\n return 1;");
  EXPECT_FALSE(changed_bodies(checked(kBefore), text));
  EXPECT_FALSE(changed_bodies(checked(text), kBefore));
  text.replace(text.find("#define g 3"), 11, "#pragma omp parallel");
  EXPECT_TRUE(changed_bodies(checked(kBefore), text));
}

TEST(CheckedBodies, IsReadAsItWasWritten) {
  const auto read = read_checked_bodies(serialize(checked(kBefore)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, kBefore);
  EXPECT_EQ(read->bodies, checked(kBefore).bodies);
  for (const char* wrong : {"1 2\ntext", "x\ntext", "0 1 9 \ntext", "2 1 3 \ntext", "0 2 1 \ntext"})
    EXPECT_FALSE(read_checked_bodies(wrong)) << wrong;
}

}  // namespace
}  // namespace combiner
