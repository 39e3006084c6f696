// The preprocessor's run over one source → entries of a SourceProgram: what was included, which
// branches every compiler takes, and which macro each word means.
#pragma once

#include <map>
#include <memory>

#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "combiner/flatten/source_program.h"

namespace combiner {

/// Adds entries of source number `source` to `program`; `entry_of` tells which file of Clang's is
/// which.
std::unique_ptr<clang::PPCallbacks> record_inclusions(clang::Preprocessor& preprocessor, int source,
                                                      SourceProgram& program,
                                                      std::map<clang::FileID, int>& entry_of);

}  // namespace combiner
