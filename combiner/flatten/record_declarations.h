// Clang's syntax tree of one source → items of a SourceProgram: what each file declares, what each
// word means, and what is reached without being spelled.
#pragma once

#include <map>

#include "clang/AST/ASTContext.h"
#include "combiner/flatten/source_program.h"

namespace combiner {

void record_declarations(clang::ASTContext& context, const std::map<clang::FileID, int>& entry_of,
                         SourceProgram& program);

}  // namespace combiner
