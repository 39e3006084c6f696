// Registry → the files from which an editor knows what `self` is: compile_commands.json, and
// headers that stand in for <coop/artifact.h> and <coop/service.h>.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "combiner/values.h"

namespace combiner {

struct EditorFiles {
  std::vector<std::pair<std::string, std::string>>
      texts;                      // path → text, compile_commands.json last
  std::vector<std::string> kept;  // files whose entries somebody else wrote: they stay as they are
  std::string error;              // why `existing` cannot be merged; empty: it can
};

/// The .clangd of a project that has none: without it clangd 22 crashes on services
/// (llvm/llvm-project#198588).
extern const char kClangdConfiguration[];

/// Every local file gets an entry, and every artifact its peers: types that are bound as `combine`
/// binds them. `existing` is the compile_commands.json that is there, or "".
EditorFiles editor_files(const Request& request, const SourceTree& sources,
                         const Registry& registry, const std::string& existing);

}  // namespace combiner
