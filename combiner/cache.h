// Key ↔ text on the disk: what can be made again, kept between runs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "llvm/Support/MemoryBuffer.h"

namespace combiner {

/// What a folder of what is kept may take: 2 GiB, or $COOP_CACHE_MIB.
unsigned long long cache_limit();

/// A folder of entries. Whoever reads gets an entry whole, as it was written, or nothing; whoever
/// cannot write keeps nothing. Many runs may share it.
class Cache {
 public:
  struct Entry {
    std::shared_ptr<llvm::MemoryBuffer> memory;
    llvm::StringRef text;  // in `memory`
  };

  /// An empty folder's name: nothing is found, nothing is kept.
  explicit Cache(std::string folder) : folder_(std::move(folder)) {}

  bool is_on() const { return !folder_.empty(); }
  std::optional<Entry> find(const std::string& key) const;
  void keep(const std::string& key, llvm::StringRef text) const;

 private:
  std::string file_of(const std::string& key) const;
  void make_room() const;

  std::string folder_;
};

}  // namespace combiner
