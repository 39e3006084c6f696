#include "combiner/emission_text.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

namespace combiner {

std::string rule(const std::string& title) {
  std::string out = "// ---- " + title + " ";
  return out + std::string(out.size() < kColumns ? kColumns - out.size() : 0, '-') + "\n\n";
}

std::string wrap_comment(const std::string& text) {
  std::string out, line = "//";
  llvm::StringRef rest = text;
  while (!rest.empty()) {
    auto [word, next] = rest.split(' ');
    rest = next;
    if (word.empty()) continue;
    if (line.size() + 1 + word.size() > kColumns) {
      out += line + "\n";
      line = "//";
    }
    line += " " + word.str();
  }
  return out + line + "\n";
}

std::string map_of(const std::vector<Emission::Lines>& lines, const std::string& output) {
  using llvm::json::fixUTF8;  // names of files are any bytes
  std::string out =
      llvm::formatv("{{\"emitted\": {0}, \"pieces\": [\n", llvm::json::Value(fixUTF8(output)));
  for (const Emission::Lines& piece : lines) {
    const llvm::json::Value value =
        llvm::json::Object{{"lines", llvm::json::Array{piece.first, piece.last}},
                           {"name", fixUTF8(piece.name)},
                           {"file", fixUTF8(piece.file)},
                           {"line", piece.line}};
    out += llvm::formatv("  {0}{1}\n", value, &piece == &lines.back() ? "" : ",").str();
  }
  return out + "]}\n";
}

}  // namespace combiner
