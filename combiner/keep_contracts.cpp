#include "combiner/keep_contracts.h"

#include "combiner/statement_text.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

bool contains(const FileRange& range, unsigned at) { return range.begin <= at && at < range.end; }

/// Whose contract it is: StreamingLlm::after_append, or the file where no struct is around it.
std::string owner_of(unsigned at, const SourceFile& file, const Outline& outline) {
  for (const StructOutline& owner : outline.structs)
    for (const Member& member : owner.members)
      if (member.is_function && contains(member.range, at)) return owner.name + "::" + member.name;
  return file.name;
}

/// As one line of a string.
std::string quoted_words(llvm::StringRef text) {
  std::string out;
  bool space = false;
  for (const char c : text.trim()) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      space = true;
      continue;
    }
    if (space) out += ' ';
    space = false;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::vector<Edit> keep_contracts(const SourceFile& file, const Outline& outline) {
  std::vector<Edit> out;
  const llvm::StringRef text = file.text;
  for (const auto& [macro, verb] :
       {std::pair<llvm::StringRef, const char*>{"COOP_EXPECTS", "expects"},
        {"COOP_ENSURES", "ensures"}}) {
    for (const unsigned at : identifiers(text, 0, text.size(), macro)) {
      if (is_in_directive(text, at)) continue;
      const unsigned open = open_paren_behind(text, at);
      const size_t close = text.take_front(statement_end(text, at)).rfind(')');
      if (close == llvm::StringRef::npos || close < open) continue;
      const std::string said = owner_of(at, file, outline) + " " + verb + " " +
                               quoted_words(text.slice(open + 1, close));
      out.push_back({at, open + 1, "check_contract("});
      out.push_back(
          {static_cast<unsigned>(close), static_cast<unsigned>(close), ", \"" + said + "\""});
    }
  }
  return out;
}

}  // namespace combiner
