// Texts and numbers ↔ one text, of which any part may be anything.
#pragma once

#include <string>

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {

/// One field behind the other, each with its size in front.
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

inline void add_field(std::string& out, llvm::StringRef field) {
  out += llvm::utostr(field.size());
  out += '\n';
  out += field;
}

inline void add_field(std::string& out, unsigned long long number) {
  add_field(out, llvm::utostr(number));
}

}  // namespace combiner
