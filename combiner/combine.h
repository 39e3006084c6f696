// The spine: every stage in order. Nothing here touches the disk but through `files`.
#pragma once

#include <functional>
#include <memory>

#include "combiner/values.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

struct Findings;

struct Outcome {
  std::optional<Emission> emission;
  Diagnostics diagnostics;
  SourceTree sources;
  Registry registry;
  std::shared_ptr<const Findings> findings;  // once the stages up to merge_imports are through
  std::string dump;                          // what --dump asked for
  std::string rejected_text;                 // an emission that does not parse: ours to mend
  std::vector<std::pair<std::string, double>> seconds;  // per stage
};

/// Names of the stages that --dump can show.
extern const std::vector<std::string> kStages;

/// Hears which stage begins.
using Progress = std::function<void(const char* stage)>;

/// Runs up to the stage named by `dump`, or to the end. `output` is the emitted file's name.
Outcome combine(const Request& request, const std::string& output, const std::string& dump,
                llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files, const Progress& progress);

/// The registry alone: what `combine list` shows.
Outcome read_service(const Request& request, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files);

}  // namespace combiner
