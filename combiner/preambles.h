// SourceTree → Preamble of each of Clang's passes, from the cache or made beside the caller.
#pragma once

#include <future>
#include <thread>

#include "combiner/cache.h"
#include "combiner/clang_arguments.h"
#include "combiner/parse.h"

namespace combiner {

/// The preambles of one run. What is missing is parsed on threads of their own, from construction
/// on: while Clang reads the bound source, its third-party headers become ready for the emission
/// and, where there is a cache, for the next run.
class Preambles {
 public:
  Preambles(const Request& request, const SourceTree& sources, Files files);
  ~Preambles();  // waits for what is being made

  /// What is there now; else its text alone.
  Preamble bound(Side side) const;
  /// Waits until it is made; nothing where its headers cannot be parsed alone.
  Preamble emission(Side side) const;
  const Cache& cache() const { return cache_; }
  /// Of all that were used in place of their headers; waits as emission() does.
  std::vector<FileStamp> stamps() const;

 private:
  struct One {
    std::vector<std::string> arguments;
    std::promise<std::shared_ptr<const ParsedHeaders>> found, made;
    std::shared_future<std::shared_ptr<const ParsedHeaders>> when_found, when_made;
    std::thread thread;
  };

  std::unique_ptr<One> begin(const Request& request, const SourceTree& sources, Side side,
                             const std::string& standard, bool make);
  void fetch(One& one, bool make);

  std::string text_;
  std::set<std::string> macros_;
  Files files_;
  Cache cache_;
  std::map<Side, std::unique_ptr<One>> bound_, emission_;
};

}  // namespace combiner
