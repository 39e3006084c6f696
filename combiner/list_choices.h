// Registry → what may fill each slot of a service, as `--with` takes it.
#pragma once

#include "combiner/values.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

/// Lines like "Compressor=NoCompression": the artifacts in the folder of what fills the slot now,
/// and in the project's own artifacts/. Whether they fit, only Clang can tell.
std::string list_choices(const Registry& registry, const SourceTree& sources,
                         llvm::vfs::FileSystem& files);

/// Where a call finds no such member of what fills a slot: which other choice has it.
void suggest_choices(Diagnostics& diagnostics, const Registry& registry, const SourceTree& sources,
                     llvm::vfs::FileSystem& files);

}  // namespace combiner
