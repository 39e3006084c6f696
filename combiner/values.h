// What flows through the combiner, each a plain value that prints and compares:
//
//   Request → Registry → BoundSource → Program → Crop → Plan → Pieces → Unit → Emission
//
// Program and Crop hold Clang's pointers and live in program.h; everything else is here.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "combiner/diagnostics.h"

namespace llvm {
class raw_ostream;
}

namespace combiner {

enum class Scale { kSingleGpu, kNode, kCluster };
enum class Device { kCuda, kCpu };

const char* name_of(Scale scale);    // e.g. "single-gpu"
const char* name_of(Device device);  // e.g. "cuda"

/// What the user asked for.
struct Request {
  std::string service;  // absolute path of the service's header
  Scale scale = Scale::kSingleGpu;
  Device device = Device::kCuda;
  std::map<std::string, std::string> with;  // slot → artifact, e.g. Compressor → SnapKv
  bool check_all = false;                   // methods that nobody calls are read as well
  bool contracts = false;                   // are kept, as checks
  bool records = false;                     // the program writes down what crosses ranks
  std::string directory;  // where the command was given: its artifacts/ fills slots too
  std::string home;       // where Coop's own artifacts, kernels and headers are
  std::string cuda_path;  // the toolkit; empty when there is none
  std::vector<std::string> mpi_includes;  // where mpi.h is; of the cluster scale
  bool without_mpi = false;               // processes are started one by one: --engine=zmq
  std::string cache;  // the folder of headers that were parsed before; empty: none
};

/// One file that the user or Coop wrote; everything else is third party.
struct SourceFile {
  std::string name;  // as headings show it, e.g. artifacts/cache/contiguous.h
  std::string path;  // absolute
  std::string text;
};

/// `[[coop::sum]]` in front of a method: how the ranks' results make the whole.
struct Rule {
  std::string name;      // e.g. sum
  std::string argument;  // of [[coop::merge(merge_softmax)]]: merge_softmax
  FileRange at;          // what goes when the rule is taken out of the text
  FileRange name_range;
  bool operator==(const Rule&) const = default;
};

/// A member of a struct, read without types.
struct Member {
  std::string type;         // e.g. "std::string"; of a function: what stands before its name
  std::string name;         // e.g. "window"
  std::string initializer;  // e.g. "1020"
  std::string doc;          // its comment, without the slashes
  bool is_public = true;
  bool is_function = false;
  bool is_static = false;
  bool is_other = false;           // a type, a using, a friend: text that has no value
  bool is_invariant = false;       // COOP_INVARIANT(...), which is_other as well
  std::string signature;           // of a function, e.g. "int length(int layer)"
  std::vector<Member> parameters;  // of a function, after `self`
  std::string extents;             // of a C array, e.g. "[2]"
  bool takes_self = false;         // a function with an explicit object parameter
  std::vector<Rule> rules;         // of a function
  FileRange range;                 // the whole declaration
  FileRange part;                  // of `Kv a, b;` what declares this one: `Kv a,` or ` b;`
  FileRange type_range;
  FileRange name_range;
  bool operator==(const Member&) const = default;
};

struct TemplateParameter {
  std::string kind;           // e.g. "class"
  std::string name;           // e.g. "Compressor"
  std::string default_value;  // e.g. "StreamingLlm"
  bool operator==(const TemplateParameter&) const = default;
};

/// A struct at namespace scope, read without types.
struct StructOutline {
  std::string name;
  std::vector<TemplateParameter> parameters;
  std::vector<std::string> bases;  // e.g. "coop::Artifact"
  std::vector<Member> members;
  std::string doc;
  FileRange range;  // from `template` or `struct` to the closing brace
  FileRange name_range;
  bool operator==(const StructOutline&) const = default;
};

struct IncludeDirective {
  std::string spelled;  // without the quotes
  bool angled = false;
  FileRange range;        // of the name with its quotes
  bool is_plain = false;  // outside of braces, and no conditional that this file cannot decide
};

struct Outline {
  std::vector<IncludeDirective> includes;
  std::vector<IncludeDirective> probes;  // of __has_include, which reads without search paths
  std::set<std::string> macros;          // that it defines or undefines
  std::vector<StructOutline> structs;
  std::vector<std::string> hooks;              // names called on self.hooks
  std::map<std::string, std::string> aliases;  // `using Kv = ContiguousKv;` at namespace scope
  std::vector<Rule> stray_rules;               // that stand in front of no method
  std::optional<FileRange> unclosed;           // the last brace of a struct that nothing closes
};

struct SourceTree {
  std::string root;  // of the user's project
  std::vector<std::string> include_dirs;
  std::map<std::string, SourceFile> files;  // by path; every local file that the service reaches
  std::map<std::string, Outline> outlines;  // of each of them
  std::set<std::string> third_party;        // what they include for sure, e.g. <vector>
  std::set<std::string> macros;             // what they define, guards aside
};

enum class Placement { kReplicated, kSharded, kKeyed, kOwned, kReplicas };
const char* name_of(Placement placement);
/// Has each rank a part of it? Rules make a whole of what the parts return.
bool is_in_parts(Placement placement);
/// Do others call it where it lives: at one rank, or at the one that has the key?
bool is_called_there(Placement placement);

/// One registered artifact.
struct Registered {
  std::string name;        // the resource's name, e.g. kv_cache
  std::string type;        // slots filled in, placement stripped, e.g. Decoding<SnapKv>
  std::string class_name;  // e.g. Decoding
  std::string container;   // of an array, e.g. std::array<Decoding<SnapKv>, 2>, or the extents: [2]
  Placement placement = Placement::kReplicated;
  Member member;                      // as the service declares it
  std::vector<Member> methods;        // its own and its bases'
  std::vector<Member> configuration;  // public members with an initializer that a flag can set
  std::string class_file;             // path of the header that defines the class
  std::string doc;
  bool operator==(const Registered&) const = default;
};

/// What a service registers, and how its program is started.
struct Registry {
  StructOutline service;
  std::vector<std::pair<std::string, std::string>> slots;  // name → chosen, in order
  std::vector<std::string> slot_headers;  // headers of choices that the service does not include
  std::vector<Registered> artifacts;      // in order of registration
  std::vector<std::string> hooks;         // every name called on self.hooks, sorted
  Member run;
  bool raw_command_line = false;  // run(int argc, char** argv)
  bool has_device = false;        // some local header defines struct Device
  bool has_world = false;         // of several ranks: self.world is state, and no constant
  bool has_messages = false;      // ranks are processes: calls to what one owns are messages
  bool operator==(const Registry&) const = default;

  const Registered* find(const std::string& name) const;
  std::vector<const Registered*> defining(const std::string& hook) const;
  /// Those that other ranks call: one rank owns all, or each a share. None on a single GPU.
  std::vector<const Registered*> owned() const;
  bool is_owned(const std::string& artifact) const;
  /// Each rank owns the share of its keys.
  bool is_keyed(const std::string& artifact) const;
  /// Do all call it through a struct that has its methods? Else they reach the one object.
  bool has_calls(const std::string& artifact) const;
  /// The rules of an artifact's method.
  std::vector<Rule> rules_of(const std::string& artifact, const std::string& method) const;
};

/// Text that stands in for a file, and how its offsets map to the author's.
struct Overlay {
  struct Patch {
    unsigned original_begin, original_end;  // in the author's text
    unsigned begin, end;                    // in this text
    bool operator==(const Patch&) const = default;
  };
  std::string text;
  std::vector<Patch> patches;  // in order
  bool operator==(const Overlay&) const = default;

  unsigned original(unsigned offset) const;
};

/// The translation unit in which every artifact is bound to its siblings: a complete program, which
/// clang++-22 compiles with `-std=c++23` once the overlays are written over the files.
struct BoundSource {
  std::string main_path;                    // of the synthesized file
  std::map<std::string, Overlay> overlays;  // by path, main_path among them
  std::set<std::string> expanded;           // files of which only macros were written out
  bool operator==(const BoundSource&) const = default;

  /// A range of the text as parsed → the same in the author's text.
  FileRange original(FileRange at) const;
};

/// How one call is made at the requested scale. At single-gpu every resource is in the same
/// process, so every call is direct. A collective makes a whole of what each rank's call returns.
/// An owned call goes to the one instance that all ranks have.
enum class CallKind { kDirect, kCollective, kOwned };

struct PlannedCall {
  std::string caller;  // e.g. model.forward
  std::string callee;  // e.g. kv_cache.append
  CallKind kind = CallKind::kDirect;
  auto operator<=>(const PlannedCall&) const = default;
};

/// What each method becomes and how each call is made: the last value that knows the scale.
struct Plan {
  std::vector<PlannedCall> calls;
  std::map<std::string, std::string> functions;  // e.g. model.forward → model_forward; hoisted only
  bool device_is_state = false;                  // some emitted text names self.device
  bool world_is_state = false;                   // there are several ranks
  std::vector<std::string> dropped;              // artifacts of which nothing is left
  bool operator==(const Plan&) const = default;
};

/// A part of the emitted file.
struct Piece {
  enum class Kind { kMacro, kDeclaration, kState, kFunction, kMain };
  Kind kind = Kind::kDeclaration;
  std::string file;  // the heading it stands under, e.g. artifacts/cache/contiguous.h
  std::string name;  // e.g. model_forward
  std::string text;
  std::string comment;                // of an artifact that leaves no struct: what it is
  std::string text_behind_prototype;  // of a function: its text without default arguments
  std::string prototype;              // of a function, for when a caller stands above it
  std::vector<std::string> needs;     // names of functions that it calls
  unsigned line = 0;                  // in the author's file
  bool edited = false;                // worth formatting
  bool operator==(const Piece&) const = default;
};

struct Include {
  struct Need {
    std::string file;    // path of a local one; of the synthesized main as well
    std::string symbol;  // e.g. std::vector; a macro: INT_MAX
    FileRange at;        // its first use there, in the text as parsed
    auto operator<=>(const Need&) const = default;
  };
  std::string spelled;                 // e.g. <vector>
  std::vector<std::string> needed_by;  // e.g. kv_cache, model
  std::vector<Need> needs;             // the same in detail
  bool c_linkage = false;              // stands within extern "C" { }
  bool operator==(const Include&) const = default;
};

/// The third-party part of the emitted file, which stands above everything else.
struct Imports {
  std::vector<std::string> configuration = {};  // e.g. #define _GNU_SOURCE: what the headers read
  std::vector<Include> includes = {};
  std::vector<std::string> conditional = {};  // e.g. #ifdef __clang__ ... #endif, around includes
  bool operator==(const Imports&) const = default;
};

/// The emitted file before it is text.
struct Unit {
  Imports imports;
  std::vector<Piece> pieces;  // in order
  std::string state_name;     // e.g. Decode
  std::string summary;        // the service's comment
  bool operator==(const Unit&) const = default;
};

struct Emission {
  struct Lines {  // emitted lines first to last come from `line` and on of `file`
    unsigned first, last;
    std::string name, file;
    unsigned line;
    bool operator==(const Lines&) const = default;
  };
  std::string text;
  std::string map;  // the lines, as JSON
  std::vector<Lines> lines;
  bool operator==(const Emission&) const = default;
};

// `--dump=STAGE` shows what these print.
llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const Registry& registry);
llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const BoundSource& bound);
llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const Plan& plan);
llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const std::vector<Piece>& pieces);
llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const Unit& unit);

}  // namespace combiner
