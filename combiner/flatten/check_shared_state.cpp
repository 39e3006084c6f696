#include "combiner/flatten/check_shared_state.h"

namespace combiner {

Diagnostics check_shared_state(const SourceProgram& program, const Live& live) {
  Diagnostics out;
  for (const auto& [index, number] : live.items) {
    const Entry& entry = program.entries[index];
    const Item& item = entry.items[number];
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
