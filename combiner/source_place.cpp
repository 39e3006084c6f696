#include "combiner/source_place.h"

#include <algorithm>

#include "llvm/ADT/StringRef.h"

namespace combiner {

unsigned line_of(const FileRange& at, const SourceTree& sources) {
  const auto found = sources.files.find(at.file);
  if (found == sources.files.end()) return 0;
  const std::string& text = found->second.text;
  const size_t begin = std::min<size_t>(at.begin, text.size());
  return 1 + std::count(text.begin(), text.begin() + begin, '\n');
}

std::string place_of(const FileRange& at, const SourceTree& sources) {
  const unsigned line = line_of(at, sources);
  return line == 0 ? "" : sources.files.at(at.file).name + ":" + std::to_string(line);
}

std::string text_of_line(const FileRange& at, const SourceTree& sources) {
  const auto found = sources.files.find(at.file);
  if (found == sources.files.end()) return "";
  const llvm::StringRef text = found->second.text;
  const size_t before = text.rfind('\n', std::min<size_t>(at.begin, text.size()));
  const size_t begin = before == llvm::StringRef::npos ? 0 : before + 1;
  llvm::StringRef line = text.slice(begin, text.find('\n', at.begin)).trim();
  line = line.substr(0, line.find("  //"));
  return line.rtrim().str();
}

bool is_of_coop(const std::string& path) { return path.find("/include/coop/") != path.npos; }

}  // namespace combiner
