#include "combiner/flatten/check_shared_state.h"

#include "llvm/Support/Path.h"

namespace combiner {
namespace {

namespace path = llvm::sys::path;

Diagnostic header_differs(const SourceProgram& program, const Entry& entry, const Item& item) {
  const SourceText& text = program.texts.at(entry.file);
  auto name = [&](int source) { return path::filename(program.commands[source].file); };
  const unsigned end = text.words[text.word_at(item.differs_at)].end;
  return diagnose(DiagnosticName::header_differs, {entry.file, item.differs_at, end},
                  name(entry.source), name(item.differs_in));
}

}  // namespace

Diagnostics check_shared_state(const SourceProgram& program, const Live& live) {
  Diagnostics out;
  for (const auto& [index, number] : live.items) {
    const Entry& entry = program.entries[index];
    const Item& item = entry.items[number];
    if (item.differs_in >= 0) out.push_back(header_differs(program, entry, item));
    if (item.state.empty() || entry.parent < 0) continue;
    std::set<int> sources;
    for (const Entry& other : program.entries) {
      if (other.file != entry.file) continue;
      for (const Item& same : other.items)
        if (same.begin < item.end && item.begin < same.end && !same.state.empty())
          sources.insert(other.source);
    }
    if (sources.size() > 1)
      out.push_back(
          diagnose(DiagnosticName::shared_state, {entry.file, item.begin, item.end}, item.state));
  }
  return out;
}

}  // namespace combiner
