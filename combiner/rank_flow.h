// Program → what differs from rank to rank. Every body that `run` reaches is read again and again,
// until nothing new turns out to differ. The order of statements is not looked at; fields are told
// apart by their declarations, not by whose they are.
#pragma once

#include <cstdint>

#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "combiner/program.h"

namespace combiner {

/// Why something differs: 1 for the first of the causes that RankFlow knows, 0 if it does not.
/// A bit for each of a function's parameters says that it does if what is passed does.
struct Differs {
  int why = 0;
  uint64_t parameters = 0;

  bool operator==(const Differs&) const = default;
  Differs& operator|=(const Differs& other) {
    if (why == 0) why = other.why;
    parameters |= other.parameters;
    return *this;
  }
  friend Differs operator|(Differs a, const Differs& b) { return a |= b; }
};

/// Of a vector, how many elements there are may be the same everywhere, and what they are not.
struct Value {
  Differs whole = {}, elements = {};

  bool operator==(const Value&) const = default;
  Differs any() const { return whole | elements; }
  Value& operator|=(const Value& other) {
    whole |= other.whole;
    elements |= other.elements;
    return *this;
  }
};

/// A range of the text as parsed.
FileRange range_of(clang::SourceRange range, const Pass& pass);

class RankFlow {
 public:
  struct Cause {
    clang::SourceRange at;
    std::string what;  // e.g. the number of this rank
  };

  RankFlow(const Registry& registry, const Pass& pass);

  /// Functions whose bodies are read, in the order in which they were met.
  const std::vector<const clang::FunctionDecl*>& functions() const { return functions_; }

  /// Why an expression of a function's body differs; null if it does not.
  const Cause* cause(const clang::Expr* expression, const clang::FunctionDecl* within);
  /// Why the number of a range's elements does.
  const Cause* cause_of_size(const clang::Expr* range, const clang::FunctionDecl* within);

  /// The body of what is called, if it is read.
  const clang::FunctionDecl* body_of(const clang::FunctionDecl* called) const;
  /// Is it a function of templates/ that all ranks must call?
  bool is_collective(const clang::FunctionDecl* called) const;
  /// e.g. numbers.sum, of a call of an artifact's method; else empty.
  std::string name_of(const clang::CallExpr* call) const;
  /// Which artifact's method it is; else empty.
  std::string instance_of(const clang::FunctionDecl* method) const;
  /// Is it written by the user or by Coop, and no template's?
  bool is_local(const clang::Decl* decl) const;
  /// Memory of the device, which no condition of the host reads.
  static bool is_device_memory(const clang::CXXRecordDecl* record);

 private:
  using Arguments = std::vector<std::pair<const clang::Expr*, Value>>;

  // ---- what is known, which only grows ----
  struct Function {
    Value returned;
    int guard = 0;                            // it is called where the ranks differ
    bool of_shard = false;                    // a sharded artifact's, or called by one
    std::vector<const clang::Expr*> results;  // what it returns, for references
  };
  void read_all();
  void read_function(const clang::FunctionDecl* function);
  Function& reach(const clang::FunctionDecl* body, bool of_shard);
  void grow(Value& known, const Value& more);
  int because(clang::SourceRange at, const std::string& what);
  /// Parameters stand for what any caller passes.
  int concrete(const Differs& differs, const clang::DeclContext* owner) const;
  Value concrete(const Value& value, const clang::DeclContext* owner) const;

  // ---- statements ----
  void read(const clang::Stmt* statement);
  void read_under(const Differs& guard, std::initializer_list<const clang::Stmt*> statements);
  void read_block(const clang::CompoundStmt* block);
  void read_loop(Differs guard, const clang::Stmt* body, const clang::Stmt* increment);
  void read_declaration(const clang::Decl* declaration);
  /// What decides whether a statement is left early, other than by an exception.
  Differs decides_exit(const clang::Stmt* statement, bool breaks, bool continues);

  // ---- expressions ----
  Value value(const clang::Stmt* expression);
  Value value_of_parts(const clang::Stmt* expression);
  Value value_of_variable(const clang::ValueDecl* variable, clang::SourceRange at);
  Value value_of_member(const clang::MemberExpr* member);
  Value value_of_operation(const clang::BinaryOperator* operation);
  Value value_of_list(const clang::InitListExpr* list);
  Value value_of_lambda(const clang::LambdaExpr* lambda);
  Value value_of_construction(const clang::CXXConstructExpr* construction);
  /// `expression` is given a value, or its elements are.
  void assign(const clang::Expr* expression, Value given);
  void assign_elements(const clang::Expr* expression, const Value& given);
  void write(const clang::Expr* expression, const Value& given);
  void write_variable(const clang::ValueDecl* variable, const Value& given);

  // ---- calls ----
  Value call(const clang::CallExpr* call);
  Value call_body(const clang::FunctionDecl* body, const Arguments& arguments);
  Value call_unknown(const clang::FunctionDecl* called, const clang::Expr* object,
                     const Arguments& arguments, clang::QualType result);
  Value call_collective(const clang::FunctionDecl* called, const clang::CallExpr* call);
  void call_lambdas(const Arguments& arguments, const Value& given, Value& result);
  std::optional<Value> known_source(const clang::CallExpr* call);
  std::string instance_of(const clang::CXXRecordDecl* record) const;
  const clang::Expr* object_of(const clang::CallExpr* call) const;
  bool is_of_world(const clang::FunctionDecl* called) const;
  bool is_sharded(const std::string& instance) const;

  const Registry& registry_;
  const Pass& pass_;
  std::string templates_;  // their folder
  std::vector<Cause> causes_;
  std::map<std::pair<unsigned, std::string>, int> known_causes_;
  std::vector<const clang::FunctionDecl*> functions_;
  std::map<const clang::FunctionDecl*, Function> known_;
  std::map<const clang::Decl*, Value> values_;   // of variables, fields; what parameters are passed
  std::map<const clang::Decl*, Value> written_;  // to parameters that refer
  bool changed_ = false;

  // What is being read.
  const clang::FunctionDecl* function_ = nullptr;
  Differs guard_;  // what decides whether this is run
  std::set<const clang::Expr*> writing_;
};

}  // namespace combiner
