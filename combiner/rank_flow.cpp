#include "combiner/rank_flow.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/StmtOpenMP.h"
#include "clang/Lex/Lexer.h"
#include "combiner/rank_flow_terms.h"
#include "combiner/record_preprocessor.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SaveAndRestore.h"

namespace combiner {
namespace {

using clang::Expr;
using clang::FunctionDecl;
using clang::Stmt;
using llvm::dyn_cast;
using llvm::dyn_cast_or_null;
using llvm::isa;
using llvm::SaveAndRestore;
using llvm::StringRef;

/// The call of a service's entry, below `main`.
const clang::CallExpr* find_entry(const Stmt* statement, const std::string& service) {
  if (!statement) return nullptr;
  if (const auto* call = dyn_cast<clang::CallExpr>(statement)) {
    const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee());
    if (method && method->getParent()->getName() == service) return call;
  }
  if (const auto* lambda = dyn_cast<clang::LambdaExpr>(statement))
    return find_entry(lambda->getBody(), service);
  for (const Stmt* child : statement->children())
    if (const clang::CallExpr* found = find_entry(child, service)) return found;
  return nullptr;
}

/// The mutable state that outlives a call.
bool is_local_of(const clang::ValueDecl* variable, const FunctionDecl* function) {
  const auto* local = dyn_cast<clang::VarDecl>(variable);
  return local && local->isLocalVarDeclOrParm() && !local->isStaticLocal() &&
         local->getParentFunctionOrMethod() == function;
}

/// Does it leave the statement, by other ways than an exception? Breaks of its own loops do not.
bool leaves(const Stmt* statement, bool breaks, bool continues) {
  if (!statement || isa<Expr>(statement)) return false;
  if (isa<clang::ReturnStmt>(statement) || isa<clang::GotoStmt>(statement)) return true;
  if (isa<clang::BreakStmt>(statement)) return breaks;
  if (isa<clang::ContinueStmt>(statement)) return continues;
  if (isa<clang::ForStmt, clang::WhileStmt, clang::DoStmt, clang::CXXForRangeStmt>(statement))
    breaks = continues = false;
  if (isa<clang::SwitchStmt>(statement)) breaks = false;
  for (const Stmt* child : statement->children())
    if (leaves(child, breaks, continues)) return true;
  return false;
}

/// Does it end the program? What only one rank does then ends all of them.
bool throws(const Stmt* statement) {
  if (!statement) return false;
  if (const auto* block = dyn_cast<clang::CompoundStmt>(statement))
    return !block->body_empty() && throws(block->body_back());
  const auto* expression = dyn_cast<Expr>(statement);
  if (!expression) return false;
  const auto* call = dyn_cast<clang::CallExpr>(bare(expression));
  const FunctionDecl* called = call ? call->getDirectCallee() : nullptr;
  return isa<clang::CXXThrowExpr>(bare(expression)) || (called && called->isNoReturn());
}

}  // namespace

FileRange range_of(clang::SourceRange range, const Pass& pass) {
  const clang::SourceManager& sources = pass.sources();
  const clang::SourceLocation begin = sources.getFileLoc(range.getBegin());
  const clang::SourceLocation end = clang::Lexer::getLocForEndOfToken(
      sources.getFileLoc(range.getEnd()), 0, sources, pass.language());
  const unsigned from = sources.getFileOffset(begin);
  return {path_of(sources, sources.getFileID(begin)), from,
          std::max(from + 1, sources.getFileOffset(end))};
}

RankFlow::RankFlow(const Registry& registry, const Pass& pass) : registry_(registry), pass_(pass) {
  const FunctionDecl* main = nullptr;
  for (const clang::Decl* decl : pass.context().getTranslationUnitDecl()->noload_decls()) {
    if (const auto* function = dyn_cast<FunctionDecl>(decl))
      if (function->isMain()) main = function;
    const auto* world = dyn_cast<clang::CXXRecordDecl>(decl);
    if (!world || world->getName() != "World" || !world->isThisDeclarationADefinition()) continue;
    const clang::SourceManager& sources = pass.sources();
    templates_ = path_of(sources, sources.getFileID(sources.getFileLoc(world->getLocation())));
  }
  while (!templates_.empty() && llvm::sys::path::filename(templates_) != "templates")
    templates_ = llvm::sys::path::parent_path(templates_).str();
  const clang::CallExpr* entry =
      main ? find_entry(main->getBody(), registry.service.name) : nullptr;
  if (const FunctionDecl* run = entry ? body_of(entry->getDirectCallee()) : nullptr)
    reach(run, /*of_shard=*/false);
  for (changed_ = true; changed_;) read_all();
}

void RankFlow::read_all() {
  changed_ = false;
  for (size_t i = 0; i < functions_.size(); ++i) read_function(functions_[i]);  // it grows
}

void RankFlow::read_function(const FunctionDecl* function) {
  function_ = function;
  guard_ = {};
  if (const auto* constructor = dyn_cast<clang::CXXConstructorDecl>(function))
    for (const clang::CXXCtorInitializer* init : constructor->inits()) {
      const Value given = value(init->getInit());
      if (const clang::FieldDecl* field = init->getAnyMember()) write_variable(field, given);
    }
  read(function->getBody());
}

RankFlow::Function& RankFlow::reach(const FunctionDecl* body, bool of_shard) {
  const auto [at, fresh] = known_.try_emplace(body);
  if (fresh) functions_.push_back(body);
  changed_ |= fresh || (of_shard && !at->second.of_shard);
  at->second.of_shard |= of_shard;
  return at->second;
}

void RankFlow::grow(Value& known, const Value& more) {
  const Value before = known;
  known |= more;
  changed_ |= !(known == before);
}

int RankFlow::because(clang::SourceRange at, const std::string& what) {
  int& known = known_causes_[{at.getBegin().getRawEncoding(), what}];
  if (known == 0) {
    causes_.push_back({at, what});
    known = static_cast<int>(causes_.size());
  }
  return known;
}

int RankFlow::concrete(const Differs& differs, const clang::DeclContext* owner) const {
  if (differs.why != 0 || differs.parameters == 0) return differs.why;
  const auto* function = dyn_cast_or_null<FunctionDecl>(owner);
  for (unsigned i = 0; function && i < function->getNumParams() && i < 64; ++i) {
    const auto passed = values_.find(function->getParamDecl(i));
    if (!(differs.parameters >> i & 1) || passed == values_.end()) continue;
    if (const int why = passed->second.any().why) return why;
  }
  return 0;
}

Value RankFlow::concrete(const Value& value, const clang::DeclContext* owner) const {
  return {{concrete(value.whole, owner)}, {concrete(value.elements, owner)}};
}

const RankFlow::Cause* RankFlow::cause(const Expr* expression, const FunctionDecl* within) {
  function_ = within;
  guard_ = {};
  const int why = concrete(value(expression).any(), within);
  return why == 0 ? nullptr : &causes_[why - 1];
}

const RankFlow::Cause* RankFlow::cause_of_size(const Expr* range, const FunctionDecl* within) {
  function_ = within;
  guard_ = {};
  const int why = concrete(value(range).whole, within);
  return why == 0 ? nullptr : &causes_[why - 1];
}

// ---- statements ---------------------------------------------------------------------------------

void RankFlow::read(const Stmt* statement) {
  if (!statement) return;
  if (const auto* expression = dyn_cast<Expr>(statement)) {
    value(expression);
  } else if (const auto* block = dyn_cast<clang::CompoundStmt>(statement)) {
    read_block(block);
  } else if (const auto* choice = dyn_cast<clang::IfStmt>(statement)) {
    read(choice->getInit());
    read(choice->getConditionVariableDeclStmt());
    read_under(value(choice->getCond()).any(), {choice->getThen(), choice->getElse()});
  } else if (const auto* cases = dyn_cast<clang::SwitchStmt>(statement)) {
    read(cases->getInit());
    read(cases->getConditionVariableDeclStmt());
    read_under(value(cases->getCond()).any(), {cases->getBody()});
  } else if (const auto* counted = dyn_cast<clang::ForStmt>(statement)) {
    read(counted->getInit());
    read(counted->getConditionVariableDeclStmt());
    read_loop(value(counted->getCond()).any(), counted->getBody(), counted->getInc());
  } else if (const auto* loop = dyn_cast<clang::WhileStmt>(statement)) {
    read(loop->getConditionVariableDeclStmt());
    read_loop(value(loop->getCond()).any(), loop->getBody(), nullptr);
  } else if (const auto* until = dyn_cast<clang::DoStmt>(statement)) {
    read_loop(value(until->getCond()).any(), until->getBody(), nullptr);
  } else if (const auto* each = dyn_cast<clang::CXXForRangeStmt>(statement)) {
    for (const Stmt* part : {each->getInit(), static_cast<const Stmt*>(each->getRangeStmt()),
                             static_cast<const Stmt*>(each->getBeginStmt()),
                             static_cast<const Stmt*>(each->getEndStmt()),
                             static_cast<const Stmt*>(each->getLoopVarStmt())})
      read(part);
    read_loop(value(each->getRangeInit()).whole, each->getBody(), nullptr);
  } else if (const auto* declared = dyn_cast<clang::DeclStmt>(statement)) {
    for (const clang::Decl* decl : declared->decls()) read_declaration(decl);
  } else if (const auto* left = dyn_cast<clang::ReturnStmt>(statement)) {
    if (!left->getRetValue()) return;
    Value returned = value(left->getRetValue());
    returned.whole |= guard_;
    Function& here = known_[function_];
    grow(here.returned, returned);
    if (std::find(here.results.begin(), here.results.end(), left->getRetValue()) ==
        here.results.end())
      here.results.push_back(left->getRetValue());
  } else if (const auto* parallel = dyn_cast<clang::OMPExecutableDirective>(statement)) {
    if (parallel->hasAssociatedStmt()) read(parallel->getRawStmt());
  } else {
    for (const Stmt* child : statement->children()) read(child);
  }
}

void RankFlow::read_under(const Differs& guard, std::initializer_list<const Stmt*> statements) {
  for (const Stmt* statement : statements) {
    const SaveAndRestore outside(guard_, throws(statement) ? guard_ : guard_ | guard);
    read(statement);
  }
}

void RankFlow::read_block(const clang::CompoundStmt* block) {
  const SaveAndRestore outside(guard_);
  for (const Stmt* statement : block->body()) {
    read(statement);
    guard_ |= decides_exit(statement, /*breaks=*/true, /*continues=*/true);
  }
}

/// What decides a `break` decides how often all of the body is run.
void RankFlow::read_loop(Differs guard, const Stmt* body, const Stmt* increment) {
  guard |= decides_exit(body, /*breaks=*/true, /*continues=*/false);
  read_under(guard, {body, increment});
}

Differs RankFlow::decides_exit(const Stmt* statement, bool breaks, bool continues) {
  Differs out;
  if (!leaves(statement, breaks, continues)) return out;
  const Expr* condition = nullptr;
  if (const auto* choice = dyn_cast<clang::IfStmt>(statement)) condition = choice->getCond();
  if (const auto* cases = dyn_cast<clang::SwitchStmt>(statement)) condition = cases->getCond();
  if (const auto* counted = dyn_cast<clang::ForStmt>(statement)) condition = counted->getCond();
  if (const auto* loop = dyn_cast<clang::WhileStmt>(statement)) condition = loop->getCond();
  if (const auto* until = dyn_cast<clang::DoStmt>(statement)) condition = until->getCond();
  if (isa<clang::ForStmt, clang::WhileStmt, clang::DoStmt, clang::CXXForRangeStmt>(statement))
    breaks = continues = false;
  if (isa<clang::SwitchStmt>(statement)) breaks = false;
  if (condition) out |= value(condition).any();
  if (const auto* each = dyn_cast<clang::CXXForRangeStmt>(statement))
    out |= value(each->getRangeInit()).whole;
  for (const Stmt* child : statement->children()) out |= decides_exit(child, breaks, continues);
  return out;
}

void RankFlow::read_declaration(const clang::Decl* declaration) {
  const auto* variable = dyn_cast<clang::VarDecl>(declaration);
  if (!variable || !variable->hasInit()) return;
  const Value given = value(variable->getInit());
  grow(values_[variable], given);
}

// ---- expressions --------------------------------------------------------------------------------

Value RankFlow::value(const Stmt* statement) {
  if (!statement) return {};
  const auto* expression = dyn_cast<Expr>(statement);
  if (!expression) {
    read(statement);
    return {};
  }
  expression = bare(expression);
  if (isa<clang::UnaryExprOrTypeTraitExpr, clang::CXXNoexceptExpr, clang::CXXThisExpr>(expression))
    return {};
  if (const auto* reference = dyn_cast<clang::DeclRefExpr>(expression))
    return value_of_variable(reference->getDecl(), reference->getSourceRange());
  if (const auto* member = dyn_cast<clang::MemberExpr>(expression)) return value_of_member(member);
  if (const auto* lambda = dyn_cast<clang::LambdaExpr>(expression)) return value_of_lambda(lambda);
  if (const auto* called = dyn_cast<clang::CallExpr>(expression)) return call(called);
  if (const auto* made = dyn_cast<clang::CXXConstructExpr>(expression))
    return value_of_construction(made);
  if (const auto* list = dyn_cast<clang::InitListExpr>(expression)) return value_of_list(list);
  if (const auto* operation = dyn_cast<clang::BinaryOperator>(expression))
    return value_of_operation(operation);
  if (const auto* given = dyn_cast<clang::CXXDefaultArgExpr>(expression))
    return value(given->getExpr());
  if (const auto* given = dyn_cast<clang::CXXDefaultInitExpr>(expression))
    return value(given->getExpr());
  if (const auto* choice = dyn_cast<clang::ConditionalOperator>(expression)) {
    const Differs condition = value(choice->getCond()).any();
    const SaveAndRestore outside(guard_, guard_ | condition);
    Value out = value(choice->getTrueExpr());
    out |= value(choice->getFalseExpr());
    out.whole |= condition;
    return out;
  }
  if (const auto* unary = dyn_cast<clang::UnaryOperator>(expression)) {
    Value out = value(unary->getSubExpr());
    if (unary->isIncrementDecrementOp()) assign(unary->getSubExpr(), out);
    if (unary->getOpcode() == clang::UO_Deref) out.whole |= out.elements;
    return out;
  }
  return value_of_parts(expression);
}

Value RankFlow::value_of_parts(const Stmt* expression) {
  Value out;
  for (const Stmt* part : expression->children())
    if (part) out.whole |= value(part).any();
  return out;
}

Value RankFlow::value_of_variable(const clang::ValueDecl* variable, clang::SourceRange at) {
  if (const auto* part = dyn_cast<clang::BindingDecl>(variable))
    variable = part->getDecomposedDecl();
  if (!variable || !isa<clang::VarDecl, clang::FieldDecl>(variable)) return {};
  const std::string name = variable->getQualifiedNameAsString();
  if (name == "std::cin" || name == "stdin")
    return {{because(at, "what this rank reads of the standard input")}};
  Value out;
  if (const auto known = values_.find(variable); known != values_.end()) out = known->second;
  if (const auto* parameter = dyn_cast<clang::ParmVarDecl>(variable)) {
    const unsigned index = parameter->getFunctionScopeIndex();
    if (parameter->getParentFunctionOrMethod() == function_ && index < 64)
      out = {{0, uint64_t{1} << index}, {0, uint64_t{1} << index}};
    if (const auto known = written_.find(parameter); known != written_.end()) out |= known->second;
  }
  const clang::DeclContext* owner = variable->getParentFunctionOrMethod();
  return owner && owner != function_ ? concrete(out, owner) : out;
}

Value RankFlow::value_of_member(const clang::MemberExpr* member) {
  const Value base = value(member->getBase());
  const auto* field = dyn_cast<clang::FieldDecl>(member->getMemberDecl());
  if (!field) return value_of_variable(member->getMemberDecl(), member->getSourceRange());
  if (field->getName() == "live_bytes" && is_device_memory(record_of(member->getBase()->getType())))
    return {{because(member->getSourceRange(), "how much memory is in use on this rank's device")}};
  if (!is_local(field)) return base.whole == Differs{} ? Value{base.elements} : base;
  Value out = value_of_variable(field, member->getSourceRange());
  out.whole |= base.any();
  return out;
}

Value RankFlow::value_of_operation(const clang::BinaryOperator* operation) {
  if (operation->isLogicalOp()) {
    const Differs left = value(operation->getLHS()).any();
    const SaveAndRestore outside(guard_, guard_ | left);
    return {left | value(operation->getRHS()).any()};
  }
  if (!operation->isAssignmentOp()) return value_of_parts(operation);
  Value given = value(operation->getRHS());
  if (operation->isCompoundAssignmentOp()) given |= value(operation->getLHS());
  assign(operation->getLHS(), given);
  return given;
}

/// Of a struct of the authors' each field is known by itself.
Value RankFlow::value_of_list(const clang::InitListExpr* list) {
  const clang::CXXRecordDecl* record = list->getType()->getAsCXXRecordDecl();
  if (!record || !is_local(record)) return {{}, value_of_parts(list).any()};
  auto field = record->field_begin();
  const unsigned bases = record->getNumBases();
  for (unsigned i = 0; i < list->getNumInits(); ++i) {
    const Value given = value(list->getInit(i));
    if (i >= bases && field != record->field_end()) write_variable(*field++, given);
  }
  return {};
}

Value RankFlow::value_of_lambda(const clang::LambdaExpr* lambda) {
  Value out;
  for (const Expr* captured : lambda->capture_inits()) value(captured);
  for (const clang::LambdaCapture& capture : lambda->captures())
    if (lambda->isInitCapture(&capture)) read_declaration(capture.getCapturedVar());
  const FunctionDecl* body = lambda->getCallOperator();
  const auto* generic = body->getDescribedFunctionTemplate();
  const auto read_body = [&](const FunctionDecl* one) {
    if (!one->hasBody()) return;
    reach(one, known_[function_].of_shard);
    out.whole |= concrete(known_[one].returned, one).any();
  };
  if (!generic) read_body(body);
  if (generic)
    for (const FunctionDecl* one : generic->specializations()) read_body(one);
  return out;
}

Value RankFlow::value_of_construction(const clang::CXXConstructExpr* construction) {
  const clang::CXXConstructorDecl* constructor = construction->getConstructor();
  if (constructor->isCopyOrMoveConstructor() && construction->getNumArgs() > 0)
    return value(construction->getArg(0));
  Arguments arguments;
  for (const Expr* argument : construction->arguments())
    arguments.push_back({argument, value(argument)});
  if (const FunctionDecl* body = body_of(constructor)) {
    reach(body, known_[function_].of_shard);
    call_body(body, arguments);
    return {};
  }
  if (is_local(constructor->getParent()) && constructor->isImplicit()) return {};
  return call_unknown(constructor, nullptr, arguments, construction->getType());
}

void RankFlow::assign(const Expr* expression, Value given) {
  given.whole |= guard_;
  write(expression, given);
}

void RankFlow::assign_elements(const Expr* expression, const Value& given) {
  write(expression, {{}, given.any() | guard_});
}

/// Follows what an expression refers to.
void RankFlow::write(const Expr* expression, const Value& given) {
  expression = bare(expression);
  if (!writing_.insert(expression).second) return;  // what refers to itself
  const Value elements = {{}, given.any()};
  if (const auto* reference = dyn_cast<clang::DeclRefExpr>(expression)) {
    write_variable(reference->getDecl(), given);
  } else if (const auto* member = dyn_cast<clang::MemberExpr>(expression)) {
    if (!isa<clang::FieldDecl>(member->getMemberDecl()) || is_local(member->getMemberDecl()))
      write_variable(member->getMemberDecl(), given);
    else
      write(member->getBase(), elements);  // a part of a third party's struct
  } else if (const auto* item = dyn_cast<clang::ArraySubscriptExpr>(expression)) {
    write(item->getBase(), elements);
  } else if (const auto* unary = dyn_cast<clang::UnaryOperator>(expression)) {
    write(unary->getSubExpr(), unary->getOpcode() == clang::UO_Deref ? elements : given);
  } else if (const auto* choice = dyn_cast<clang::ConditionalOperator>(expression)) {
    write(choice->getTrueExpr(), given);
    write(choice->getFalseExpr(), given);
  } else if (const auto* sum = dyn_cast<clang::BinaryOperator>(expression)) {
    write(sum->getLHS(), given);  // of pointers
  } else if (const auto* called = dyn_cast<clang::CallExpr>(expression)) {
    const Expr* object = object_of(called);
    if (const FunctionDecl* body = body_of(called->getDirectCallee()))
      for (const Expr* result : known_[body].results) write(result, elements);
    else if (object || called->getNumArgs() > 0)
      write(object ? object : called->getArg(0), elements);
  } else if (isa<clang::CXXConstructExpr, clang::InitListExpr>(expression)) {
    for (const Stmt* part : expression->children())
      if (part) write(llvm::cast<Expr>(part), given);
  }
  writing_.erase(expression);
}

void RankFlow::write_variable(const clang::ValueDecl* variable, const Value& given) {
  if (const auto* part = dyn_cast<clang::BindingDecl>(variable))
    variable = part->getDecomposedDecl();
  if (!variable) return;
  Value more = given;
  if (!is_local_of(variable, function_)) {
    more = concrete(more, function_);
    more.whole |= Differs{known_[function_].guard};
  }
  if (const auto* parameter = dyn_cast<clang::ParmVarDecl>(variable))
    grow(written_[parameter], more);
  else
    grow(values_[variable], more);
  const auto* local = dyn_cast<clang::VarDecl>(variable);
  if (!local || !local->isLocalVarDecl() || !local->hasInit()) return;
  const clang::QualType type = local->getType();
  if (type->isReferenceType())
    write(local->getInit(), given);  // another name of it
  else if ((type->isPointerType() || is_iterator(type)) && !(given.elements == Differs{}))
    write(local->getInit(), {{}, given.elements});
}

}  // namespace combiner
