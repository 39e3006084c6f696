#include "combiner/find_artifacts.h"

#include <algorithm>
#include <map>
#include <set>

#include "combiner/outline.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

/// "deep::Base<int>" → "Base"
std::string plain_name(llvm::StringRef base) {
  base = base.split('<').first.trim();
  return base.substr(base.rfind(':') + 1).str();
}

/// A struct of some header, and what it derives from.
struct Declared {
  std::string path, name;
  std::vector<std::string> bases;
};

std::vector<Declared> declared_below(const std::string& folder, llvm::vfs::FileSystem& files) {
  std::vector<Declared> out;
  std::error_code error;
  for (llvm::vfs::recursive_directory_iterator it(files, folder, error), end; it != end && !error;
       it.increment(error)) {
    const std::string path = it->path().str();
    if (llvm::sys::path::extension(path) != ".h") continue;
    const auto text = files.getBufferForFile(path);
    if (!text) continue;
    for (const StructOutline& read : outline({"", path, (*text)->getBuffer().str()}, {}).structs) {
      out.push_back({path, read.name, {}});
      for (const std::string& base : read.bases) out.back().bases.push_back(plain_name(base));
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> find_artifacts(const std::string& folder, llvm::vfs::FileSystem& files) {
  const std::vector<Declared> declared = declared_below(folder, files);
  std::set<std::string> artifacts = {"Artifact"}, paths;
  for (size_t known = 0; known != artifacts.size();) {  // until no base makes another one known
    known = artifacts.size();
    for (const Declared& one : declared)
      if (std::any_of(one.bases.begin(), one.bases.end(),
                      [&](const std::string& base) { return artifacts.count(base) > 0; })) {
        artifacts.insert(one.name);
        paths.insert(one.path);
      }
  }
  return {paths.begin(), paths.end()};
}

}  // namespace combiner
