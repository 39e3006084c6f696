#include "combiner/list_choices.h"

#include <algorithm>
#include <set>

#include "combiner/outline.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

void add_artifacts(const std::string& folder, llvm::vfs::FileSystem& files,
                   std::set<std::string>& names) {
  std::error_code error;
  for (llvm::vfs::directory_iterator it = files.dir_begin(folder, error), end; it != end && !error;
       it.increment(error)) {
    const std::string path = it->path().str();
    const auto text = files.getBufferForFile(path);
    if (llvm::sys::path::extension(path) != ".h" || !text) continue;
    for (const StructOutline& declared :
         outline({"", path, (*text)->getBuffer().str()}, {}).structs)
      if (std::count(declared.bases.begin(), declared.bases.end(), "coop::Artifact"))
        names.insert(declared.name);
  }
}

}  // namespace

std::string list_choices(const Registry& registry, const SourceTree& sources,
                         llvm::vfs::FileSystem& files) {
  std::string out;
  for (const auto& [slot, chosen] : registry.slots) {
    std::set<std::string> names = {chosen};
    for (const Registered& artifact : registry.artifacts)
      if (artifact.type == chosen)
        add_artifacts(llvm::sys::path::parent_path(artifact.class_file).str(), files, names);
    add_artifacts(sources.root + "/artifacts", files, names);
    for (const std::string& name : names) out += slot + "=" + name + "\n";
  }
  return out;
}

}  // namespace combiner
