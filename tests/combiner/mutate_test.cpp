// Each operator of the mutator, as text; and the texts that hold mutants.
#include "combiner/mutate.h"

#include <gmock/gmock.h>

namespace combiner {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr char kPath[] = "/project/artifact.h";

Result<Mutations> mutations_of(const std::string& text, const std::set<std::string>& headers = {}) {
  Request request;
  request.service = kPath;
  request.device = Device::kCpu;
  SourceTree sources;
  sources.files[kPath] = {"artifact.h", kPath, text};
  sources.third_party = headers;
  return mutate(request, sources, with_texts(llvm::vfs::getRealFileSystem(), {{kPath, text}}));
}

std::vector<Mutant> mutants_of(const std::string& text, const std::set<std::string>& headers = {}) {
  const Result<Mutations> found = mutations_of(text, headers);
  EXPECT_TRUE(found.value.has_value()) << text;
  return found.value ? found.value->mutants : std::vector<Mutant>();
}

/// "a < b -> a <= b" of each mutant of the kind.
std::vector<std::string> of_kind(const std::string& kind, const std::string& text,
                                 const std::set<std::string>& headers = {}) {
  std::vector<std::string> out;
  for (const Mutant& mutant : mutants_of(text, headers))
    if (mutant.kind == kind) out.push_back(mutant.before + " -> " + mutant.after);
  return out;
}

std::string function(const std::string& body) {
  return "inline int f(int a, int b, bool p, bool q, double x) { " + body + " }\n";
}

TEST(Mutate, ChangesARelationToItsNeighbourAndItsNegation) {
  EXPECT_THAT(of_kind("relational", function("return a < b;")),
              ElementsAre("a < b -> a <= b", "a < b -> a >= b"));
  EXPECT_THAT(of_kind("relational", function("return a >= b;")),
              ElementsAre("a >= b -> a > b", "a >= b -> a < b"));
  EXPECT_THAT(of_kind("relational", function("return a == b;")), ElementsAre("a == b -> a != b"));
}

TEST(Mutate, ChangesArithmetic) {
  EXPECT_THAT(of_kind("arithmetic", function("return a + b * a;")),
              ElementsAre("a + b * a -> a - b * a", "b * a -> b / a"));
  EXPECT_THAT(of_kind("arithmetic", function("return -a % b;")),
              ElementsAre("-a -> a", "-a % b -> -a / b"));
  EXPECT_THAT(of_kind("arithmetic", function("++a; b--; return a ^ b;")),
              ElementsAre("++a -> --a", "b-- -> b++", "a ^ b -> (a & b)"));
  EXPECT_THAT(of_kind("arithmetic",
                      "#include <string>\ninline std::string f(std::string s) {\n"
                      "  return \"a\" + s; }\n",
                      {"<string>"}),
              IsEmpty());
}

TEST(Mutate, ChangesLiterals) {
  EXPECT_THAT(of_kind("literal", function("return 7;")), ElementsAre("7 -> 8", "7 -> 6", "7 -> 0"));
  EXPECT_THAT(of_kind("literal", function("return 1;")), ElementsAre("1 -> 2", "1 -> 0"));
  EXPECT_THAT(of_kind("literal", function("return 0;")), ElementsAre("0 -> 1", "0 -> -1"));
  EXPECT_THAT(of_kind("literal", function("return 0u;")), ElementsAre("0u -> 1u"));
  EXPECT_THAT(of_kind("literal", function("return 0x1F;")),
              ElementsAre("0x1F -> 0x20", "0x1F -> 0x1E", "0x1F -> 0"));
  EXPECT_THAT(of_kind("literal", function("return 1'000l;")),
              ElementsAre("1'000l -> 1001l", "1'000l -> 999l", "1'000l -> 0l"));
  EXPECT_THAT(of_kind("literal", function("return x < 0.5f;")),
              ElementsAre("0.5f -> 1.5f", "0.5f -> -0.5f", "0.5f -> 0.0f"));
  EXPECT_THAT(of_kind("literal", function("return x < 1e100;")), ElementsAre("1e100 -> 0.0"));
  EXPECT_THAT(of_kind("literal", "inline int* f() { return 0; }\n"), IsEmpty());
  EXPECT_THAT(of_kind("boolean", function("return true;")), ElementsAre("true -> false"));
}

TEST(Mutate, NegatesConditionsThatAreNoRelation) {
  EXPECT_THAT(of_kind("condition", function("if (p) a = b; return a;")), ElementsAre("p -> !(p)"));
  EXPECT_THAT(of_kind("condition", function("while (!p) a = b; return a;")),
              ElementsAre("!p -> p"));
  EXPECT_THAT(of_kind("condition", function("return a < b ? a : b;")), IsEmpty());
  EXPECT_THAT(of_kind("condition", function("return p && q ? a : b;")),
              ElementsAre("p && q -> !(p && q)"));
}

TEST(Mutate, ChangesLogic) {
  EXPECT_THAT(of_kind("logical", function("return p && q || p;")),
              ElementsAre("p && q -> (p || q)", "p && q || p -> (p && q && p)"));
}

TEST(Mutate, DeletesStatements) {
  EXPECT_THAT(of_kind("statement",
                      "void g();\ninline void f(int a) {\n  g();\n  a = 1;\n  return;\n"
                      "  for (;;) { if (a) continue; else break; }\n  throw a;\n}\n"),
              ElementsAre("g(); -> {}", "a = 1; -> {}", "return; -> {}", "continue; -> {}",
                          "break; -> {}", "throw a; -> {}"));
  EXPECT_THAT(of_kind("statement", function("int c = a; return c;")), IsEmpty());
}

TEST(Mutate, ChangesAssignments) {
  EXPECT_THAT(of_kind("assignment", function("a += b; return a;")),
              ElementsAre("a += b -> a -= b", "a += b -> a = b"));
  EXPECT_THAT(
      of_kind("assignment", "#include <string>\ninline void f(std::string& s) { s += s; }\n",
              {"<string>"}),
      ElementsAre("s += s -> s = s"));
}

TEST(Mutate, SwapsArgumentsOfOneType) {
  EXPECT_THAT(of_kind("arguments",
                      "int g(int, double, int, int);\n" + function("return g(a, x, b, a + b);")),
              ElementsAre("g(a, x, b, a + b) -> g(b, x, a, a + b)",
                          "g(a, x, b, a + b) -> g(a, x, a + b, b)"));
  EXPECT_THAT(of_kind("arguments", "int g(int, double);\n" + function("return g(a, x);")),
              IsEmpty());
  EXPECT_THAT(of_kind("arguments", "int g(int, int);\n" + function("return g(a, a);")), IsEmpty());
}

constexpr char kArtifact[] = R"(struct Keep {
  int sinks = 4;
  int window = 8;
  float share = 0.5f;
  void trim(this auto& self, int layer) {
    self.kv_cache.erase(layer, self.sinks, self.window - 1);
    if (self.kv_cache.length(layer) > self.sinks + self.window) self.count++;
  }
 private:
  bool done = false;
  int count = 0;
};
)";

TEST(Mutate, KnowsTheArtifactsOwnTypes) {
  EXPECT_THAT(of_kind("field", kArtifact),
              ElementsAre("self.sinks -> self.window", "self.window -> self.count",
                          "self.sinks -> self.window", "self.window -> self.count",
                          "self.count -> self.sinks"));
  EXPECT_THAT(of_kind("arguments", kArtifact),
              ElementsAre(HasSubstr("-> self.kv_cache.erase(self.sinks, layer, self.window - 1)"),
                          HasSubstr("-> self.kv_cache.erase(layer, self.window - 1, self.sinks)")));
  EXPECT_THAT(of_kind("relational", kArtifact),
              ElementsAre(HasSubstr(" >= self.sinks + self.window"),
                          HasSubstr(" <= self.sinks + self.window")));
}

TEST(Mutate, ChangesInitializersOfMembers) {
  EXPECT_THAT(
      of_kind("initializer", kArtifact),
      ElementsAre("4 -> 5", "4 -> 3", "4 -> 0", "8 -> 9", "8 -> 7", "8 -> 0", "0.5f -> 1.5f",
                  "0.5f -> -0.5f", "0.5f -> 0.0f", "false -> true", "0 -> 1", "0 -> -1"));
}

// The configuration of an artifact apart: which default is right, only the author knows.
TEST(Mutate, TellsDefaultsFromOtherInitializers) {
  const std::string artifact =
      "namespace coop { struct Artifact {}; }\n"
      "struct Keep : coop::Artifact {\n  int window = 1;\n private:\n  int count = 0;\n};\n";
  EXPECT_THAT(of_kind("default", artifact), ElementsAre("1 -> 2", "1 -> 0"));
  EXPECT_THAT(of_kind("initializer", artifact), ElementsAre("0 -> 1", "0 -> -1"));
}

TEST(Mutate, ChangesExtremes) {
  EXPECT_THAT(
      of_kind("extreme",
              "#include <algorithm>\n" + function("return std::max<int>(std::min(a, b), 1);"),
              {"<algorithm>"}),
      ElementsAre("std::max<int>(std::min(a, b), 1) -> std::min<int>(std::min(a, b), 1)",
                  "std::min(a, b) -> std::max(a, b)"));
}

TEST(Mutate, MovesTheBoundsOfLoops) {
  EXPECT_THAT(of_kind("bound", function("for (int i = a; i < b; ++i) x += i; return a;")),
              ElementsAre("a -> a + 1", "b -> b - 1"));
  EXPECT_THAT(of_kind("bound", function("for (int i = 0; i < a + b; ++i) x += i; return a;")),
              ElementsAre("a + b -> (a + b) - 1"));
}

TEST(Mutate, ReversesOrders) {
  const std::string begin =
      "#include <algorithm>\n#include <functional>\n#include <vector>\n"
      "inline void f(std::vector<int>& v) { std::sort(v.begin(), v.end()";
  const std::set<std::string> headers = {"<algorithm>", "<functional>", "<vector>"};
  EXPECT_THAT(of_kind("comparator", begin + "); }\n", headers),
              ElementsAre("std::sort(v.begin(), v.end()) -> std::sort(v.begin(), v.end(), "
                          "[](const auto& a, const auto& b) { return b < a; })"));
  EXPECT_THAT(of_kind("comparator", begin + ", std::greater<int>()); }\n", headers),
              ElementsAre(HasSubstr("-> std::sort(v.begin(), v.end(), std::less<int>())")));
  const std::string with_lambda = begin + ", [](int a, int b) { return a > b; }); }\n";
  EXPECT_THAT(of_kind("comparator", with_lambda, headers), ElementsAre("a > b -> a < b"));
  EXPECT_THAT(of_kind("relational", with_lambda, headers), IsEmpty());
}

// What differs is a constant, a type, or text that a macro made: no mutant, or one that is alone.
TEST(Mutate, KeepsConstantsApart) {
  const std::string text =
      "#include <array>\n#define CHECK(x) if (!(x)) throw 1;\n"
      "constexpr int kSize = 4;\nenum E { kFirst = 3 };\n"
      "static_assert(kSize == 4);\n"
      "inline int f(int a) { CHECK(a < 9) std::array<int, 2> b = {};\n"
      "  switch (a) { case 5: return 6; } return b[a]; }\n";
  std::vector<std::string> alone, beside;
  for (const Mutant& mutant : mutants_of(text, {"<array>"}))
    (mutant.form == Mutant::Form::kAlone ? alone : beside)
        .push_back(mutant.before + " -> " + mutant.after);
  // 4 → anything is refused by the static_assert.
  EXPECT_THAT(alone, ElementsAre("3 -> 4", "3 -> 2", "3 -> 0"));
  EXPECT_THAT(beside, ElementsAre("6 -> 7", "6 -> 5", "6 -> 0"));
}

TEST(Mutate, NumbersEachTextOnceInTheOrderOfTheFile) {
  const std::vector<Mutant> mutants = mutants_of(kArtifact);
  std::set<std::string> texts = {kArtifact};
  for (size_t i = 0; i < mutants.size(); ++i) {
    EXPECT_EQ(mutants[i].id, i + 1);
    EXPECT_TRUE(i == 0 || mutants[i - 1].begin <= mutants[i].begin);
    EXPECT_TRUE(texts.insert(text_of(mutants[i], kArtifact)).second) << mutants[i].after;
  }
  EXPECT_EQ(mutations_of(kArtifact).value, mutations_of(kArtifact).value);
}

TEST(Mutate, KeepsTheNumbersOfLines) {
  const std::string text =
      "int g(int, int);\ninline int f(int a, int b) {\n"
      "  g(a,  // the first\n    b);\n  return b;\n}\n";
  for (const Mutant& mutant : mutants_of(text)) {
    const std::string mutated = text_of(mutant, text);
    EXPECT_EQ(std::count(mutated.begin(), mutated.end(), '\n'), 6) << mutated;
    EXPECT_THAT(mutated, HasSubstr("\n  return b;\n}\n"));
  }
  EXPECT_THAT(of_kind("arguments", text), ElementsAre(HasSubstr(" -> g(b, a)")));
  const Mutations found = *mutations_of(text).value;
  const std::string schemata = schemata_of(found.mutants, text, found.declared_at);
  EXPECT_EQ(std::count(schemata.begin(), schemata.end(), '\n'), 6);
}

TEST(Mutate, HoldsAllMutantsInOneText) {
  const std::string text = "inline int f(int a) { if (a < 2) a = 3; return a; }\n";
  const Mutations found = *mutations_of(text).value;
  EXPECT_THAT(
      schemata_of(found.mutants, text, found.declared_at),
      AllOf(HasSubstr("static const unsigned chosen"),
            HasSubstr("inline int f(int a) { if ((coop_mutant(1) ? (a <= 2) : coop_mutant(2) ? "
                      "(a >= 2) : (a < (coop_mutant(3) ? (3) : coop_mutant(4) ? (1) : "
                      "coop_mutant(5) ? (0) : (2))))) { if (!coop_mutant(6)) { a = "
                      "(coop_mutant(7) ? (4) : coop_mutant(8) ? (2) : coop_mutant(9) ? (0) : (3)); "
                      "} } return a; }\n")));
}

// A class that is asked whether it is true has another type than its negation.
TEST(Mutate, AsksForTruthInBothBranches) {
  const std::string text =
      "#include <memory>\ninline int f(std::unique_ptr<int>& a) {"
      " return a ? 1 : 2; }\n";
  const Mutations found = *mutations_of(text, {"<memory>"}).value;
  EXPECT_THAT(schemata_of(found.mutants, text, found.declared_at),
              HasSubstr("(coop_mutant(1) ? bool(!(a)) : bool(a)) ? "));
}

TEST(Mutate, SaysWhatDoesNotParse) {
  const Result<Mutations> found = mutations_of("int f() { return nothing; }\n");
  EXPECT_FALSE(found.value.has_value());
  ASSERT_EQ(found.diagnostics.size(), 1u);
  EXPECT_THAT(found.diagnostics[0].message, HasSubstr("nothing"));
}

}  // namespace
}  // namespace combiner
