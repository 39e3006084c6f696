// Bodies → which bodies of functions Clang reads and instantiates: those that decide something.
#pragma once

#include <memory>
#include <set>

#include "clang/AST/ASTConsumer.h"

namespace combiner {

/// A third party's functions that are no templates are never read: nothing in them depends on what
/// authors write.
struct Bodies {
  /// A third party's templates are instantiated only where they may come back to what authors
  /// wrote: std::sort with a lambda. An error in the others shows when the emission is parsed.
  bool local_only = false;
  unsigned part = 0, parts = 1;   // of the main file's functions, this part of so many
  std::set<unsigned> known = {};  // functions of the main file, by their name, that are left out
};

/// Clang asks before it reads a body that nobody needs for a type or a constant.
bool is_skipped(const clang::Decl* decl, const Bodies& bodies);

std::unique_ptr<clang::ASTConsumer> choose_bodies(const Bodies& bodies);

}  // namespace combiner
