// Declaration of a method → what rewriting its signature needs.
#pragma once

#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "combiner/record_facts.h"
#include "combiner/travel.h"

namespace combiner {

class DescribeMethod : public RecordFacts {
 protected:
  using RecordFacts::RecordFacts;

  void describe_signature(const clang::FunctionDecl* definition, const clang::FunctionDecl* pattern,
                          Method& method) {
    const auto* as_method = llvm::cast<clang::CXXMethodDecl>(definition);
    method.is_special =
        llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl, clang::CXXConversionDecl>(
            definition) ||
        definition->isOverloadedOperator() || as_method->isVirtual();
    if (const auto range =
            in_file(clang::CharSourceRange::getTokenRange(pattern->getNameInfo().getSourceRange())))
      method.name_range = *range;
    else if (method.instance.empty())
      refuse_macro(pattern->getLocation(), Fact::Kind::kMember);
    if (pattern->isOutOfLine() && !pattern->getLexicalDeclContext()->isRecord()) {
      report(
          diagnose(DiagnosticName::out_of_line_method, place(pattern->getLocation()), method.name));
    }
    if (auto* type = pattern->getTypeSourceInfo())
      if (auto prototype = type->getTypeLoc().getAsAdjusted<clang::FunctionTypeLoc>()) {
        method.parameters_open = offset(prototype.getLParenLoc());
        method.parameters_close = offset(prototype.getRParenLoc());
      }
    method.is_static = as_method->isStatic();
    method.is_const = as_method->isConst();
    for (const clang::ParmVarDecl* parameter : pattern->parameters()) {
      if (parameter->isExplicitObjectParameter()) {
        const unsigned index = parameter->getFunctionScopeIndex();
        const clang::QualType type = definition->getParamDecl(index)->getType();
        method.is_const = type.getNonReferenceType().isConstQualified();
        if (!type->isReferenceType()) refuse_copy(method.instance, parameter->getLocation());
        if (const auto range = in_file(clang::CharSourceRange::getTokenRange(
                parameter->getExplicitObjectParamThisLoc(), parameter->getEndLoc())))
          method.self_parameter = *range;
        else
          refuse_macro(parameter->getExplicitObjectParamThisLoc(), Fact::Kind::kMember);
        continue;
      }
      method.has_parameters = true;
      Parameter described;
      described.name = parameter->getNameAsString();
      described.type = spelled(instantiated(definition, parameter)->getType());
      described.always_quiet = parameter->hasAttr<clang::UnusedAttr>();
      if (!described.name.empty())
        if (const auto range = in_file(clang::CharSourceRange::getTokenRange(
                parameter->getLocation(), parameter->getLocation())))
          described.name_range = *range;
      if (parameter->hasDefaultArg() && !described.name.empty())
        described.default_range = {method.slice.file, described.name_range.end,
                                   range_of_parameter_end(parameter)};
      if (parameter->hasDefaultArg())
        described.default_value =
            clang::Lexer::getSourceText(
                clang::CharSourceRange::getTokenRange(parameter->getDefaultArgRange()),
                pass_.sources(), pass_.language())
                .str();
      method.parameters.push_back(described);
    }
    if (const auto* own = pattern->getDescribedFunctionTemplate())
      for (const clang::NamedDecl* parameter : *own->getTemplateParameters())
        method.hides_service |= parameter->getName() == registry_.service.name;
    describe_return(definition, pattern, method);
    if (registry_.has_calls(method.instance)) check_travel(definition, pattern, method.instance);
    method.returned = {kind_of(definition->getReturnType()), spelled(definition->getReturnType())};
  }

  /// Of a pack that is empty there is none: the pattern's.
  static const clang::ParmVarDecl* instantiated(const clang::FunctionDecl* definition,
                                                const clang::ParmVarDecl* parameter) {
    const unsigned index = parameter->getFunctionScopeIndex();
    return index < definition->getNumParams() ? definition->getParamDecl(index) : parameter;
  }

  void check_travel(const clang::FunctionDecl* definition, const clang::FunctionDecl* pattern,
                    const std::string& owned) {
    const std::vector<Rule> rules = registry_.rules_of(owned, definition->getNameAsString());
    const bool moves = std::ranges::any_of(rules, [](const Rule& r) { return r.name == "move"; });
    auto check = [&](clang::QualType type, bool is_parameter, const std::string& what,
                     clang::SourceLocation where) {
      if (const std::string why = why_it_cannot_travel(type, is_parameter); !why.empty())
        report(diagnose(DiagnosticName::cannot_travel, place(where), what, owned, why));
    };
    for (const clang::ParmVarDecl* parameter : pattern->parameters()) {
      if (parameter->isExplicitObjectParameter()) continue;
      const clang::QualType type = instantiated(definition, parameter)->getType();
      const bool given = moves && type->isRValueReferenceType();
      check(given ? type.getNonReferenceType() : type, !given, parameter->getNameAsString(),
            parameter->getLocation());
    }
    check(definition->getReturnType(), false, spelled(definition->getReturnType()),
          pattern->getLocation());
  }

  /// A vector and a span of numbers, a pair of two numbers.
  Returned::Kind kind_of(clang::QualType type) const {
    using Kind = Returned::Kind;
    type = type.getNonReferenceType().getUnqualifiedType();
    if (type->isVoidType()) return Kind::kNothing;
    if (type->isArithmeticType()) return Kind::kNumber;
    const auto* made =
        llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
    if (!made) return Kind::kOther;
    auto is_number = [&](unsigned i) {
      const clang::TemplateArgumentList& arguments = made->getTemplateArgs();
      return i < arguments.size() && arguments[i].getKind() == clang::TemplateArgument::Type &&
             arguments[i].getAsType()->isArithmeticType();
    };
    const std::string name = made->getQualifiedNameAsString();
    if (name == "std::vector" && is_number(0)) return Kind::kVector;
    if (name == "DeviceSpan" && is_number(0)) return Kind::kDeviceSpan;
    if (name == "std::pair" && is_number(0) && is_number(1)) return Kind::kPair;
    return Kind::kOther;
  }

  unsigned range_of_parameter_end(const clang::ParmVarDecl* parameter) const {
    const auto range =
        in_file(clang::CharSourceRange::getTokenRange(parameter->getDefaultArgRange()));
    return range ? range->end : offset(behind(parameter->getEndLoc()));
  }

  void describe_return(const clang::FunctionDecl* definition, const clang::FunctionDecl* pattern,
                       Method& method) {
    if (!pattern->getReturnType()->getContainedAutoType()) return;
    const auto* made = definition->getReturnType().getNonReferenceType()->getAsCXXRecordDecl();
    if (made && made->isLocalClass() && !made->isLambda()) return;  // nobody else can name it
    auto* type = pattern->getTypeSourceInfo();
    auto prototype = type->getTypeLoc().getAsAdjusted<clang::FunctionTypeLoc>();
    const auto range =
        in_file(clang::CharSourceRange::getTokenRange(prototype.getReturnLoc().getSourceRange()));
    if (!range) return;
    Fact fact{.kind = Fact::Kind::kReturn, .text = spelled(definition->getReturnType())};
    fact.at = *range;
    const llvm::StringRef before =
        llvm::StringRef(pass_.preprocessed().text.at(range->file)).substr(0, range->begin);
    if (before.ends_with("const ")) fact.at.begin -= 6;
    method.facts.push_back(std::move(fact));
  }

  void collect_locals(const clang::FunctionDecl* definition, Method& method) const {
    struct Collect : clang::DynamicRecursiveASTVisitor {
      std::vector<std::string>& names;
      explicit Collect(std::vector<std::string>& names) : names(names) {}
      bool VisitNamedDecl(clang::NamedDecl* decl) override {
        names.push_back(decl->getNameAsString());
        return true;
      }
    } collect(method.locals);
    for (clang::ParmVarDecl* parameter : definition->parameters())
      method.locals.push_back(parameter->getNameAsString());
    collect.TraverseStmt(definition->getBody());
  }

  FileRange slice_of(const clang::FunctionDecl* pattern) const {
    const clang::Decl* outer = pattern->getDescribedFunctionTemplate();
    return range_of(outer ? outer : pattern, pass_);
  }
};

}  // namespace combiner
