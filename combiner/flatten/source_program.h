// An ordinary program, as Clang saw it: which files its sources entered, what each declares, and
// what each word of it means. Plain values; Clang's pointers do not leave read_program.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "combiner/flatten/source_text.h"
#include "combiner/values.h"

namespace combiner {

/// What can be declared once and meant often: a function with its overload's parameters, a class, a
/// variable, a namespace. An index into SourceProgram::symbols.
using Symbol = int;

constexpr Symbol kNoSymbol = -1;

/// One source and the flags it is compiled with.
struct SourceCommand {
  std::string file;                // absolute
  std::string directory;           // where the flags are given
  std::vector<std::string> flags;  // e.g. -Iinclude, -std=c++17
};

/// A declaration at namespace scope, with everything that has to go when it goes.
struct Item {
  unsigned begin = 0, end = 0;  // of the file; from its first attribute to behind its semicolon
  std::vector<Symbol> declares;
  std::set<std::string> names;       // by which text that Clang did not resolve may mean it
  std::string scope;                 // the namespaces around it, e.g. a::b::
  bool is_member = false;            // defined outside of its class: found behind `.` and `->`
  std::set<Symbol> triggers;         // it stays when one of these does
  std::set<Symbol> uses;             // what it reaches without spelling it: operators, macros
  std::set<std::string> uses_names;  // the same, where only the name is known: operator<<
  std::string root;                  // why it stays whatever else does, e.g. "has an effect"
  std::string subject;               // what the root speaks of, where it declares more
  bool has_body = false;             // a function that is defined, not declared
  bool is_passive = false;           // static_assert: stays when all that it names does
  bool by_spelling = false;          // `using std::swap;`: stays when anything spells its name
  std::set<Symbol> spaces;           // namespaces that it names, which so must be there before it
  std::string state;                 // a variable that changes and that each source has one of
  std::string shape;                 // sizes, offsets, values: the same in each source, or refused
  bool is_above = false;             // an earlier source has had it from the same file
  unsigned differs_at = 0;           // a word that means another thing in another source
  int differs_in = -1;               // which source; -1: none
};

/// Two that share their text: `int a, *b;`, or what an #if splits.
void join(Item& into, const Item& from);

/// `namespace a {` ... `}`, both written in one file.
struct Space {
  unsigned begin, open_end;     // from `namespace` to behind the brace
  unsigned close, end;          // the closing brace, with a comment that names it
  std::vector<Symbol> symbols;  // several: namespace a::b
  bool must_exist = false;      // a directive or an alias names it
};

/// What became of one branch of an #if.
enum class Branch {
  kTaken,        // in every compiler
  kNever,        // in no compiler
  kTakenHere,    // Clang took it; another compiler may not
  kSkippedHere,  // Clang did not take it; another compiler may
};

struct Inclusion {
  unsigned hash;        // of its directive
  std::string spelled;  // e.g. "re2/re2.h"
  std::string target;   // path; empty: not found
  bool is_local = false;
  int entry = -1;        // what it entered; -1: nothing, for the second time
  bool repeats = false;  // of a library, and means another thing each time: <assert.h>
};

/// A file as a source entered it once.
struct Entry {
  std::string file;
  int source = 0;                             // index of the source
  int parent = -1;                            // the entry that includes it
  bool is_guarded = false;                    // a second inclusion is empty
  bool is_conditional = false;                // entered where another compiler may not
  bool is_enclosed = false;                   // included within a declaration or a namespace
  std::string guard;                          // the macro of its guard
  std::set<std::string> defines;              // macros that it defined this time
  std::map<unsigned, Branch> branches;        // by hash of #if, #elif, #else
  std::map<unsigned, Inclusion> inclusions;   // by hash; also those of branches that Clang skipped
  std::map<unsigned, unsigned> local_probes;  // __has_include of a local file: begin and end
  std::vector<Item> items;                    // in order; they do not overlap
  std::vector<Space> spaces;
  std::map<unsigned, std::vector<Symbol>>
      meanings;  // by offset of a word: resolved, maybe to nothing of ours
  std::map<unsigned, std::set<std::string>>
      pasted;  // by offset of a macro's use: macros that ## named
  std::map<unsigned, std::vector<Symbol>> declared;  // by offset of a word: what it declares
  std::map<unsigned, std::string>
      macro_uses;  // by offset: place of the definition meant, file:offset
  std::map<unsigned, std::set<std::string>>
      nested_macros;  // by offset of a macro's use: places of what its expansion expands
};

struct SourceProgram {
  std::vector<SourceCommand> commands;
  std::map<std::string, SourceText> texts;  // of every local file, also of those that are named
                                            // only where Clang skipped
  std::vector<Entry> entries;               // of all sources, in order of entering
  Item from_third_parties;                  // what their instantiations reach
  std::map<std::string, std::map<unsigned, Inclusion>>
      skipped_inclusions;                  // by file and hash: those
                                           // that only another compiler may read
  std::vector<std::string> symbols;        // names that tell them apart
  std::set<std::string> consulted_macros;  // local macros that a third party's header tests
  std::vector<std::string> defines;        // of the command line: NAME or NAME=VALUE
  bool is_cuda = false;
  bool is_c = false;
};

}  // namespace combiner
