#include "combiner/outline.h"

#include <gmock/gmock.h>

namespace combiner {
namespace {

using testing::ElementsAre;

Outline read(const std::string& text, const std::vector<std::string>& macros = {}) {
  return outline({"a.h", "/a.h", text}, macros);
}

StructOutline read_struct(const std::string& text) {
  const Outline out = read(text);
  return out.structs.size() == 1 ? out.structs[0] : StructOutline{};
}

std::vector<std::string> names(const std::vector<Member>& members) {
  std::vector<std::string> out;
  for (const Member& member : members) out.push_back(member.name);
  return out;
}

TEST(Outline, ReadsDataMembers) {
  const StructOutline kv = read_struct(
      "/// Rows.\n"
      "struct Kv : coop::Artifact {\n"
      "  int tokens = 3;  ///< How many.\n"
      "  std::string name = \"a;b{\";\n"
      "  std::map<int, std::vector<int>> rows;\n"
      "  int x{4};\n"
      "};\n");
  EXPECT_EQ(kv.name, "Kv");
  EXPECT_EQ(kv.doc, "Rows.");
  EXPECT_THAT(kv.bases, ElementsAre("coop::Artifact"));
  ASSERT_THAT(names(kv.members), ElementsAre("tokens", "name", "rows", "x"));
  EXPECT_EQ(kv.members[0].type, "int");
  EXPECT_EQ(kv.members[0].initializer, "3");
  EXPECT_EQ(kv.members[0].doc, "How many.");
  EXPECT_EQ(kv.members[1].initializer, "\"a;b{\"");
  EXPECT_EQ(kv.members[2].type, "std::map<int, std::vector<int>>");
  EXPECT_EQ(kv.members[2].initializer, "");
}

TEST(Outline, ReadsEachNameOfADeclaration) {
  const StructOutline kv = read_struct(
      "struct Kv : coop::Artifact {\n"
      "  int first = 1, second = f(2, 3), *third, fourth[2] = {4, 5}, fifth{6};  ///< All.\n"
      "  int last = 7;\n"
      "};\n");
  ASSERT_THAT(names(kv.members),
              ElementsAre("first", "second", "third", "fourth", "fifth", "last"));
  EXPECT_EQ(kv.members[0].initializer, "1");
  EXPECT_EQ(kv.members[1].type, "int");
  EXPECT_EQ(kv.members[1].initializer, "f(2, 3)");
  EXPECT_EQ(kv.members[1].doc, "All.");
  EXPECT_EQ(kv.members[2].type, "int *");
  EXPECT_EQ(kv.members[3].type, "int[]");
  EXPECT_EQ(kv.members[4].initializer, "{6}");
  EXPECT_EQ(kv.members[0].range, kv.members[4].range);
}

TEST(Outline, NamesTheBraceThatNothingCloses) {
  EXPECT_FALSE(read("struct A { int f() { return 1; } };\n").unclosed);
  const std::string text = "struct A {};\nstruct B { int f() { return 1; };\n";
  const Outline out = read(text);
  ASSERT_TRUE(out.unclosed);
  EXPECT_EQ(out.unclosed->begin, text.find("B {") + 2);
}

TEST(Outline, ReadsMethodsAndTheirParameters) {
  const StructOutline kv = read_struct(
      "struct Kv : coop::Artifact {\n"
      "  std::vector<int> rows(this auto& self, const float* x, int n = f(1, 2)) const;\n"
      "  int plain(int y) { return y; }\n"
      "  static int twice(int x) { return 2 * x; }\n"
      "};\n");
  ASSERT_THAT(names(kv.members), ElementsAre("rows", "plain", "twice"));
  const Member& rows = kv.members[0];
  EXPECT_TRUE(rows.is_function);
  EXPECT_TRUE(rows.takes_self);
  ASSERT_THAT(names(rows.parameters), ElementsAre("x", "n"));
  EXPECT_EQ(rows.parameters[1].initializer, "f(1, 2)");
  EXPECT_FALSE(kv.members[1].takes_self);
  EXPECT_TRUE(kv.members[2].is_static);
}

TEST(Outline, ReadsInvariants) {
  const StructOutline kv = read_struct(
      "struct Kv : coop::Artifact {\n"
      "  int rows = 1;\n"
      "  COOP_INVARIANT(rows > f(0, 1));\n"
      " private:\n"
      "  COOP_INVARIANT(rows > 2)\n"
      "  int last = 2;\n"
      "};\n");
  ASSERT_THAT(names(kv.members), ElementsAre("rows", "", "", "last"));
  EXPECT_TRUE(kv.members[1].is_invariant && kv.members[1].is_other && kv.members[1].is_public);
  EXPECT_TRUE(kv.members[2].is_invariant && !kv.members[2].is_public);
  EXPECT_FALSE(kv.members[3].is_invariant);
}

TEST(Outline, ReadsAccess) {
  const StructOutline kv = read_struct(
      "class Kv : public coop::Artifact {\n"
      "  int hidden = 1;\n"
      " public:\n"
      "  int open = 2;\n"
      " protected:\n"
      "  int half = 3;\n"
      "};\n");
  ASSERT_EQ(kv.members.size(), 3u);
  EXPECT_FALSE(kv.members[0].is_public);
  EXPECT_TRUE(kv.members[1].is_public);
  EXPECT_FALSE(kv.members[2].is_public);
  EXPECT_THAT(kv.bases, ElementsAre("coop::Artifact"));
}

TEST(Outline, ReadsTemplateParametersWithCommasInTheirDefaults) {
  const StructOutline t = read_struct(
      "template <class Cache = Kv<int, double>, int Width = 4>\n"
      "struct T : coop::Service {\n"
      "  Cache kv;\n"
      "};\n");
  ASSERT_EQ(t.parameters.size(), 2u);
  EXPECT_EQ(t.parameters[0].name, "Cache");
  EXPECT_EQ(t.parameters[0].default_value, "Kv<int, double>");
  EXPECT_EQ(t.parameters[1].kind, "int");
  EXPECT_EQ(t.parameters[1].default_value, "4");
}

TEST(Outline, ReadsIncludes) {
  const Outline out = read("#include <vector>\n  # include \"kernels/fill.h\"\n");
  ASSERT_EQ(out.includes.size(), 2u);
  EXPECT_EQ(out.includes[0].spelled, "vector");
  EXPECT_TRUE(out.includes[0].angled);
  EXPECT_EQ(out.includes[1].spelled, "kernels/fill.h");
  EXPECT_FALSE(out.includes[1].angled);
}

TEST(Outline, ReadsNoBlockThatTheTargetSwitchesOff) {
  const std::string text =
      "#if COOP_CUDA\n#include <cuda_runtime.h>\n#else\n#include <cmath>\n#endif\n";
  EXPECT_EQ(read(text, {"COOP_CUDA=1"}).includes.at(0).spelled, "cuda_runtime.h");
  EXPECT_EQ(read(text, {"COOP_CUDA=0"}).includes.at(0).spelled, "cmath");
  EXPECT_EQ(read(text, {"COOP_CUDA=0"}).includes.size(), 1u);
}

TEST(Outline, ReadsHooksThatAreCalled) {
  const Outline out = read(
      "struct Kv : coop::Artifact {\n"
      "  void append(this auto& self) { self.hooks.after_append(1); self.kv.before(); }\n"
      "  // self.hooks.in_a_comment();\n"
      "};\n");
  EXPECT_THAT(out.hooks, ElementsAre("after_append"));
}

TEST(Outline, IsNotMisledByCommentsAndStrings) {
  const Outline out = read(
      "/* struct A {}; */\n"
      "inline const char* text = \"struct B {};\";\n"
      "// struct C {};\n"
      "struct D {};\n");
  ASSERT_EQ(out.structs.size(), 1u);
  EXPECT_EQ(out.structs[0].name, "D");
}

TEST(DocComment, IsWhatStandsAbove) {
  const std::string text = "int a;\n\n/// One.\n/// Two.\nint b;\n";
  const unsigned b = text.find("int b;");
  EXPECT_EQ(doc_comment(text, b, b + 6), "One.\nTwo.");
  EXPECT_EQ(doc_begin(text, b), text.find("/// One."));
  EXPECT_EQ(doc_begin(text, 0), 0u);
}

TEST(DocComment, IsWhatStandsBehind) {
  const std::string text = "int a;\nint b;  ///< Behind.\n/// Of c.\nint c;\n";
  const unsigned b = text.find("int b;");
  EXPECT_EQ(doc_comment(text, b, b + 6), "Behind.");
  EXPECT_EQ(doc_begin(text, b), b);
}

TEST(Overlay, MapsItsOffsetsToTheAuthorsText) {
  // "ab[CDE]fg" stands for "ab[X]fg": a patch longer than what it replaces.
  Overlay overlay;
  overlay.text = "abCDEfg";
  overlay.patches = {{2, 3, 2, 5}};
  EXPECT_EQ(overlay.original(0), 0u);
  EXPECT_EQ(overlay.original(1), 1u);
  EXPECT_EQ(overlay.original(2), 2u);
  EXPECT_EQ(overlay.original(4), 3u);  // inside: no further than the end of what was replaced
  EXPECT_EQ(overlay.original(5), 3u);
  EXPECT_EQ(overlay.original(6), 4u);
}

TEST(Overlay, MapsBehindSeveralPatches) {
  Overlay overlay;
  overlay.text = "++a--b";
  overlay.patches = {{0, 0, 0, 2}, {1, 1, 3, 5}};  // for "ab"
  EXPECT_EQ(overlay.original(2), 0u);
  EXPECT_EQ(overlay.original(5), 1u);
}

}  // namespace
}  // namespace combiner
