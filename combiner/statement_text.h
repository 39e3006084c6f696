// Where statements and calls end, read from tokens.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "llvm/ADT/StringRef.h"

namespace combiner {

/// Behind the statement that starts at `begin`, with its `;` and all its branches.
unsigned statement_end(llvm::StringRef text, unsigned begin);

/// The parenthesis that opens the arguments of the callee named at `name`.
unsigned open_paren_behind(llvm::StringRef text, unsigned name);

/// Where the first token at or behind `at` starts, outside of directives; the size of the text when
/// there is none.
unsigned token_behind(llvm::StringRef text, unsigned at);

/// Where the last token in front of `at` starts; the size of the text when there is none.
unsigned token_before(llvm::StringRef text, unsigned at);

/// Is it part of a line that begins with `#`, or of one that continues such a line?
bool is_in_directive(llvm::StringRef text, unsigned at);

/// Where the identifier `name` stands in [begin, end), outside of comments and strings.
std::vector<unsigned> identifiers(llvm::StringRef text, unsigned begin, unsigned end,
                                  llvm::StringRef name);

/// Every identifier in [begin, end), once.
std::set<std::string> words(llvm::StringRef text, unsigned begin, unsigned end);

}  // namespace combiner
