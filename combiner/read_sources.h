// Request → SourceTree: the service's header and every local file that it reaches through includes.
#pragma once

#include "combiner/values.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

/// Third-party headers are left to Clang; `extra` names headers to read as well.
Result<SourceTree> read_sources(const Request& request, const std::vector<std::string>& extra,
                                llvm::vfs::FileSystem& files);

/// `NAME=VALUE` of every macro that a target sets, e.g. COOP_CUDA=1.
std::vector<std::string> target_macros(const Request& request);

/// Path of what self.world is at the larger scales.
std::string world_header(const Request& request);

/// Path of what calls to owned artifacts are made with.
std::string owned_header(const Request& request);

/// The header of what each rank owns a share of: templates/node/keyed.h
std::string keyed_header(const Request& request);

/// The header of what is handed over: templates/cluster/move.h
std::string move_header(const Request& request);

}  // namespace combiner
