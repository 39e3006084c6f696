// Request and sources → their emission, if all that decided it is as it was.
#pragma once

#include <chrono>
#include <optional>

#include "combiner/cache.h"
#include "combiner/seen_files.h"
#include "combiner/values.h"

namespace combiner {

/// The emission of one request. It is kept with every file that was read for it, or looked for in
/// vain; so it is found only where each stage would do again what it did.
class KnownEmission {
 public:
  /// `files` has noted what was asked of it since `begin`.
  KnownEmission(const Request& request, const SourceTree& sources, const std::string& output,
                llvm::IntrusiveRefCntPtr<SeenFiles> files,
                std::chrono::system_clock::time_point begin);

  std::optional<Emission> find() const;

  /// `headers` were not read, since a preamble stood for them.
  void keep(const Emission& emission, std::vector<FileStamp> headers) const;

 private:
  const Cache cache_;
  llvm::IntrusiveRefCntPtr<SeenFiles> files_;
  const std::chrono::system_clock::time_point begin_;
  std::string key_;  // empty: whatever is emitted may be another the next time
};

}  // namespace combiner
