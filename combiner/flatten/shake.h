// PlacedEntries → Live: what the program reaches, beginning with its roots. A word means what Clang
// says it means; a word of which Clang says nothing (in a template, a macro, a branch that Clang
// skipped) means everything that has its name.
#pragma once

#include "combiner/flatten/place_entries.h"

namespace combiner {

struct Live {
  std::set<std::pair<int, int>> items;  // entry, item
  std::set<std::string> spelled;        // words of all text that stays: macros of these names stay
  std::set<const Part*> conditionals;   // those that stay, though a compiler decides them
  std::set<Symbol> symbols;
  struct Effect {  // kept though nothing names it
    std::string file, name, why;
    unsigned begin, end;
  };
  std::vector<Effect> effects;
};

Live shake(const SourceProgram& program, const PlacedEntries& entries);

}  // namespace combiner
