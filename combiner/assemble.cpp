#include "combiner/assemble.h"

#include <algorithm>
#include <functional>
#include <set>

#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// Functions of one file stay together; the files stand in the order in which the first of their
/// functions is complete, callees first.
std::vector<Piece> order_functions(const std::vector<Piece>& functions) {
  std::map<std::string, std::set<std::string>> needs;  // file → files
  std::map<std::string, std::string> file_of;
  for (const Piece& piece : functions) file_of[piece.name] = piece.file;
  for (const Piece& piece : functions)
    for (const std::string& need : piece.needs)
      if (file_of.count(need) && file_of[need] != piece.file)
        needs[piece.file].insert(file_of[need]);
  std::vector<std::string> files;
  std::set<std::string> done;
  std::function<void(const std::string&)> visit = [&](const std::string& file) {
    if (!done.insert(file).second) return;
    for (const Piece& piece : functions)  // in order of the pieces: the same every time
      if (needs[file].count(piece.file)) visit(piece.file);
    files.push_back(file);
  };
  for (const Piece& piece : functions) visit(piece.file);
  std::vector<Piece> out;
  for (const std::string& file : files)
    for (const Piece& piece : functions)
      if (piece.file == file) out.push_back(piece);
  return out;
}

/// Prototypes of functions that are called above their definition; they take the default arguments.
std::string early_declarations(std::vector<Piece>& functions) {
  std::set<std::string> defined;
  std::set<std::string> early;
  for (const Piece& piece : functions) {
    defined.insert(piece.name);
    for (const std::string& need : piece.needs)
      if (!defined.count(need)) early.insert(need);
  }
  std::string out;
  for (Piece& piece : functions) {
    if (!early.count(piece.name)) continue;
    out += piece.prototype + "\n";
    piece.text = piece.text_behind_prototype;
  }
  if (!out.empty()) out.pop_back();
  return out;
}

/// A macro that headers read stands above them already.
bool is_configuration(const Piece& piece, const Imports& imports) {
  return piece.kind == Piece::Kind::kMacro &&
         std::any_of(imports.configuration.begin(), imports.configuration.end(),
                     [&](const std::string& line) {
                       return llvm::StringRef(piece.text).rtrim().ends_with(line);
                     });
}

}  // namespace

Unit assemble(const Registry& registry, Imports imports, std::vector<Piece> pieces) {
  Unit unit;
  unit.imports = std::move(imports);
  unit.state_name = registry.service.name;
  unit.summary = registry.service.doc;
  std::vector<Piece> functions, rest;
  for (Piece& piece : pieces) {
    if (is_configuration(piece, unit.imports)) continue;
    if (piece.kind == Piece::Kind::kFunction)
      functions.push_back(std::move(piece));
    else if (piece.kind == Piece::Kind::kMain)
      rest.push_back(std::move(piece));
    else
      unit.pieces.push_back(std::move(piece));
  }
  functions = order_functions(functions);
  const std::string early = early_declarations(functions);
  if (!early.empty() && !unit.pieces.empty()) {
    Piece piece = unit.pieces.back();  // stands behind the state, under its heading
    piece.kind = Piece::Kind::kDeclaration;
    piece.name = "early declarations";
    piece.text = "// Called above where they are defined.\n" + early;
    piece.edited = true;
    unit.pieces.push_back(std::move(piece));
  }
  unit.pieces.insert(unit.pieces.end(), functions.begin(), functions.end());
  unit.pieces.insert(unit.pieces.end(), rest.begin(), rest.end());
  return unit;
}

}  // namespace combiner
