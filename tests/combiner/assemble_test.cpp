#include "combiner/assemble.h"

#include <gmock/gmock.h>

#include "combiner/print_unit.h"

namespace combiner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Piece function(const std::string& file, const std::string& name,
               std::vector<std::string> needs = {}) {
  Piece out;
  out.kind = Piece::Kind::kFunction;
  out.file = file;
  out.name = name;
  out.text = "int " + name + "(Decode& self) { return 1; }";
  out.text_behind_prototype = out.text;
  out.prototype = "int " + name + "(Decode& self);";
  out.needs = std::move(needs);
  out.line = 1;
  return out;
}

Piece piece(Piece::Kind kind, const std::string& file, const std::string& name) {
  Piece out;
  out.kind = kind;
  out.file = file;
  out.name = name;
  out.text = kind == Piece::Kind::kMain ? "int main() {}" : "struct " + name + " {};";
  return out;
}

Piece state() { return piece(Piece::Kind::kState, "services/decode.h", "Decode"); }

Registry decode() {
  Registry out;
  out.service.name = "Decode";
  return out;
}

std::vector<std::string> names(const Unit& unit) {
  std::vector<std::string> out;
  for (const Piece& each : unit.pieces) out.push_back(each.name);
  return out;
}

TEST(Assemble, PutsStateBeforeFunctionsAndMainLast) {
  const Unit unit = assemble(decode(), {},
                             {piece(Piece::Kind::kMain, "main", "main"), function("a.h", "a_f"),
                              piece(Piece::Kind::kDeclaration, "a.h", "A"), state()});
  EXPECT_THAT(names(unit), ElementsAre("A", "Decode", "a_f", "main"));
}

TEST(Assemble, PutsFilesOfCalleesAboveTheirCallers) {
  const Unit unit = assemble(decode(), {},
                             {state(), function("a.h", "a_f", {"b_g"}),
                              function("b.h", "b_g", {"c_h"}), function("c.h", "c_h")});
  EXPECT_THAT(names(unit), ElementsAre("Decode", "c_h", "b_g", "a_f"));
}

TEST(Assemble, KeepsAFilesFunctionsSideBySide) {
  const Unit unit = assemble(
      decode(), {},
      {state(), function("a.h", "a_f"), function("b.h", "b_g", {"a_f"}), function("a.h", "a_h")});
  EXPECT_THAT(names(unit), ElementsAre("Decode", "a_f", "a_h", "b_g"));
}

TEST(Assemble, DeclaresEarlyWhatACycleNeeds) {
  const Unit unit = assemble(
      decode(), {}, {state(), function("a.h", "a_f", {"b_g"}), function("b.h", "b_g", {"a_f"})});
  ASSERT_EQ(unit.pieces.size(), 4u);
  EXPECT_EQ(unit.pieces[0].name, "Decode");
  EXPECT_THAT(unit.pieces[1].text, HasSubstr("int a_f(Decode& self);"));
  EXPECT_THAT(unit.pieces[1].text, Not(HasSubstr("b_g(")));
}

TEST(Assemble, DeclaresNothingEarlyWithoutNeed) {
  const Unit unit = assemble(
      decode(), {}, {state(), function("a.h", "a_f"), function("a.h", "a_g", {"a_f", "a_g"})});
  for (const Piece& each : unit.pieces) EXPECT_THAT(each.text, Not(HasSubstr("self);")));
}

TEST(PrintUnit, PutsOneHeadingOverTheNeighboursOfAFile) {
  Request request;
  request.device = Device::kCpu;
  const Unit unit =
      assemble(decode(), {.includes = {{"<vector>", {"a", "b"}, {}}}},
               {state(), function("a.h", "a_f"), function("a.h", "a_g"), function("b.h", "b_g")});
  const Emission emission = *print_unit(request, unit, "services/decode.h", "out.cpp", "").value;
  const std::string& text = emission.text;
  EXPECT_THAT(text, HasSubstr("#include <vector>  // a, b\n"));
  const size_t heading = text.find("// ---- a.h ---");
  ASSERT_NE(heading, std::string::npos);
  EXPECT_EQ(text.find("// ---- a.h ---", heading + 1), std::string::npos);
  EXPECT_EQ(text.substr(heading, text.find('\n', heading) - heading).size(), 100u);
  EXPECT_EQ(text.back(), '\n');
  EXPECT_THAT(text, Not(HasSubstr("\n\n\n")));
}

TEST(PrintUnit, MapsLinesToTheAuthors) {
  Request request;
  request.device = Device::kCpu;
  const Emission emission =
      *print_unit(request, assemble(decode(), {}, {state(), function("a.h", "a_f")}),
                  "services/decode.h", "out.cpp", "")
           .value;
  ASSERT_FALSE(emission.lines.empty());
  const Emission::Lines& last = emission.lines.back();
  EXPECT_EQ(last.file, "a.h");
  EXPECT_EQ(last.line, 1u);
  std::string line = emission.text;
  for (unsigned i = 1; i < last.first; ++i) line.erase(0, line.find('\n') + 1);
  EXPECT_THAT(line, testing::StartsWith("int a_f(Decode& self)"));
}

}  // namespace
}  // namespace combiner
