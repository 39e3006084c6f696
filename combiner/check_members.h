// The registry was read without types; here what it believed is checked.
#pragma once

#include "combiner/reach.h"

namespace combiner {

class CheckMembers : public Reach {
 protected:
  using Reach::Reach;

  void check_members() {
    const clang::CXXRecordDecl* service = service_record();
    if (!service) return;
    check_nested(service);
    for (const clang::FieldDecl* field : service->fields()) {
      const clang::QualType type = field->getType();
      const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
      if (record && is_bound(record)) {
        check_fields(record);
        record->forallBases([&](const clang::CXXRecordDecl* base) {
          check_nested(base);
          return true;
        });
        continue;
      }
      if (denotes_type(type).what == Denoted::What::kArray) {
        check_fields(element_of(record));
        continue;
      }
      if (is_artifact(record)) {
        report(diagnose(DiagnosticName::unrecognized_artifact, place(field->getLocation()),
                        field->getNameAsString()));
      }
      if (holds_artifact(type)) {
        report(diagnose(DiagnosticName::artifact_in_container, place(field->getLocation()),
                        field->getNameAsString()));
      }
    }
  }

  /// An artifact inside of an artifact has no name that a service knows.
  void check_fields(const clang::CXXRecordDecl* bound) {
    bound->forallBases([&](const clang::CXXRecordDecl* base) {
      for (const clang::FieldDecl* field : base->fields()) {
        const clang::QualType type = field->getType();
        if (!is_artifact(type->getAsCXXRecordDecl()) && !holds_artifact(type)) continue;
        Diagnostic d = diagnose(DiagnosticName::artifact_in_container, place(field->getLocation()),
                                field->getNameAsString());
        d.notes.push_back(
            {"register it in the service, and reach it as self." + field->getNameAsString(), {}});
        report(std::move(d));
      }
      return true;
    });
  }

  /// Of the class that stands for an array of artifacts.
  static const clang::CXXRecordDecl* element_of(const clang::CXXRecordDecl* array) {
    for (const clang::FieldDecl* items : array->fields())  // a C array
      return items->getType()->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
    const auto* container = llvm::cast<clang::ClassTemplateSpecializationDecl>(
        array->bases_begin()->getType()->getAsCXXRecordDecl());
    return container->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();
  }

  /// Nor has the class of one that stands inside of another.
  void check_nested(const clang::CXXRecordDecl* around) {
    for (const clang::Decl* decl : around->decls()) {
      const auto* nested = llvm::dyn_cast<clang::CXXRecordDecl>(decl);
      if (!nested || nested->isInjectedClassName() || !is_artifact(nested)) continue;
      Diagnostic d = diagnose(DiagnosticName::artifact_in_container, place(nested->getLocation()),
                              nested->getNameAsString());
      d.notes.push_back({"write it beside " + around->getNameAsString() +
                             ", and register it in the service; or derive it from nothing",
                         {}});
      report(std::move(d));
    }
  }

  /// Clang takes these; nvcc, which compiles the emission, does not.
  void check_launch(const clang::CUDAKernelCallExpr* launch) {
    const clang::FunctionDecl* kernel = launch->getDirectCallee();
    if (!kernel || !table_.is_local(kernel->getLocation())) return;
    if (llvm::isa<clang::CXXMethodDecl>(kernel))
      report(diagnose(DiagnosticName::nvcc_rejects, place(launch->getBeginLoc()),
                      "a kernel that is a member, '" + kernel->getNameAsString() + "'"));
    const clang::TemplateArgumentList* arguments = kernel->getTemplateSpecializationArgs();
    if (!arguments) return;
    for (const clang::TemplateArgument& argument : arguments->asArray()) {
      if (argument.getKind() != clang::TemplateArgument::Type) continue;
      const auto* type = argument.getAsType()->getAsTagDecl();
      if (type &&
          (type->getAccess() == clang::AS_private || type->getAccess() == clang::AS_protected))
        report(diagnose(DiagnosticName::nvcc_rejects, place(launch->getBeginLoc()),
                        "the private type '" + type->getNameAsString() +
                            "' as a template argument of a kernel"));
    }
  }

  static bool holds_artifact(clang::QualType type) {
    if (const auto* array = llvm::dyn_cast<clang::ArrayType>(type.getCanonicalType().getTypePtr()))
      return is_artifact(array->getElementType()->getAsCXXRecordDecl()) ||
             holds_artifact(array->getElementType());
    const auto* special =
        llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
    if (!special || is_artifact(special)) return false;
    for (const clang::TemplateArgument& argument : special->getTemplateArgs().asArray())
      if (argument.getKind() == clang::TemplateArgument::Type &&
          is_artifact(argument.getAsType()->getAsCXXRecordDecl()))
        return true;
    return false;
  }
};

}  // namespace combiner
