// Mutant, text → text: the header with one small mistake in it, or with all of them, one of which a
// variable of the environment chooses.
#pragma once

#include <string>
#include <vector>

namespace combiner {

/// A small mistake that could have been made in a header. Tests that are worth something notice it.
struct Mutant {
  /// How it stands beside the others in one text.
  enum class Form {
    kExpression,  // (coop_mutant(7) ? (a <= b) : (a < b))
    kCondition,   // the same of what is only asked whether it is true
    kStatement,   // if (!coop_mutant(8)) { f(); }
    kAlone,       // not at all: a constant, a type, a declaration
  };
  unsigned id = 0;                // from 1, in the order of the text
  unsigned line = 0, column = 0;  // from 1
  std::string kind;               // e.g. relational
  std::string before, after;      // e.g. "a < b", "a <= b"; what is new stands in one line
  unsigned begin = 0, end = 0;    // of `before` in the text
  Form form = Form::kExpression;
  bool operator==(const Mutant&) const = default;
};

/// `text` with the mutant in it; every line keeps its number.
std::string text_of(const Mutant& mutant, const std::string& text);

/// `text` with all mutants that can stand in it together. $MUT is the id of the one that is active;
/// without it none is. `declared_at` is an offset in front of which a function can be declared.
std::string schemata_of(const std::vector<Mutant>& mutants, const std::string& text,
                        unsigned declared_at);

/// C++ without comments and in one line; empty where that cannot be: it holds a directive, or a
/// string of several lines.
std::string in_one_line(const std::string& text);

}  // namespace combiner
