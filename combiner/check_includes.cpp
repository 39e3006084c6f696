#include "combiner/check_includes.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "combiner/parse.h"
#include "combiner/record_preprocessor.h"
#include "llvm/ADT/STLExtras.h"

namespace combiner {
namespace {

/// For each header the first #include of a local file through which it comes: its position.
class FindForeign : public clang::DynamicRecursiveASTVisitor {
 public:
  explicit FindForeign(const Pass& pass) : pass_(pass), sources_(pass.sources()) {
    for (const auto& [file, seen] : pass_.preprocessed().seen) first_[file] = -1;
    reach("", -1);  // what the arguments include
    const auto& includes = pass_.preprocessed().third_party;
    for (size_t i = 0; i < includes.size(); ++i) reach(includes[i].target, static_cast<int>(i));
  }

  bool run() {
    for (const MacroUse& use : pass_.preprocessed().macros)
      if (first_of(use.definition.file) >= seen_by(use.at.file)) return true;
    for (clang::Decl* decl : pass_.context().getTranslationUnitDecl()->noload_decls()) {
      const clang::FileID file = sources_.getFileID(sources_.getFileLoc(decl->getLocation()));
      seen_ = seen_by(path_of(sources_, file));
      if (seen_ != kNotLocal && !TraverseDecl(decl)) return true;
    }
    return false;
  }

  bool VisitDeclRefExpr(clang::DeclRefExpr* reference) override {
    return is_included(reference->getFoundDecl()) && is_included(reference->getDecl());
  }
  bool VisitMemberExpr(clang::MemberExpr* member) override {
    return is_included(member->getMemberDecl());
  }
  bool VisitOverloadExpr(clang::OverloadExpr* overloads) override {
    return overloads->getNumDecls() == 0 ||
           llvm::any_of(overloads->decls(), [&](const auto* decl) { return is_included(decl); });
  }
  bool VisitCXXNewExpr(clang::CXXNewExpr* made) override {
    return is_included(made->getOperatorNew());
  }
  bool VisitUsingDecl(clang::UsingDecl* names) override {
    return llvm::any_of(names->shadows(),
                        [&](const auto* shadow) { return is_included(shadow->getTargetDecl()); });
  }
  bool VisitConceptReference(clang::ConceptReference* reference) override {
    return is_included(reference->getNamedConcept());
  }
  bool VisitExpr(clang::Expr* expression) override {  // it must be complete: strong_ordering
    const clang::QualType type = expression->getType();
    return type.isNull() || is_included(type->getAsTagDecl());
  }
  bool VisitTypeLoc(clang::TypeLoc type) override {
    if (const auto alias = type.getAs<clang::TypedefTypeLoc>()) return is_included(alias.getDecl());
    if (const auto use = type.getAs<clang::UsingTypeLoc>()) return is_included(use.getDecl());
    if (const auto special = type.getAs<clang::TemplateSpecializationTypeLoc>())
      return is_included(special.getTypePtr()->getTemplateName().getAsTemplateDecl());
    if (const auto deduced = type.getAs<clang::DeducedTemplateSpecializationTypeLoc>())
      return is_included(deduced.getTypePtr()->getTemplateName().getAsTemplateDecl());
    if (const auto tag = type.getAs<clang::TagTypeLoc>()) return is_included(tag.getDecl());
    return true;
  }

 private:
  static constexpr int kNotLocal = -1, kNever = 1 << 30;

  /// Everything that `header` includes comes at `position`, unless it came before.
  void reach(const std::string& header, int position) {
    std::vector<std::string> queue = {header};
    while (!queue.empty()) {
      const std::string next = queue.back();
      queue.pop_back();
      if (next == kPreamblePath || !first_.try_emplace(next, position).second) continue;
      const auto targets = pass_.preprocessed().graph.find(next);
      if (targets != pass_.preprocessed().graph.end())
        queue.insert(queue.end(), targets->second.begin(), targets->second.end());
    }
  }

  int first_of(const std::string& file) const {
    const auto found = first_.find(file);
    return found == first_.end() ? kNever : found->second;
  }

  int seen_by(const std::string& file) const {
    const auto found = pass_.preprocessed().seen.find(file);
    return found == pass_.preprocessed().seen.end() ? kNotLocal : static_cast<int>(found->second);
  }

  bool is_included(const clang::Decl* decl) {
    if (!decl) return true;
    const auto [known, fresh] = decls_.try_emplace(decl, kNever);
    if (!fresh) return known->second < seen_;
    int first = kNever;
    const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl);
    const auto* tag = pattern ? pattern->getTemplatedDecl() : llvm::dyn_cast<clang::TagDecl>(decl);
    if (tag && tag->getDefinition()) {  // a forward declaration may be too little
      first = first_of(tag->getDefinition());
    } else {
      for (const clang::Decl* other : decl->redecls()) first = std::min(first, first_of(other));
    }
    decls_[decl] = first;
    return first < seen_;
  }

  int first_of(const clang::Decl* decl) {
    const clang::SourceLocation at = sources_.getFileLoc(decl->getLocation());
    if (at.isInvalid()) return -1;  // Clang's own
    const clang::FileID file = sources_.getFileID(at);
    const auto [known, fresh] = files_.try_emplace(file, -1);
    if (fresh) known->second = first_of(path_of(sources_, file));
    return known->second;
  }

  const Pass& pass_;
  const clang::SourceManager& sources_;
  int seen_ = 0;  // how many #includes stand before the end of the file that is being read
  std::map<std::string, int> first_;
  llvm::DenseMap<const clang::Decl*, int> decls_;
  llvm::DenseMap<clang::FileID, int> files_;
};

}  // namespace

bool includes_what_it_names(const Pass& pass) { return !FindForeign(pass).run(); }

}  // namespace combiner
