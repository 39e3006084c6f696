// What is known of one artifact, read without a service: plain values, from which its tests are
// printed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "combiner/annotations.h"

namespace llvm {
class raw_ostream;
}

namespace combiner {

/// What a scenario, which holds numbers alone, can make of a type.
enum class ValueKind {
  kNothing,  // void
  kBool,
  kInteger,
  kReal,
  kEnum,
  kText,      // std::string, std::string_view, const char*
  kSequence,  // std::vector, std::span or std::array of numbers
  kPointer,   // to numbers
  kBuffer,    // of numbers, on the device
  kDeduced,   // auto, or a type that depends on a peer's
  kOther,
};
const char* name_of(ValueKind kind);

struct ValueType {
  std::string spelled;  // as declared, e.g. const float *
  ValueKind kind = ValueKind::kOther;
  std::string element = {};                   // of a sequence, pointer or buffer, e.g. float
  std::string bare = {};                      // without const and reference, e.g. std::vector<int>
  std::vector<std::string> enumerators = {};  // e.g. Order::kOldest
  bool is_written = false;                    // a reference or pointer to what is not const
  bool is_unsigned = false;
  bool operator==(const ValueType&) const = default;
};

struct ParameterFacts {
  std::string name;  // e.g. layer; empty when the author gave none
  ValueType type;
  std::string default_value = {};
  bool is_count = false;      // of the elements that the pointers in front of it point to
  bool is_read = false;       // named by the method's body
  bool is_index = false;      // of what the artifact holds: layers[layer], itself or further on
  bool is_unchecked = false;  // an index of an array that is compared with nothing before
  std::vector<std::string> passed_to = {};  // e.g. kv_cache.length 0: as its first argument
  FileRange at = {};
  bool operator==(const ParameterFacts&) const = default;
};

struct FieldFacts {
  std::string name;  // e.g. window
  ValueType type;
  std::string initializer = {};  // e.g. 1020
  std::string doc = {};
  FileRange at = {};
  Annotations said = {};
  bool is_read = false;  // named by a method's body
  bool operator==(const FieldFacts&) const = default;
};

/// `if (self.window < 1) throw ...;` at a method's beginning: numbers on one side of `limit` are
/// refused.
struct RefusalFacts {
  std::string name;  // of the field, or of the method's own parameter
  bool is_parameter = false;
  bool is_below = false;  // those that are less
  double limit = 0;
  bool operator==(const RefusalFacts&) const = default;
};

struct MethodFacts {
  std::string name;  // e.g. after_append
  std::vector<ParameterFacts> parameters;
  ValueType result;
  std::string doc = {};
  FileRange at = {};
  bool takes_self = false;
  bool is_static = false;
  bool is_const = false;
  bool reaches_peers = false;  // itself, or by way of the artifact's other methods
  Annotations said = {};
  std::vector<RefusalFacts> refusals = {};
  bool operator==(const MethodFacts&) const = default;

  /// Called by whoever calls `self.hooks.<name>`: a name by convention, after_*, before_* or on_*.
  bool is_hook() const;
};

/// One member of a peer, as the artifact uses it.
struct PeerMember {
  std::string name;  // e.g. length
  bool is_call = false;
  std::vector<unsigned> arguments = {};   // how many, each number that occurs
  std::vector<std::string> results = {};  // as what: a type, "condition", "range", "element", ...
  std::map<std::string, std::vector<std::string>> parts = {};  // self.model.config.heads: of config
  std::string declared = {};  // its type, or that of its answer; known of a service's peers alone
  bool operator==(const PeerMember&) const = default;
};

struct PeerFacts {
  std::string name;  // e.g. kv_cache
  bool is_optional = false;
  bool is_indexed = false;          // self.layers[i]
  std::vector<PeerMember> members;  // by name
  std::string type = {};            // as a service registers it, e.g. Llama
  std::string header = {};          // which declares that, e.g. artifacts/model/llama.h
  bool operator==(const PeerFacts&) const = default;

  const PeerMember* find(const std::string& member) const;
};

enum class ArtifactKind {
  kNone,
  kCompressor,
  kCacheManager,
  kAttention,
  kSampler,
  kModel,
  kLoader,
  kAllocator
};
const char* name_of(ArtifactKind kind);  // e.g. "cache manager"

/// `self.lenght(layer)`: neither a method of its own, nor of a peer.
struct UnknownCall {
  std::string name;
  FileRange at;
  std::vector<std::string> own = {};  // what the artifact has, private or not
  bool operator==(const UnknownCall&) const = default;
};

/// Something that no generated test reaches, and why.
struct Untested {
  std::string name;
  std::string reason;
  bool operator==(const Untested&) const = default;
};

struct ArtifactFacts {
  std::string name;          // e.g. StreamingLlm
  std::string type;          // as a member is declared with, e.g. Printer<>
  std::string service = {};  // whose peers are meant, e.g. services/decode.h; empty: of any
  std::string file;          // of the project, e.g. artifacts/compress/streaming_llm.h
  std::string path;          // absolute
  std::string doc = {};      // its comment
  FileRange at = {};         // its name
  Annotations said = {};
  ArtifactKind kind = ArtifactKind::kNone;
  std::string kind_reason = {};      // e.g. "it calls kv_cache.erase"
  std::vector<FieldFacts> fields;    // public, in order
  std::vector<MethodFacts> methods;  // public, in order, inherited ones first
  std::vector<PeerFacts> peers;      // by name
  std::vector<std::string> hooks;    // that it calls, by name
  std::vector<UnknownCall> unknown_calls = {};
  bool takes_test_names = false;  // its files declare what derived tests call Scenario, Role, ...
  bool uses_device = false;
  bool uses_world = false;
  bool has_contracts = false;  // it, or a file that it includes
  bool has_promises = false;   // COOP_ENSURES, COOP_INVARIANT
  std::vector<Untested> untested;
  bool operator==(const ArtifactFacts&) const = default;
};

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const ArtifactFacts& facts);

}  // namespace combiner
