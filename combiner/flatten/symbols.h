// A declaration → its Symbol: templates and their instantiations are one, every redeclaration is
// one, and what only one file can name is that file's own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "clang/AST/Decl.h"
#include "combiner/flatten/source_program.h"

namespace combiner {

class Symbols {
 public:
  Symbols(const clang::SourceManager& sources, std::vector<std::string>& names);

  /// kNoSymbol: nothing at namespace scope or in a class there, e.g. a local variable.
  Symbol of(const clang::Decl* decl);
  /// The class at namespace scope in which `decl` is a member; kNoSymbol if it is in none.
  Symbol owner_of(const clang::Decl* decl);

  /// What was written: of an instantiation, the template.
  static const clang::Decl* written(const clang::Decl* decl);

 private:
  bool is_of_one_source(const clang::Decl* decl) const;

  const clang::SourceManager& sources_;
  std::vector<std::string>& names_;
  std::map<std::string, Symbol> by_name_;
  std::map<const clang::Decl*, Symbol> by_decl_;
};

}  // namespace combiner
