#include "tests/fuzz/input.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace fuzz {
namespace {

constexpr char kMark[] = "//--- ";

/// A path that stays below the project, whatever the bytes say.
std::string tame(llvm::StringRef path) {
  std::string out;
  llvm::SmallVector<llvm::StringRef, 8> parts;
  path.trim().split(parts, '/', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef part : parts)
    if (part != "." && part != ".." && !part.contains('\0'))
      out += (out.empty() ? "" : "/") + part.str();
  return out.empty() ? "unnamed.h" : out;
}

}  // namespace

Input parse(const std::string& bytes) {
  Input out;
  llvm::StringRef rest = bytes;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    llvm::StringRef line = rest.substr(0, end == llvm::StringRef::npos ? end : end + 1);
    rest = rest.substr(line.size());
    if (line.consume_front(kMark))
      out.push_back({tame(line), ""});
    else if (!out.empty())
      out.back().text += line;
  }
  if (out.empty()) out.push_back({"service.h", bytes});
  return out;
}

std::string print(const Input& input) {
  std::string out;
  for (const File& file : input) {
    out += kMark + file.path + "\n" + file.text;
    if (!file.text.empty() && file.text.back() != '\n') out += "\n";
  }
  return out;
}

const File& service_of(const Input& input) {
  for (const File& file : input)
    if (file.text.find(": coop::Service") != std::string::npos) return file;
  return input.front();
}

}  // namespace fuzz
