// Where a declaration's text begins and ends: Clang's range leaves out attributes, macros that
// expand to nothing, semicolons, and explicit instantiations altogether.
#pragma once

#include <set>

#include "combiner/flatten/source_program.h"

namespace combiner {

/// From the end of Clang's range to behind the semicolon, if there is one to come.
unsigned behind_declaration(const SourceText& text, unsigned end, bool has_body,
                            bool ends_in_macro);

/// Sorts the items of an entry, and gives each the words in front of it that are its own.
/// `structural` are offsets of words that open or close a namespace by a macro; items of such a
/// macro are taken out and returned: their text always stays, and so must what they use.
std::vector<Item> settle_extents(const std::map<std::string, SourceText>& texts, Entry& entry,
                                 const std::set<unsigned>& structural);

}  // namespace combiner
