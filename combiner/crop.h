// Program → Crop: what is reachable from the entry at this scale, and what its text says about
// artifacts. Branches that constants decide are gone. From here on nothing needs Clang.
#pragma once

#include "combiner/program.h"

namespace combiner {

/// Something that a method's text says and that a rewrite may have to edit. Ranges are in the
/// text as parsed; a fact whose range lies in a replaced one is void.
struct Fact {
  enum class Kind {
    kSelf,        // `self` alone, denoting `instance`                          at: the token
    kMember,      // `self.` in front of an own member                          at: up to the member
    kImplicit,    // a member named without `this->`                            at: empty, before it
    kPeer,        // `self.kv_cache`, denoting `instance`                       at: the expression
    kStatic,      // `self.kMax`: a static member of `text`                     at: up to the member
    kCall,        // a call of an artifact's method                             at: up to the name
    kHook,        // `self.hooks.after_append(layer);`                          at: the statement
    kStaticCall,  // a static method of the service, named                      at: the name
    kSubstitute,  // a template parameter of the class, which `text` replaces   at: the name
    kQualify,     // a name of the class, which needs `text` outside of it      at: empty, before it
    kCapture,     // `&self` or `this` in a lambda's captures                   at: the capture
    kFold,        // what a constant decided: `text` replaces it                at: what goes
    kLocal,       // a local variable that can go when nothing uses it          at: the statement
    kCaptured,    // a variable that a lambda captures by name; `name`: its body  at: the capture
    kUse,         // a use of the local variable or parameter declared at `variable`
    kReturn,      // a deduced return type, which is `text`                     at: the type
  };
  Kind kind;
  FileRange at = {};
  std::string instance = {};  // kSelf, kPeer, kCall
  std::string text = {};      // kStatic, kSubstitute, kQualify, kFold, kReturn; kHook: its name
  std::string callee = {};    // kCall: key of the method
  // kHook: keys of methods, in order of registration; kCapture: those of which one needs self.
  std::vector<std::string> listeners = {};
  FileRange name = {};         // kCall: the callee's name; kMember: the member's name
  unsigned open_paren = 0;     // kCall, kHook: offset of the parenthesis
  bool has_arguments = false;  // kCall, kHook
  // kCall. kOneOf: only the class is known, and several of it are registered.
  enum class Object { kOwn, kPeer, kAlias, kExpression, kOneOf } object = Object::kOwn;
  unsigned object_end = 0;     // kCall: behind the object, where `.` or `->` stands
  unsigned call_end = 0;       // kCall: behind the parenthesis that closes it
  bool as_const = false;       // kSelf, kMember, kCall: that self is const decides what is meant
  bool pure_arguments = true;  // kHook
  bool in_block = true;        // kHook, kFold of a statement: stands directly in { }
  unsigned variable = 0;       // kLocal, kUse: offset of the declaration
  unsigned decision = 0;       // kFold: offset of the statement that was decided
  int outcome = 0;             // kFold: which way
  auto operator<=>(const Fact&) const = default;
};

/// What a method returns, as far as rules can make a whole of it.
struct Returned {
  enum class Kind { kNothing, kNumber, kVector, kPair, kDeviceSpan, kOther };
  Kind kind = Kind::kNothing;
  std::string type;  // as it is spelled
  auto operator<=>(const Returned&) const = default;
};

struct Parameter {
  std::string name;
  std::string type;  // as it is spelled
  FileRange name_range;
  FileRange default_range;    // ` = 1020`, behind the name
  std::string default_value;  // `1020`
  bool always_quiet = false;  // [[maybe_unused]]
  auto operator<=>(const Parameter&) const = default;
};

/// Who reached something first, and where. Nobody: it acts without being named, as an object does
/// whose construction has an effect.
struct Origin {
  std::string method = {};  // key of the method whose text says it
  int declaration = -1;     // else of Crop::declarations
  FileRange at = {};
  auto operator<=>(const Origin&) const = default;
};

/// A condition that a constant decided, and the text that it hides.
struct Decision {
  FileRange condition;
  std::string value;  // e.g. false
  FileRange hidden;
  auto operator<=>(const Decision&) const = default;
};

/// A reached method of a registered artifact, or of the service; one instantiation of its text.
struct Method {
  std::string key;       // e.g. kv_cache.append@812: instance, name, where its text starts
  std::string instance;  // empty: the service's
  std::string name;
  std::string class_name;
  std::string qualifier;  // e.g. Comp<double, 4>
  FileRange slice;        // its text, with the template head
  FileRange name_range;
  FileRange self_parameter;      // `this auto& self`; empty for an ordinary method
  unsigned parameters_open = 0;  // offset of the parenthesis
  unsigned parameters_close = 0;
  bool has_parameters = false;  // besides self
  bool is_const = false;
  bool is_special = false;  // constructor, destructor, operator, conversion, virtual
  bool is_static = false;
  bool hides_service = false;  // a template parameter has the service's name
  bool reaches_peer = false;   // itself, not through what it calls
  Returned returned;
  std::vector<Parameter> parameters;
  std::vector<std::string> locals;  // names of its local variables and parameters
  std::vector<std::pair<unsigned, std::string>> static_locals;
  std::vector<std::string> callees;  // keys
  std::vector<Fact> facts;
  std::vector<FileRange> discarded;  // what this instantiation never saw
  std::vector<Decision> decisions;
  Origin origin;
};

/// A declaration at namespace scope of a local file.
struct Declaration {
  FileRange range;
  std::vector<std::string> names;   // what it declares
  std::string kind;                 // e.g. function
  std::vector<std::string> spaces;  // enclosing namespaces, as written
  bool reached = false;
  Origin origin;  // when it is reached
  bool is_artifact = false;
  bool is_service = false;
  std::string class_name;  // of an artifact
  FileRange bases;         // `: coop::Artifact`, of an artifact
  struct Part {
    FileRange range;
    std::string name;  // e.g. window
    bool is_method = false;
    bool is_access = false;  // `private:`
    std::string field;       // a data member's name
  };
  std::vector<Part> parts;  // members, of an artifact
  bool is_empty = false;    // an artifact without data
};

struct ThirdPartyUse {
  std::string path;                  // of the header that declares it
  std::vector<std::string> headers;  // its public headers, when it is a standard symbol: <vector>
  std::string used_in;               // a local file
  std::string symbol;                // e.g. std::vector
  auto operator<=>(const ThirdPartyUse&) const = default;
};

/// A call of an artifact's method from text that cannot be rewritten: an operator, a range-for, a
/// function template that takes an artifact. Fine as long as the method stays a member.
struct ForeignCall {
  std::string callee;  // key
  FileRange at;
  std::string name;
};

/// An artifact that a body makes for itself.
struct MadeArtifact {
  std::string class_name;
  FileRange at;
};

/// A contract, which is checked as C++ and then cropped.
struct Contract {
  FileRange invocation;  // of its macro
  FileRange at;          // what goes: the statement, its comment, its line
  std::string text;      // what is left
};

struct Crop {
  std::vector<Method> methods;            // callees first; witnesses of one text side by side
  std::vector<Declaration> declarations;  // in the order of the translation unit
  std::map<ThirdPartyUse, FileRange> third_party;  // each with its first use
  std::vector<ForeignCall> foreign_calls;
  std::vector<MadeArtifact> made;
  std::set<std::string> unseen_names;  // in branches that the emission's compiler may choose
  std::set<FileRange> expand;  // invocations of macros whose text has to be edited, outermost
  std::vector<Contract> contracts;
  std::string entry;  // key of run
};

Result<Crop> crop(const Registry& registry, const BoundSource& bound, const Program& program);

/// Does the text at `at` survive, in a reached declaration or method?
bool is_emitted(const FileRange& at, const Crop& crop);

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const Crop& crop);

}  // namespace combiner
