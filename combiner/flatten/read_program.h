// Commands → SourceProgram: Clang parses each source, side by side, and what it saw is joined.
#pragma once

#include <functional>

#include "combiner/flatten/source_program.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

/// `cuda_path` is the toolkit for CUDA sources. `progress` hears which source was read.
Result<SourceProgram> read_program(const std::vector<SourceCommand>& commands,
                                   const std::string& cuda_path,
                                   llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files,
                                   const std::function<void(const std::string&)>& progress);

/// The arguments for Clang: what matters to parsing, with absolute folders.
std::vector<std::string> parse_arguments(const SourceCommand& command,
                                         const std::string& cuda_path);

}  // namespace combiner
