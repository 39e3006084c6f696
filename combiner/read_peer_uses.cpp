#include "combiner/read_peer_uses.h"

#include <algorithm>
#include <set>

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "combiner/lineage.h"

namespace combiner {
namespace {

struct Member {
  bool is_call = false;
  std::set<unsigned> arguments;
  std::vector<std::string> results;
  std::map<std::string, std::vector<std::string>> parts;
};

struct Peer {
  bool is_optional = false, is_indexed = false;
  std::map<std::string, Member> members;
};

/// `self.kv_cache.length`, or a reference to self.kv_cache and `.length`.
struct Path {
  std::string peer;
  std::string member;  // empty: the peer itself
};

const clang::Expr* plain(const clang::Expr* expression) {
  return expression ? expression->IgnoreParenImpCasts() : nullptr;
}

/// What takes an index, among those that a parameter is passed to.
constexpr const char* kSubscript = "[]";
constexpr const char* kUnchecked = "[] of an array";

class ReadUses : public clang::DynamicRecursiveASTVisitor {
 public:
  ReadUses(const clang::CXXRecordDecl* record, ArtifactFacts& facts)
      : context_(record->getASTContext()), lineage_(lineage(record)), facts_(facts) {}

  void read(const clang::FunctionDecl* method) {
    if (!method->hasBody()) return;
    method_ = method;
    name_ = method->getNameAsString();
    std::vector<clang::SourceLocation>& parameters = parameters_[name_];
    parameters.clear();  // of overloads, the last one's
    for (const clang::ParmVarDecl* parameter : method->parameters())
      if (!parameter->isExplicitObjectParameter()) parameters.push_back(parameter->getLocation());
    TraverseStmt(method->getBody());
  }

  void finish() {
    give_parameters_away();
    for (bool again = true; again;) {
      again = false;
      for (const auto& [caller, callees] : calls_)
        for (const std::string& callee : callees)
          again |= reaching_.count(callee) && reaching_.insert(caller).second;
    }
    for (MethodFacts& method : facts_.methods) method.reaches_peers = reaching_.count(method.name);
    note_what_is_read();
    for (auto& [name, peer] : peers_) {
      PeerFacts out{name, peer.is_optional, peer.is_indexed, {}};
      for (auto& [member, use] : peer.members)
        out.members.push_back({member,
                               use.is_call,
                               {use.arguments.begin(), use.arguments.end()},
                               std::move(use.results),
                               std::move(use.parts)});
      facts_.peers.push_back(std::move(out));
    }
    facts_.hooks.assign(hooks_.begin(), hooks_.end());
  }

  // ---- as what a result is used: told by what stands around it, before it is met itself ----

  bool VisitVarDecl(clang::VarDecl* variable) override {
    const clang::Expr* value = plain(variable->getInit());
    if (!value) return true;
    if (const auto path = path_of(value); path && path->member.empty()) aliases_[variable] = *path;
    const clang::QualType type = variable->getType();
    if (!type->getContainedAutoType()) {
      note(value, spelled(type));
    } else if (Member* asked = asked_for(value)) {
      answers_[variable] = asked;
      if (type->isPointerType()) add(asked->results, "dereferenced");
    }
    return true;
  }

  bool VisitConditionalOperator(clang::ConditionalOperator* operation) override {
    note(operation->getCond(), "condition");
    return true;
  }

  bool VisitReturnStmt(clang::ReturnStmt* statement) override {
    if (!method_ || !statement->getRetValue()) return true;
    const clang::QualType type = method_->getReturnType();
    if (!type->getContainedAutoType()) note(statement->getRetValue(), spelled(type));
    return true;
  }

  bool VisitBinaryOperator(clang::BinaryOperator* operation) override {
    if (operation->isLogicalOp()) {
      note(operation->getLHS(), "condition");
      note(operation->getRHS(), "condition");
      return true;
    }
    if (operation->isComparisonOp())
      for (const clang::Expr* side : {operation->getLHS(), operation->getRHS()})
        if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(plain(side)))
          compared_.insert(context_.getSourceManager().getFileOffset(
              context_.getSourceManager().getFileLoc(reference->getDecl()->getLocation())));
    note_beside(operation->getLHS(), operation->getRHS());
    note_beside(operation->getRHS(), operation->getLHS());
    return true;
  }

  bool VisitUnaryOperator(clang::UnaryOperator* operation) override {
    if (operation->getOpcode() == clang::UO_Deref) note(operation->getSubExpr(), "dereferenced");
    if (operation->getOpcode() == clang::UO_LNot) note(operation->getSubExpr(), "condition");
    if (operation->isIncrementDecrementOp()) note(operation->getSubExpr(), "int");
    return true;
  }

  /// What another scale has is not there: `if constexpr (!COOP_SINGLE_GPU) self.share();`
  bool TraverseIfStmt(clang::IfStmt* statement) override {
    clang::Expr::EvalResult result;
    if (!statement->isConstexpr() || !statement->getCond() ||
        statement->getCond()->isValueDependent() ||
        !statement->getCond()->EvaluateAsInt(result, context_))
      return clang::DynamicRecursiveASTVisitor::TraverseIfStmt(statement);
    const bool holds = result.Val.getInt().getBoolValue();
    return TraverseStmt(holds ? statement->getThen() : statement->getElse());
  }

  bool VisitIfStmt(clang::IfStmt* statement) override {
    note(statement->getCond(), "condition");
    note_discarded(statement->getThen());
    note_discarded(statement->getElse());
    return true;
  }

  bool VisitForStmt(clang::ForStmt* statement) override {
    note_discarded(statement->getBody());
    return true;
  }

  bool VisitWhileStmt(clang::WhileStmt* statement) override {
    note(statement->getCond(), "condition");
    note_discarded(statement->getBody());
    return true;
  }

  bool VisitCXXForRangeStmt(clang::CXXForRangeStmt* statement) override {
    note_discarded(statement->getBody());
    const clang::Expr* range = plain(statement->getRangeInit());
    note(range, "range");
    if (const auto path = path_of(range); path && path->member.empty()) {
      peers_[path->peer].is_indexed = true;
      aliases_[statement->getLoopVariable()] = *path;
    }
    return true;
  }

  bool VisitArraySubscriptExpr(clang::ArraySubscriptExpr* subscript) override {
    const clang::Expr* base = plain(subscript->getBase());
    note(base, "element");
    if (const auto path = path_of(base); path && path->member.empty())
      peers_[path->peer].is_indexed = true;
    note(subscript->getIdx(), "int");
    note_argument(kSubscript, 0, subscript->getIdx());
    if (!is_map(base)) note_argument(kUnchecked, 0, subscript->getIdx());
    return true;
  }

  bool VisitCompoundStmt(clang::CompoundStmt* statement) override {
    for (const clang::Stmt* each : statement->body()) note_discarded(each);
    return true;
  }

  bool VisitExplicitCastExpr(clang::ExplicitCastExpr* cast) override {
    note(cast->getSubExpr(), spelled(cast->getTypeAsWritten()));
    return true;
  }

  bool VisitCallExpr(clang::CallExpr* call) override {
    if (const clang::FunctionDecl* callee = only_callee(call))
      for (unsigned i = 0; i < call->getNumArgs() && i < callee->getNumParams(); ++i)
        note(call->getArg(i), spelled(callee->getParamDecl(i)->getType()));
    else if (call->getNumArgs() == 2)  // std::max(self.pool.size(), 1) wants two of a type
      for (const unsigned i : {0u, 1u}) note_beside(call->getArg(i), call->getArg(1 - i));
    const clang::Expr* callee = plain(call->getCallee());
    callees_.insert(callee);
    if (is_subscript(call, callee))
      note_argument(kSubscript, 0, call->getArg(call->getNumArgs() - 1));
    if (const auto path = path_of(callee); path && !path->member.empty()) {
      note_call(*path, call, callee);
      note_arguments(path->peer + "." + path->member, call);
    } else if (const auto* member = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(callee);
               member && !member->isImplicitAccess() && is_self(plain(member->getBase()))) {
      note_arguments(member->getMember().getAsString(), call);
      if (!member->getQualifier() && !is_own(member->getMember())) note_unknown(member);
    }
    return true;
  }

  // ---- what is read: a contract changes no outcome ----

  bool VisitDeclRefExpr(clang::DeclRefExpr* reference) override {
    if (in_contract_) return true;
    if (const auto* parameter = llvm::dyn_cast<clang::ParmVarDecl>(reference->getDecl()))
      read_parameters_.insert(parameter->getLocation());
    return true;
  }

  bool VisitMemberExpr(clang::MemberExpr* member) override {
    if (!in_contract_) read_members_.insert(member->getMemberDecl()->getNameAsString());
    return true;
  }

  bool TraverseUnaryExprOrTypeTraitExpr(clang::UnaryExprOrTypeTraitExpr* expression) override {
    ++in_contract_;  // COOP_EXPECTS is the size of a condition
    const bool out =
        clang::DynamicRecursiveASTVisitor::TraverseUnaryExprOrTypeTraitExpr(expression);
    --in_contract_;
    return out;
  }

  // ---- what is reached ----

  bool VisitCXXDependentScopeMemberExpr(clang::CXXDependentScopeMemberExpr* member) override {
    if (!in_contract_) read_members_.insert(member->getMember().getAsString());
    const auto path = path_of(member);
    note_part(member);
    if (!path && !member->isImplicitAccess() && is_self(plain(member->getBase())))
      calls_[name_].insert(member->getMember().getAsString());
    if (path && path->peer != "device" && path->peer != "world") reaching_.insert(name_);
    if (!path && !member->isImplicitAccess() && !called_.count(member))
      if (const auto outer = path_of(member->getBase()); outer && !outer->member.empty())
        add(peers_[outer->peer].members[outer->member].parts[member->getMember().getAsString()],
            take_note(member, "value"));
    if (!path || called_.count(member)) return true;
    if (is_always_there(path->peer)) return true;
    Peer& peer = peers_[path->peer];
    if (path->member.empty()) {
      if (in_requires_) peer.is_optional = true;
      return true;
    }
    Member& use = peer.members[path->member];
    add(use.results, take_note(member, "value"));
    return true;
  }

  bool TraverseRequiresExpr(clang::RequiresExpr* expression) override {
    ++in_requires_;
    const bool out = clang::DynamicRecursiveASTVisitor::TraverseRequiresExpr(expression);
    --in_requires_;
    return out;
  }

  bool TraverseLambdaExpr(clang::LambdaExpr* lambda) override {
    const clang::FunctionDecl* around = std::exchange(method_, nullptr);  // whose return it is not
    const bool out = clang::DynamicRecursiveASTVisitor::TraverseLambdaExpr(lambda);
    method_ = around;
    return out;
  }

 private:
  static bool is_self(const clang::Expr* expression) {
    const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression);
    const auto* parameter =
        reference ? llvm::dyn_cast<clang::ParmVarDecl>(reference->getDecl()) : nullptr;
    return parameter && parameter->isExplicitObjectParameter();
  }

  bool is_own(clang::DeclarationName name) const {
    return std::any_of(lineage_.begin(), lineage_.end(), [&](const clang::CXXRecordDecl* record) {
      return !record->lookup(name).empty();
    });
  }

  static bool is_always_there(const std::string& name) {
    return name == "hooks" || name == "device" || name == "world";
  }

  /// Which peer, and which of its members, if it is one and no own member.
  std::optional<Path> path_of(const clang::Expr* expression) {
    expression = plain(expression);
    if (!expression) return std::nullopt;
    if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression)) {
      const auto alias = aliases_.find(reference->getDecl());
      return alias == aliases_.end() ? std::nullopt : std::optional(alias->second);
    }
    if (const auto* subscript = llvm::dyn_cast<clang::ArraySubscriptExpr>(expression)) {
      const auto path = path_of(subscript->getBase());
      return path && path->member.empty() ? path : std::nullopt;
    }
    const auto* member = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(expression);
    if (!member || member->isImplicitAccess()) return std::nullopt;
    const std::string name = member->getMember().getAsString();
    if (is_self(plain(member->getBase()))) {
      if (member->getQualifier() || is_own(member->getMember())) return std::nullopt;
      if (name == "device") facts_.uses_device = true;
      if (name == "world") facts_.uses_world = true;
      return Path{name, ""};
    }
    auto base = path_of(member->getBase());
    if (!base || !base->member.empty()) return std::nullopt;
    return Path{base->peer, name};
  }

  void note_unknown(const clang::CXXDependentScopeMemberExpr* member) {
    const clang::SourceManager& manager = context_.getSourceManager();
    const clang::SourceLocation at = manager.getFileLoc(member->getMemberLoc());
    UnknownCall out{member->getMember().getAsString(), {manager.getFilename(at).str()}};
    out.at.begin = manager.getFileOffset(at);
    out.at.end = out.at.begin + static_cast<unsigned>(out.name.size());
    for (const clang::CXXRecordDecl* record : lineage_)
      for (const clang::Decl* decl : record->decls())
        if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl);
            named && !named->isImplicit() && named->getIdentifier())
          out.own.push_back(named->getName().str());
    facts_.unknown_calls.push_back(std::move(out));
  }

  void note_call(const Path& path, const clang::CallExpr* call, const clang::Expr* callee) {
    called_.insert(callee);
    if (path.peer == "hooks") hooks_.insert(path.member);
    if (is_always_there(path.peer)) return;
    Member& use = peers_[path.peer].members[path.member];
    use.is_call = true;
    use.arguments.insert(call->getNumArgs());
    add(use.results, take_note(call, "unknown"));
  }

  /// The method of a peer whose answer this is: its call, or a variable that keeps it.
  Member* asked_for(const clang::Expr* expression) {
    expression = plain(expression);
    if (!expression) return nullptr;
    if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression)) {
      const auto found = answers_.find(reference->getDecl());
      return found == answers_.end() ? nullptr : found->second;
    }
    const auto* call = llvm::dyn_cast<clang::CallExpr>(expression);
    const auto path = call ? path_of(call->getCallee()) : std::nullopt;
    if (!path || path->member.empty() || is_always_there(path->peer)) return nullptr;
    return &peers_[path->peer].members[path->member];
  }

  /// `entry->stamp`, of what a peer answered.
  void note_part(const clang::CXXDependentScopeMemberExpr* member) {
    if (member->isImplicitAccess()) return;
    Member* asked = asked_for(member->getBase());
    if (!asked) {  // `entry->children.size()`
      const auto* part =
          llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(plain(member->getBase()));
      if (part && !part->isImplicitAccess() && callees_.count(member) && asked_for(part->getBase()))
        note(part, "range");
      return;
    }
    if (member->isArrow()) add(asked->results, "dereferenced");
    std::vector<std::string>& results = asked->parts[member->getMember().getAsString()];
    add(results, callees_.count(member) ? "called" : take_note(member, "value"));
  }

  /// Whom it calls, where the name alone tells.
  static const clang::FunctionDecl* only_callee(const clang::CallExpr* call) {
    if (const clang::FunctionDecl* callee = call->getDirectCallee()) return callee;
    const auto* names = llvm::dyn_cast<clang::OverloadExpr>(plain(call->getCallee()));
    if (!names || names->getNumDecls() != 1) return nullptr;
    return llvm::dyn_cast<clang::FunctionDecl>(*names->decls_begin());
  }

  /// Which of the method's own parameters go to `callee` as they are.
  void note_arguments(const std::string& callee, const clang::CallExpr* call) {
    for (unsigned i = 0; i < call->getNumArgs(); ++i) note_argument(callee, i, call->getArg(i));
  }

  void note_argument(const std::string& callee, unsigned i, const clang::Expr* argument) {
    const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(plain(argument));
    const auto* parameter =
        reference ? llvm::dyn_cast<clang::ParmVarDecl>(reference->getDecl()) : nullptr;
    if (parameter && !parameter->isExplicitObjectParameter())
      passed_[parameter->getLocation()].insert({callee, i});
  }

  /// A map has an element for whatever it is asked.
  bool is_map(const clang::Expr* expression) const {
    const clang::FieldDecl* field = own_field(expression);
    const auto* record = field ? field->getType()->getAsCXXRecordDecl() : nullptr;
    return record && llvm::StringRef(record->getName()).ends_with("map");
  }

  /// `layers.at(layer)`, `layers[layer]` of a class.
  static bool is_subscript(const clang::CallExpr* call, const clang::Expr* callee) {
    if (const auto* operation = llvm::dyn_cast<clang::CXXOperatorCallExpr>(call))
      return operation->getOperator() == clang::OO_Subscript;
    if (call->getNumArgs() != 1) return false;
    if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(callee))
      return member->getMemberDecl()->getDeclName().getAsString() == "at";
    const auto* member = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(callee);
    return member && member->getMember().getAsString() == "at";
  }

  /// What a parameter is passed to, itself or by way of the artifact's own methods.
  void give_parameters_away() {
    std::map<std::pair<std::string, unsigned>, std::vector<clang::SourceLocation>> own;
    for (const auto& [name, locations] : parameters_)
      for (unsigned i = 0; i < locations.size(); ++i) own[{name, i}].push_back(locations[i]);
    for (bool again = true; again;) {
      again = false;
      for (auto& [parameter, targets] : passed_)
        for (const auto& target : std::set(targets)) {
          const auto found = own.find(target);
          if (found == own.end()) continue;
          for (const clang::SourceLocation further : found->second)
            for (const auto& next : passed_[further]) again |= targets.insert(next).second;
        }
    }
    const clang::SourceManager& sources = context_.getSourceManager();
    for (const auto& [parameter, targets] : passed_)
      for (MethodFacts& method : facts_.methods)
        for (ParameterFacts& one : method.parameters)
          if (one.at.begin == sources.getFileOffset(sources.getFileLoc(parameter)))
            for (const auto& [callee, i] : targets) {
              one.is_index |= callee == kSubscript;
              one.is_unchecked |= callee == kUnchecked && !compared_.count(one.at.begin);
              if (callee.find('.') != std::string::npos)
                one.passed_to.push_back(callee + " " + std::to_string(i));
            }
  }

  void note_what_is_read() {
    const clang::SourceManager& sources = context_.getSourceManager();
    std::set<unsigned> offsets;
    for (const clang::SourceLocation parameter : read_parameters_)
      offsets.insert(sources.getFileOffset(sources.getFileLoc(parameter)));
    for (FieldFacts& field : facts_.fields) field.is_read = read_members_.count(field.name);
    for (MethodFacts& method : facts_.methods)
      for (ParameterFacts& one : method.parameters) one.is_read = offsets.count(one.at.begin);
  }

  static void add(std::vector<std::string>& results, const std::string& result) {
    if (std::find(results.begin(), results.end(), result) == results.end())
      results.push_back(result);
  }

  void note(const clang::Expr* expression, const std::string& use) {
    const clang::Expr* what = plain(expression);
    if (!what) return;
    notes_.try_emplace(what, use);
    if (llvm::isa<clang::DeclRefExpr>(what))
      if (Member* asked = asked_for(what)) add(asked->results, use);
  }

  void note_discarded(const clang::Stmt* statement) {
    if (const auto* expression = llvm::dyn_cast_or_null<clang::Expr>(statement))
      note(expression, "nothing");
  }

  /// `self.pool.free() > 3`: the type of what stands beside it, where that is known.
  void note_beside(const clang::Expr* expression, const clang::Expr* beside) {
    beside = plain(beside);
    if (!beside) return;
    const clang::QualType type = type_of(beside);
    if (type->isDependentType()) return;
    if (type->isArrayType())
      note(expression, "std::string");   // a literal
    else if (!type->isAnyPointerType())  // what is added to one is no other
      note(expression, spelled(type));
  }

  /// Also of the artifact's own fields, and of a call whose overloads all return the same
  /// (std::to_string); else a dependent type.
  clang::QualType type_of(const clang::Expr* expression) const {
    if (const clang::FieldDecl* field = own_field(expression)) return field->getType();
    const auto* call = llvm::dyn_cast<clang::CallExpr>(expression);
    const auto* names =
        call ? llvm::dyn_cast<clang::OverloadExpr>(plain(call->getCallee())) : nullptr;
    if (!names) return expression->getType();
    std::set<const clang::Type*> types;
    for (const clang::NamedDecl* callee : names->decls()) {
      const auto* function = llvm::dyn_cast<clang::FunctionDecl>(callee->getUnderlyingDecl());
      if (!function) return expression->getType();
      types.insert(function->getReturnType().getCanonicalType().getTypePtr());
    }
    if (types.size() != 1) return expression->getType();
    return llvm::cast<clang::FunctionDecl>((*names->decls_begin())->getUnderlyingDecl())
        ->getReturnType();
  }

  /// `self.share`, of the artifact itself.
  const clang::FieldDecl* own_field(const clang::Expr* expression) const {
    const auto* member = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(expression);
    if (!member || member->isImplicitAccess() || !is_self(plain(member->getBase()))) return nullptr;
    for (const clang::CXXRecordDecl* record : lineage_)
      for (const clang::NamedDecl* found : record->lookup(member->getMember()))
        if (const auto* field = llvm::dyn_cast<clang::FieldDecl>(found)) return field;
    return nullptr;
  }

  std::string take_note(const clang::Expr* expression, const std::string& otherwise) const {
    const auto found = notes_.find(expression);
    return found == notes_.end() ? otherwise : found->second;
  }

  std::string spelled(clang::QualType type) const {
    if (type->isDependentType()) return "unknown";
    const clang::CXXRecordDecl* record = type.getNonReferenceType()->getAsCXXRecordDecl();
    if (record && record->getQualifiedNameAsString() == "std::basic_string") return "std::string";
    return type.getNonReferenceType().getUnqualifiedType().getAsString(
        context_.getPrintingPolicy());
  }

  const clang::ASTContext& context_;
  const std::vector<const clang::CXXRecordDecl*> lineage_;
  ArtifactFacts& facts_;
  const clang::FunctionDecl* method_ = nullptr;
  std::string name_;  // of the method, also within a lambda
  int in_requires_ = 0;
  std::map<std::string, Peer> peers_;
  std::set<std::string> hooks_;
  std::map<std::string, std::vector<clang::SourceLocation>> parameters_;  // of each method
  std::map<clang::SourceLocation, std::set<std::pair<std::string, unsigned>>> passed_;
  std::map<std::string, std::set<std::string>> calls_;  // own members that each method names
  std::set<std::string> reaching_;                      // methods that reach a peer
  std::map<const clang::ValueDecl*, Path> aliases_;     // auto& cache = self.kv_cache;
  std::map<const clang::ValueDecl*, Member*> answers_;  // auto entry = self.store.get(key);
  std::map<const clang::Expr*, std::string> notes_;     // as what it is used
  std::set<const clang::Expr*> called_;   // what of a peer stands before an argument list
  std::set<const clang::Expr*> callees_;  // whatever does
  std::set<unsigned> compared_;           // variables, by where they are declared
  int in_contract_ = 0;
  std::set<clang::SourceLocation> read_parameters_;
  std::set<std::string> read_members_;
};

}  // namespace

void read_peer_uses(const clang::CXXRecordDecl* record, ArtifactFacts& facts) {
  ReadUses reader(record, facts);
  for (const clang::CXXRecordDecl* base : lineage(record))
    for (const clang::Decl* decl : base->decls()) {
      if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
        decl = pattern->getTemplatedDecl();
      if (const auto* method = llvm::dyn_cast<clang::FunctionDecl>(decl)) reader.read(method);
    }
  reader.finish();
}

}  // namespace combiner
