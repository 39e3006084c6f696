// BoundSource → Program: Clang parses it, once for the host and, for CUDA, once for the device.
#pragma once

#include "combiner/program.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

Result<Program> instantiate(const Request& request, const SourceTree& sources,
                            const Registry& registry, const BoundSource& bound,
                            llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files);

/// The emission must parse on its own, as C++20, with no include path into the project.
Diagnostics reparse(const Request& request, const Emission& emission, const SourceTree& sources,
                    llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files);

}  // namespace combiner
