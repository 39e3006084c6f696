// ParsedHeaders ↔ text: lines, and behind them what Clang wrote.
#include "combiner/preamble.h"

#include "combiner/fields.h"

namespace combiner {
bool ParsedHeaders::mentions(const std::string& word) const {
  return words.find('\n' + word + '\n') != std::string::npos;
}

std::string serialize(const ParsedHeaders& parsed) {
  std::string out;
  add_stamps(out, parsed.headers);
  add_field(out, parsed.graph.size());
  for (const auto& [from, targets] : parsed.graph) {
    add_field(out, from);
    add_field(out, targets.size());
    for (const std::string& target : targets) add_field(out, target);
  }
  add_field(out, parsed.words);
  add_field(out, parsed.ast);
  return out;
}

std::shared_ptr<const ParsedHeaders> deserialize(std::shared_ptr<llvm::MemoryBuffer> memory,
                                                 llvm::StringRef text) {
  auto out = std::make_shared<ParsedHeaders>();
  Fields fields(text);
  out->headers = read_stamps(fields);
  for (auto count = fields.number(); count > 0 && !fields.failed(); --count) {
    auto& targets = out->graph[fields.next().str()];
    for (auto edges = fields.number(); edges > 0 && !fields.failed(); --edges)
      targets.insert(fields.next().str());
  }
  out->words = fields.next().str();
  out->ast = fields.next();
  out->memory = std::move(memory);
  return fields.failed() || !fields.is_at_end() ? nullptr : out;
}

}  // namespace combiner
