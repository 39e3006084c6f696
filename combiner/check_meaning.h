// A name must mean in the combined file what it means in its own. Combining puts every file into
// one scope: a helper of one may win an overload in another, and a macro may reach further than it
// was meant to. Both show in one way: text refers to a file that it does not include.
#pragma once

#include "clang/AST/Decl.h"
#include "combiner/program.h"

namespace combiner {

class CheckMeaning {
 public:
  CheckMeaning(const Pass& pass, const BoundSource& bound, Diagnostics& diagnostics);

  /// The name at `where` was found to be `decl` by ordinary lookup.
  void name(const clang::NamedDecl* decl, clang::SourceLocation where);
  /// Every macro that local text uses or tests.
  void macros();

 private:
  bool sees(const std::string& file, const std::string& other);
  void report(const std::string& name, const FileRange& at, const FileRange& declared);

  const Pass& pass_;
  const BoundSource& bound_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::set<std::string>> closures_;   // file → every file that it includes
  std::set<std::pair<std::string, std::string>> reported_;  // file, name
};

}  // namespace combiner
