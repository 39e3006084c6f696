#include "combiner/kept_failures.h"

#include <algorithm>
#include <map>

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

/// Does every brace and quote of it end, and the last brace at its end? Then whatever else is wrong
/// with it is told by the compiler, at its place in the test.
bool is_whole(llvm::StringRef text) {
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    in_text ^= text[i] == '"';
    if (in_text) continue;
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth == 0 && text[i] == '}') return i + 1 == text.size();
  }
  return false;
}

}  // namespace

Result<std::vector<KeptFailure>> read_kept(const SourceFile& file) {
  static const llvm::Regex kLine("^([a-z_0-9]+): (Scenario\\{.*\\})$");
  Result<std::vector<KeptFailure>> out;
  out.value.emplace();
  std::map<std::string, int> numbers;
  const llvm::StringRef text = file.text;
  for (llvm::StringRef line : llvm::split(text, '\n')) {
    const unsigned begin = line.data() - text.data();
    line = line.rtrim();
    if (line.empty() || line.starts_with("#")) continue;
    llvm::SmallVector<llvm::StringRef, 3> found;
    if (kLine.match(line, &found) && is_whole(found[2])) {
      const std::string law = found[1].str();
      out.value->push_back({law, found[2].str(), ++numbers[law]});
    } else {
      out.diagnostics.push_back(
          diagnose(DiagnosticName::unreadable_kept,
                   {file.path, begin, begin + static_cast<unsigned>(line.size())}));
    }
  }
  return out;
}

int keep(const std::string& law, const std::string& scenario, const std::string& artifact,
         std::string& text) {
  int number = 1;
  const Result<std::vector<KeptFailure>> read = read_kept({"", "", text});
  for (const KeptFailure& one : *read.value) {
    if (one.law != law) continue;
    if (one.scenario == scenario) return one.number;
    number = one.number + 1;
  }
  if (text.empty())
    text = "# What broke a law of " + artifact +
           " once, and is tried first since. To forget a scenario, remove its line.\n";
  text += (llvm::StringRef(text).ends_with("\n") ? "" : "\n") + law + ": " + scenario + "\n";
  return number;
}

}  // namespace combiner
