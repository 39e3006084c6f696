// An emission that does not compile is our bug, and is told as one, whatever the preamble holds.
#include "combiner/reparse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace combiner {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string told(const std::string& text, const std::set<std::string>& headers,
                 const std::set<std::string>& macros = {}) {
  Request request;
  request.device = Device::kCpu;
  SourceTree sources;
  sources.third_party = headers;
  sources.macros = macros;
  const Files files = llvm::vfs::getRealFileSystem();
  Emission emission;
  emission.text = text;
  return print(reparse(request, emission, sources, Preambles(request, sources, files), files),
               sources, "", false);
}

TEST(Reparse, RefusesAnEmissionThatDoesNotCompile) {
  for (const std::set<std::string>& headers : {std::set<std::string>{}, {"<vector>"}}) {
    EXPECT_THAT(told("int main() { return 0; }\n", headers), IsEmpty());
    EXPECT_EQ(told("\nint main() { return nothing; }\n", headers),
              "combine: internal error: line 2 of the emitted file does not compile: use of "
              "undeclared identifier 'nothing' [emission-does-not-parse]\n");
  }
}

// The preamble has <vector>, so that behind it everything compiles.
TEST(Reparse, RefusesAnEmissionThatLacksAnInclude) {
  const std::set<std::string> headers = {"<vector>", "<cstdio>", "<cassert>"};
  const std::string main = "int main() { return 0; }\n";
  const std::string uses[] = {
      "std::vector<int> v;\n",
      "void f() { (void)sizeof(std::vector<int>); }\n",
      "template <class T> T f(T x) { std::vector<T> v(x); return v[0]; }\n",
      "using std::vector;\n",
      "#include <cstddef>\nvoid f(const char* s) { std::printf(\"%s\", s); }\n",
      "void f(int x) { assert(x); }\n",
  };
  for (const std::string& use : uses)
    EXPECT_THAT(told(use + main, headers), HasSubstr("emission-does-not-parse")) << use;
  EXPECT_THAT(told("#include <vector>\n#include <cstdio>\n#include <cassert>\n" + uses[0] +
                       uses[1] + uses[2] + uses[3] + uses[5] + main,
                   headers),
              IsEmpty());
}

// Bodies are read in parts: a mistake in any of them is found.
TEST(Reparse, FindsAMistakeInEveryPart) {
  constexpr int kFunctions = 12;
  for (int wrong = 0; wrong < kFunctions; ++wrong) {
    std::string text = "#include <vector>\n";
    for (int i = 0; i < kFunctions; ++i)
      text +=
          "int f" + std::to_string(i) + "(int x) { return " + (i == wrong ? "y" : "x") + "; }\n";
    EXPECT_THAT(told(text, {"<vector>"}),
                HasSubstr("line " + std::to_string(wrong + 2) + " of the emitted file"));
  }
}

// NDEBUG in front of <cassert> is another <cassert> than the preamble's.
TEST(Reparse, SeesMacrosInFrontOfIncludes) {
  const std::string text = "#define NDEBUG\n#include <cassert>\nvoid f() { assert(nothing); }\n";
  EXPECT_THAT(told(text, {"<cassert>"}, {"NDEBUG"}), IsEmpty());
  EXPECT_THAT(told(text.substr(text.find('\n') + 1), {"<cassert>"}, {"NDEBUG"}),
              HasSubstr("emission-does-not-parse"));
}

}  // namespace
}  // namespace combiner
