// SourceFile → what it declares, read from its tokens alone, in a millisecond and without types.
#pragma once

#include <string>
#include <vector>

#include "combiner/values.h"

namespace combiner {

/// `macros` are `NAME=VALUE`; blocks that they switch off are not read. Names hidden by a macro of
/// another file are not seen: what depends on the outline is checked again once Clang knows types.
Outline outline(const SourceFile& file, const std::vector<std::string>& macros);

/// One line of a comment.
struct DocLine {
  std::string text;    // without the slashes, e.g. Tokens kept.
  unsigned begin = 0;  // of that text in the file
};

/// The comment directly above offset `begin`; or the one behind `end` on its line, which goes on in
/// lines that hold `///<` and nothing else.
std::vector<DocLine> doc_lines(const std::string& text, unsigned begin, unsigned end);

/// The same as one text.
std::string doc_comment(const std::string& text, unsigned begin, unsigned end);

/// Where the comment lines directly above `begin` start; `begin` itself without any.
unsigned doc_begin(const std::string& text, unsigned begin);

}  // namespace combiner
