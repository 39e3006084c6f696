// An entry → the parts of its text, as a tree: what can go without the rest.
#pragma once

#include "combiner/flatten/source_program.h"

namespace combiner {

struct Part {
  enum class Kind {
    kText,         // belongs to nothing that could go: stays
    kComment,      // speaks of what follows it
    kItem,         // a declaration; its parts are the directives within
    kSpace,        // namespace a { ... }
    kConditional,  // #if ... #endif; its parts are branches
    kBranch,       // from behind the line of its directive
    kSkipped,      // text that Clang did not read and another compiler may
    kDirective,    // any other: #include, #define, #pragma
  };
  Kind kind;
  unsigned begin, end;  // whole lines where it is alone on them
  int index = -1;       // kItem, kSpace: in the entry; kBranch, kDirective: of the directive
  std::vector<Part> parts = {};
};

/// Items and namespaces that an #if splits become one part with it.
std::vector<Part> divide_file(const SourceText& text, Entry& entry);

/// The same for text that Clang never read: directives alone.
std::vector<Part> divide_skipped(const SourceText& text, unsigned begin, unsigned end);

}  // namespace combiner
