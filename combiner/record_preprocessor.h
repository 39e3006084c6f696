// What the preprocessor sees, while it sees it: includes, macro uses and conditionals.
#pragma once

#include "clang/Lex/PPCallbacks.h"
#include "clang/Lex/Preprocessor.h"
#include "combiner/program.h"

namespace combiner {

std::unique_ptr<clang::PPCallbacks> record_preprocessor(clang::Preprocessor& preprocessor,
                                                        const std::set<std::string>& local_files,
                                                        Preprocessed& out);

/// The path of a file without dots, e.g. /src/artifacts/x.h; empty for what is no file.
std::string path_of(const clang::SourceManager& sources, clang::FileID file);

}  // namespace combiner
