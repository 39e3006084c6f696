// ParsedHeaders ↔ text: lines, and behind them what Clang wrote.
#include "combiner/preamble.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace combiner {
namespace {

using Graph = std::map<std::string, std::set<std::string>>;

/// One field behind the other, each with its size in front, so that any text can be one.
class Fields {
 public:
  explicit Fields(llvm::StringRef text) : rest_(text) {}

  llvm::StringRef next() {
    const auto [size, behind] = rest_.split('\n');
    size_t count;
    failed_ = failed_ || size.getAsInteger(10, count) || count > behind.size();
    if (failed_) return "";
    rest_ = behind.substr(count);
    return behind.take_front(count);
  }

  unsigned long long number() {
    unsigned long long out = 0;
    failed_ = next().getAsInteger(10, out) || failed_;
    return out;
  }

  bool failed() const { return failed_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  llvm::StringRef rest_;
  bool failed_ = false;
};

void add(std::string& out, llvm::StringRef field) {
  out += llvm::utostr(field.size());
  out += '\n';
  out += field;
}

void add(std::string& out, unsigned long long number) { add(out, llvm::utostr(number)); }

}  // namespace

bool ParsedHeaders::mentions(const std::string& word) const {
  return words.find('\n' + word + '\n') != std::string::npos;
}

std::string serialize(const ParsedHeaders& parsed) {
  std::string out;
  add(out, parsed.headers.size());
  for (const HeaderStamp& header : parsed.headers) {
    add(out, header.path);
    for (const unsigned long long value :
         {header.size, header.modified, header.inode, header.content})
      add(out, value);
  }
  add(out, parsed.graph.size());
  for (const auto& [from, targets] : parsed.graph) {
    add(out, from);
    add(out, targets.size());
    for (const std::string& target : targets) add(out, target);
  }
  add(out, parsed.words);
  add(out, parsed.ast);
  return out;
}

std::shared_ptr<const ParsedHeaders> deserialize(std::shared_ptr<llvm::MemoryBuffer> memory,
                                                 llvm::StringRef text) {
  auto out = std::make_shared<ParsedHeaders>();
  Fields fields(text);
  for (auto count = fields.number(); count > 0 && !fields.failed(); --count) {
    HeaderStamp header{fields.next().str(), 0, 0, 0, 0};
    for (auto* value : {&header.size, &header.modified, &header.inode, &header.content})
      *value = fields.number();
    out->headers.push_back(std::move(header));
  }
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
