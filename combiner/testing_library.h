// The headers of testing/ → what a derived test can be made of: reference peers, laws. They are
// read as text, so that a law or a peer is known once it is written.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "combiner/artifact_facts.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

/// A class that stands for a peer of which everything is known.
struct ReferencePeer {
  std::string class_name;     // e.g. FakeKvCache
  std::string peer;           // e.g. kv_cache
  std::string header;         // e.g. testing/fake_kv_cache.h
  bool takes_device = false;  // to be made
  struct Method {
    std::vector<std::string> parameters;  // their names
    size_t required = 0;                  // how many have no default
  };
  std::map<std::string, std::vector<Method>> methods;  // by name; overloads
  std::vector<std::string> data;
  std::set<std::string> tells;  // what it can lie about, when a test asks who listens

  /// Can it be asked for this?
  bool has(const PeerMember& member) const;
};

struct Law {
  std::string name;    // e.g. newest_row_survives
  std::string words;   // its comment
  std::string header;  // e.g. testing/compressor.h
  bool is_opt_in;      // who writes `/// law: <name>` is held to it, and nobody else
  bool is_of_one;      // field, method, parameter, answer: derived files say of which

  bool is_asked_for_by(const ArtifactFacts& facts) const;

 private:
  /// Does a comment of the artifact hold one of the words that this law's own comment names behind
  /// `how`? "Asked for where a comment says: so far." "Not asked where a field's comment says:
  /// layers."
  bool is_spoken_of(const ArtifactFacts& facts, const char* how) const;
};

/// How a kind calls its artifacts, where that takes more than drawn arguments.
struct KnownCalls {
  std::string function;           // e.g. cache_methods: a function template of the header
  std::set<std::string> methods;  // those that it calls, as far as an artifact has them
};

struct TestingLibrary {
  std::vector<ReferencePeer> peers;
  std::map<std::string, KnownCalls> calls;                // header → what it calls; of some kinds
  std::map<std::string, std::vector<Law>> laws;           // header → its laws, in order
  std::map<std::string, std::set<std::string>> includes;  // header → those of testing/

  const Law* find(const std::string& law) const;
  /// Is `header` read where `by` is, itself or by way of others?
  bool is_included(const std::string& header, const std::string& by) const;
};

/// `home` is where Coop's own files are.
TestingLibrary read_testing_library(const std::string& home, llvm::vfs::FileSystem& files);

}  // namespace combiner
