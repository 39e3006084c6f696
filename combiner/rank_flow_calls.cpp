// RankFlow, of calls: what is passed, what comes back, what is written through, who is called.
#include "combiner/cross_ranks.h"
#include "combiner/declarations.h"
#include "combiner/rank_flow.h"
#include "combiner/rank_flow_terms.h"
#include "combiner/record_preprocessor.h"
#include "llvm/ADT/StringSwitch.h"
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

/// The class of a free function's first parameter.
StringRef first_class(const FunctionDecl* function) {
  if (isa<clang::CXXMethodDecl>(function) || function->getNumParams() == 0) return "";
  const clang::CXXRecordDecl* record = record_of(function->getParamDecl(0)->getType());
  return record ? record->getName() : "";
}

bool may_be_written(clang::QualType type) {
  if (!type->isReferenceType() && !type->isPointerType()) return false;
  if (RankFlow::is_device_memory(record_of(type))) return false;
  return !type->getPointeeType().isConstQualified() && !type->getPointeeType()->isFunctionType();
}

StringRef name_of_function(const FunctionDecl* function) {
  return function->getDeclName().isIdentifier() ? function->getName() : "";
}

/// What differs because the machine says so; else empty.
std::string told_by_machine(const FunctionDecl* called) {
  const StringRef name = name_of_function(called);
  const std::string whole = called->getQualifiedNameAsString();
  if (name == "now" && StringRef(whole).starts_with("std::chrono")) return "a clock";
  if (StringRef(whole).starts_with("std::random_device")) return "a random number of this rank";
  if (isa<clang::CXXMethodDecl>(called)) return "";
  return llvm::StringSwitch<std::string>(name)
      .Cases({"time", "clock", "gettimeofday", "clock_gettime", "omp_get_wtime"}, "a clock")
      .Cases({"rand", "random", "drand48", "lrand48"}, "a random number of this rank")
      .Cases({"getpid", "gethostname", "get_id"}, "what this process is called")
      .Cases({"getchar", "scanf"}, "what this rank reads of the standard input")
      .Case("cudaMemGetInfo", "how much memory this rank's device has left")
      .Default("");
}

}  // namespace

// ---- calls --------------------------------------------------------------------------------------

Value RankFlow::call(const clang::CallExpr* call) {
  const FunctionDecl* called = call->getDirectCallee();
  if (const std::optional<Value> known = known_source(call)) return *known;
  if (called && is_of_world(called)) return call_collective(called, call);
  const Expr* object = object_of(call);
  const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(called);
  const bool in_arguments = object && isa<clang::CXXOperatorCallExpr>(call);
  Arguments arguments;
  for (const Expr* argument : call->arguments())
    if (!in_arguments || argument != call->getArg(0))
      arguments.push_back({argument, value(argument)});
  if (!called) {  // through a pointer
    Value out = {value(call->getCallee()).any()};
    for (const auto& [argument, given] : arguments) out.whole |= given.any();
    return out;
  }
  if (first_class(called) == "Device") return {};  // a kernel
  const std::string instance =
      method && object ? instance_of(record_of(bare(object)->getType())) : "";
  Value out;
  if (const FunctionDecl* body = body_of(called)) {
    if (object) value(object);
    reach(body, instance.empty() ? known_[function_].of_shard : is_sharded(instance));
    out = call_body(body, arguments);
  } else {
    out = call_unknown(called, object, arguments, call->getType());
  }
  if (instance.empty()) return out;
  for (const Rule& rule : registry_.rules_of(instance, called->getNameAsString())) {
    if (rule.name == "same") return {};
    if (combines(rule.name) && is_sharded(instance)) {
      const int why = because(call->getSourceRange(), "this rank's part of " + name_of(call));
      return {{why}, {why}};
    }
  }
  return out;
}

/// Arguments become parameters; what is written to those that refer comes back.
Value RankFlow::call_body(const FunctionDecl* body, const Arguments& arguments) {
  Function& known = known_[body];
  const int guard = concrete(guard_, function_);
  if (known.guard == 0) {
    known.guard = guard != 0 ? guard : known_[function_].guard;
    changed_ |= known.guard != 0;
  }
  const auto passed = [&](const Differs& differs) {
    Differs out = {differs.why};
    for (size_t i = 0; i < arguments.size() && i < 64; ++i)
      if (differs.parameters >> i & 1) out |= arguments[i].second.any();
    return out;
  };
  for (size_t i = 0; i < arguments.size() && i < body->getNumParams(); ++i) {
    const clang::ParmVarDecl* parameter = body->getParamDecl(i);
    if (parameter->isExplicitObjectParameter()) continue;
    grow(values_[parameter], concrete(arguments[i].second, function_));
    const auto written = written_.find(parameter);
    if (written == written_.end() || !may_be_written(parameter->getType())) continue;
    const Value back = {passed(written->second.whole), passed(written->second.elements)};
    if (parameter->getType()->isReferenceType())
      assign(arguments[i].first, back);
    else
      assign_elements(arguments[i].first, back);
  }
  return {passed(known.returned.whole), passed(known.returned.elements)};
}

/// What is known of a third party's function: it may write to what it can, and what comes out
/// depends on all that goes in.
Value RankFlow::call_unknown(const FunctionDecl* called, const Expr* object,
                             const Arguments& arguments, clang::QualType result) {
  const Value of_object = object ? value(object) : Value{};
  Value given;
  for (const auto& [argument, one] : arguments) given |= one;
  const StringRef name = name_of_function(called);
  const auto* method = dyn_cast<clang::CXXMethodDecl>(called);
  static const std::set<StringRef> kSame = {"move", "forward", "as_const", "begin",    "end",
                                            "data", "ref",     "cref",     "addressof"};
  if (!method && arguments.size() == 1 && kSame.count(name)) return given;
  const bool is_memory = method && is_device_memory(method->getParent());
  if (is_memory && !isa<clang::CXXConstructorDecl>(method))
    return name == "size" || name == "bytes" || name == "empty" ? Value{of_object.whole} : Value{};
  call_lambdas(arguments, object ? Value{given.any() | of_object.any(), {}} : given, given);
  if (object && method && !method->isConst() && !method->isStatic()) {
    static const std::set<StringRef> kAdds = {"push_back", "emplace_back", "push", "emplace",
                                              "fill"};
    static const std::set<StringRef> kReads = {"begin", "end",    "data", "front", "back", "at",
                                               "find",  "rbegin", "rend", "value", "get",  "top"};
    const bool reads = kReads.count(name) ||
                       called->getOverloadedOperator() == clang::OO_Subscript ||
                       called->getOverloadedOperator() == clang::OO_Call ||
                       called->getOverloadedOperator() == clang::OO_Star ||
                       called->getOverloadedOperator() == clang::OO_Arrow;
    if (!reads) assign(object, kAdds.count(name) ? Value{{}, given.any()} : given);
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    Value others = of_object;
    for (size_t j = 0; j < arguments.size(); ++j)
      if (i != j) others |= arguments[j].second;
    const clang::QualType type = i < called->getNumParams() ? called->getParamDecl(i)->getType()
                                                            : arguments[i].first->getType();
    const bool refers = type->isLValueReferenceType() && may_be_written(type);
    if (refers && !type->getPointeeType()->isFunctionType())
      assign(arguments[i].first, {others.any()});
    else if ((type->isPointerType() && may_be_written(type) && i < called->getNumParams()) ||
             is_iterator(type))
      assign_elements(arguments[i].first, others);
  }
  if (name == "size" || name == "empty" || name == "length" || name == "capacity")
    return {of_object.whole | given.whole};
  Value out = of_object;
  out |= given;
  const bool is_element = called->getOverloadedOperator() == clang::OO_Subscript ||
                          called->getOverloadedOperator() == clang::OO_Star ||
                          called->getOverloadedOperator() == clang::OO_Arrow || name == "at" ||
                          name == "front" || name == "back" || name == "find";
  if (is_element || result.getNonReferenceType()->isArithmeticType()) out.whole |= out.elements;
  if (isa<clang::CXXConstructorDecl>(called) && arguments.size() > 1 &&
      arguments[0].first->getType()->isIntegerType())  // vector(count, element)
    return {arguments[0].second.any(), out.any()};
  return out;
}

/// What a third party is given to call is called with what else it is given.
void RankFlow::call_lambdas(const Arguments& arguments, const Value& given, Value& result) {
  for (const auto& [argument, known] : arguments) {
    const clang::CXXRecordDecl* record = record_of(argument->getType());
    if (!record || !record->isLambda()) continue;
    const FunctionDecl* body = record->getLambdaCallOperator();
    if (!body || !body->hasBody() || body->getDescribedFunctionTemplate()) continue;
    Arguments passed;
    for (unsigned i = 0; i < body->getNumParams(); ++i)
      passed.push_back({argument, {given.any(), given.any()}});
    reach(body, known_[function_].of_shard);
    result |= call_body(body, passed);
  }
}

/// All ranks get the same; but what only one of them runs changes what only that one sees.
Value RankFlow::call_collective(const FunctionDecl* called, const clang::CallExpr* call) {
  Arguments arguments;
  for (const Expr* argument : call->arguments()) arguments.push_back({argument, value(argument)});
  const StringRef name = name_of_function(called);
  const Differs alone = name == "once" || name == "cast" || name == "give"
                            ? Differs{because(call->getSourceRange(), "what one rank does alone")}
                            : Differs{};
  Value result;
  const SaveAndRestore outside(guard_, guard_ | alone);
  call_lambdas(arguments, {}, result);
  if (name != "each") return {};
  return {{because(call->getSourceRange(), "what each rank is answered")}};
}

std::optional<Value> RankFlow::known_source(const clang::CallExpr* call) {
  const FunctionDecl* called = call->getDirectCallee();
  if (!called) return std::nullopt;
  const auto* method = dyn_cast<clang::CXXMethodDecl>(called);
  const Expr* object = object_of(call);
  if (method && object && is_of(record_of(bare(object)->getType()), "World")) {
    if (name_of_function(called) != "rank") return Value{};
    return Value{{because(call->getSourceRange(), "the number of this rank")}};
  }
  if (method && name_of_function(called) == "download" && is_device_memory(method->getParent()) &&
      call->getNumArgs() > 0) {
    for (const Expr* argument : call->arguments()) value(argument);
    if (known_[function_].of_shard)
      assign(
          call->getArg(0),
          {{}, {because(call->getSourceRange(), "what lies in the memory of this rank's device")}});
    return Value{};
  }
  const std::string what = told_by_machine(called);
  if (what.empty()) return std::nullopt;
  const Value out = {{because(call->getSourceRange(), what)}};
  for (const Expr* argument : call->arguments())
    if (argument->getType()->isPointerType()) assign_elements(argument, out);
  return out;
}

// ---- who is called ------------------------------------------------------------------------------

const Expr* RankFlow::object_of(const clang::CallExpr* call) const {
  if (const auto* of_member = dyn_cast<clang::CXXMemberCallExpr>(call))
    return of_member->getImplicitObjectArgument();
  const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee());
  if (!method || method->isStatic() || call->getNumArgs() == 0) return nullptr;
  if (isa<clang::CXXOperatorCallExpr>(call) || method->isExplicitObjectMemberFunction())
    return call->getArg(0);
  return nullptr;
}

bool RankFlow::is_device_memory(const clang::CXXRecordDecl* record) {
  return record && (record->getName() == "Buffer" || record->getName() == "DeviceSpan" ||
                    record->getName() == "Device");
}

std::string RankFlow::instance_of(const FunctionDecl* function) const {
  const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(function);
  if (!method) return "";
  const bool takes_self = method->isExplicitObjectMemberFunction();
  return instance_of(takes_self ? record_of(method->getParamDecl(0)->getType())
                                : method->getParent());
}

std::string RankFlow::instance_of(const clang::CXXRecordDecl* record) const {
  if (!record) return "";
  StringRef name = record->getName();
  if (name.consume_front("bound_") && registry_.find(name.str())) return name.str();
  for (const Registered& artifact : registry_.artifacts)  // in an ordinary method
    if (artifact.class_name == record->getName() && is_artifact(record)) return artifact.name;
  return "";
}

std::string RankFlow::name_of(const clang::CallExpr* call) const {
  const FunctionDecl* called = call->getDirectCallee();
  if (dyn_cast_or_null<clang::CXXConversionDecl>(called)) return "";  // as what once() takes it
  const Expr* object = called ? object_of(call) : nullptr;
  const std::string instance = object ? instance_of(record_of(bare(object)->getType())) : "";
  return instance.empty() ? "" : instance + "." + called->getNameAsString();
}

bool RankFlow::is_sharded(const std::string& instance) const {
  const Registered* artifact = registry_.find(instance);
  return artifact && is_in_parts(artifact->placement);
}

bool RankFlow::is_local(const clang::Decl* decl) const {
  const clang::SourceManager& sources = pass_.sources();
  const clang::SourceLocation at = sources.getFileLoc(decl->getLocation());
  if (at.isInvalid()) return false;
  const std::string file = path_of(sources, sources.getFileID(at));
  return pass_.preprocessed().text.count(file) && !StringRef(file).starts_with(templates_ + "/");
}

bool RankFlow::is_of_world(const FunctionDecl* called) const {
  const StringRef first = first_class(called);
  return (first == "World" || first == "Rank") && !is_local(called);
}

bool RankFlow::is_collective(const FunctionDecl* called) const {
  const StringRef name = called ? name_of_function(called) : "";
  return called && is_of_world(called) && name != "each" && name != "cast";
}

const FunctionDecl* RankFlow::body_of(const FunctionDecl* called) const {
  const FunctionDecl* body = nullptr;
  if (!called || !called->hasBody(body) || !is_local(body)) return nullptr;
  const auto* method = dyn_cast<clang::CXXMethodDecl>(body);
  if (method && is_device_memory(method->getParent())) return nullptr;
  return first_class(body) == "Device" ? nullptr : body;
}

}  // namespace combiner
