// A folder → the headers below it that declare an artifact, read without types.
#pragma once

#include <string>
#include <vector>

#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

/// Paths, sorted. A struct is an artifact if it derives from coop::Artifact, or from one that is.
std::vector<std::string> find_artifacts(const std::string& folder, llvm::vfs::FileSystem& files);

}  // namespace combiner
