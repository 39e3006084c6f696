// What text reaches: declarations of the project, third-party headers, methods to read.
#pragma once

#include <deque>
#include <functional>

#include "clang/Tooling/Inclusions/StandardLibrary.h"
#include "combiner/describe_method.h"
#include "combiner/third_party_calls.h"

namespace combiner {

class Reach : public DescribeMethod {
 protected:
  Reach(const Registry& registry, const BoundSource& bound, const Pass& pass, Crop& crop,
        Diagnostics& diagnostics)
      : DescribeMethod(registry, bound, pass, diagnostics), table_(pass, registry), crop_(crop) {}

  virtual void read(const clang::Stmt* statement) = 0;
  virtual void read_type(clang::TypeLoc type) = 0;
  virtual void read_declaration(const clang::Decl* decl) = 0;
  virtual void walk_method(const clang::FunctionDecl* definition,
                           const clang::FunctionDecl* pattern, const std::string& instance,
                           const std::string& key) = 0;

  void reach_type(const clang::Type* type) {
    if (const auto* alias = llvm::dyn_cast<clang::TypedefType>(type))
      reach(alias->getDecl());
    else if (const auto* tag = llvm::dyn_cast<clang::TagType>(type))
      reach(tag->getDecl());
    else if (const auto* use = llvm::dyn_cast<clang::UsingType>(type))
      reach(use->getDecl());
    else if (const auto* deduced = llvm::dyn_cast<clang::DeducedTemplateSpecializationType>(type))
      reach(deduced->getTemplateName().getAsTemplateDecl());
    else if (const auto* special = llvm::dyn_cast<clang::TemplateSpecializationType>(type)) {
      reach(special->getTemplateName().getAsTemplateDecl());
      if (const auto* record = type->getAsCXXRecordDecl()) reach(record);
    }
  }

  void reach(const clang::Decl* decl) {
    if (!decl) return;
    if (const auto* shadow = llvm::dyn_cast<clang::UsingShadowDecl>(decl)) {
      reach(shadow->getIntroducer());
      decl = shadow->getTargetDecl();
    }
    // Clang declares __syncthreads() where it is called first: that caller is not reached by it.
    if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
      if (function->isImplicit() && function->getBuiltinID() != 0) return;
    const clang::SourceLocation where = sources_.getFileLoc(decl->getLocation());
    if (where.isInvalid()) return;
    const int index = table_.find(where);
    if (index < 0) {
      if (table_.is_local(where)) return;
      reach_third_party(decl, where);
      reach_called_by(llvm::dyn_cast<clang::FunctionDecl>(decl));
      return;
    }
    reach_instantiation(decl);
    reach_declaration(index);
    for (const clang::Decl* other : decl->redecls())
      if (other != decl) {
        const int also = table_.find(other->getLocation());
        if (also >= 0) reach_declaration(also);
      }
  }

  /// A static method of an artifact stays a member of its struct; one of the service becomes a
  /// function, whose key is returned.
  std::string reach_static_method(const clang::Decl* decl) {
    const auto* callee = llvm::dyn_cast<clang::CXXMethodDecl>(decl);
    if (!callee || !callee->isStatic()) return "";
    const bool of_service = is_service(callee->getParent());
    if (!of_service && !is_artifact(callee->getParent())) return "";
    Denoted object = denotes_type(context_.getCanonicalTagType(callee->getParent()));
    if (method_ && method_->class_name == callee->getParent()->getName())
      object.instance = method_->instance;
    const std::string key = schedule(callee, object);
    if (method_ && !key.empty()) method_->callees.push_back(key);
    return of_service ? key : "";
  }

  /// The service and main name what all ranks share; on one GPU it may be that nobody calls it.
  bool is_only_named(const Declaration& declaration) const {
    if (method_ || !declaration.is_artifact) return false;
    bool owned = false, others = false;
    for (const Registered& artifact : registry_.artifacts)
      if (artifact.class_name == declaration.class_name)
        (is_called_there(artifact.placement) ? owned : others) = true;
    return owned && !others;
  }

  void reach_declaration(int index) {
    if (table_.all()[index].reached || is_only_named(table_.all()[index])) return;
    table_.all()[index].reached = true;
    table_.all()[index].origin = origin();
    work_.push_back([this, index] { walk_declaration(index); });
  }

  /// A function template of the project, instantiated with an artifact, may call its methods.
  void reach_instantiation(const clang::Decl* decl) {
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
    if (!function || !function->isTemplateInstantiation()) return;
    if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function))
      if (is_artifact(method->getParent()) || method->getParent()->isLambda()) return;
    const clang::FunctionDecl* definition = nullptr;
    if (!function->isDefined(definition) || !seen_.insert(definition).second) return;
    work_.push_back([this, definition] {
      enter_declaration(definition->getNameAsString(), definition->getLocation());
      read(definition->getBody());
    });
  }

  /// std::sort calls the comparator: no text does, so none is rewritten.
  void reach_called_by(const clang::FunctionDecl* third_party) {
    if (!third_party || !seen_.insert(third_party).second) return;
    const auto is_local = [&](const clang::Decl* decl) {
      return table_.is_local(sources_.getFileLoc(decl->getLocation()));
    };
    for (const clang::FunctionDecl* called : called_by_third_party(third_party, is_local)) {
      const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(called);
      if (!method || !is_artifact(method->getParent())) {
        reach(called);
        continue;
      }
      const Denoted object = denotes_type(context_.getCanonicalTagType(method->getParent()));
      const std::string key = schedule(method, object);
      if (key.empty()) continue;
      crop_.foreign_calls.push_back({key, raw_place(here_), method->getNameAsString()});
      if (method_) method_->callees.push_back(key);
    }
  }

  void reach_third_party(const clang::Decl* decl, clang::SourceLocation where) {
    if (file_.empty() || !seen_third_party_.insert({decl, file_}).second) return;
    ThirdPartyUse use;
    use.path = path_of(sources_, sources_.getFileID(where));
    if (use.path.empty()) return;
    use.used_in = file_;
    if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl)) use.symbol = symbol_of(named);
    if (const llvm::StringRef header = header_of_overload(decl); !header.empty())
      use.headers.push_back(header.str());
    else if (const auto symbol = standard_(decl))
      for (const auto& header : symbol->headers()) use.headers.push_back(header.name().str());
    crop_.third_party.try_emplace(std::move(use), origin().at);
  }

  /// Two names of the standard library are two functions each, of different headers. Empty for all
  /// other names.
  static llvm::StringRef header_of_overload(const clang::Decl* decl) {
    if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
      decl = pattern->getTemplatedDecl();
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
    if (!function || !function->isInStdNamespace() || !function->getDeclName().isIdentifier())
      return "";
    const llvm::StringRef name = function->getName();
    if (name != "move" && name != "remove") return "";
    if (function->getNumParams() > 1) return "<algorithm>";
    return name == "move" ? "<utility>" : "<cstdio>";
  }

  /// As an author thinks of it: std::vector, not std::__cxx11::basic_string<char>::basic_string.
  std::string symbol_of(const clang::NamedDecl* decl) const {
    while (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl->getDeclContext()))
      decl = record;
    const auto* scope = llvm::dyn_cast<clang::NamespaceDecl>(decl->getDeclContext());
    while (scope && (scope->isInline() || scope->isAnonymousNamespace()))
      scope = llvm::dyn_cast<clang::NamespaceDecl>(scope->getParent());
    return (scope ? scope->getQualifiedNameAsString() + "::" : "") + decl->getNameAsString();
  }

  /// Who is being read, and where: whoever is reached now is reached from there.
  Origin origin() const {
    Origin out;
    if (method_)
      out.method = method_->key;
    else
      out.declaration = reading_;
    if (here_.isValid()) out.at = raw_place(here_);
    return out;
  }

  void reach_device() {
    for (int i = 0; i < static_cast<int>(table_.all().size()); ++i)
      for (const std::string& name : table_.all()[i].names)
        if (name == "Device") reach_declaration(i);
  }

  void enter_declaration(const std::string& name, clang::SourceLocation where) {
    method_ = nullptr;
    self_ = nullptr;
    function_ = nullptr;
    helper_name_ = name;
    reading_ = table_.find(where);
    here_ = where;
    const clang::SourceLocation location = sources_.getFileLoc(where);
    file_ = path_of(sources_, sources_.getFileID(location));
  }

  void walk_declaration(int index) {
    const Declaration declaration = table_.all()[index];
    for (const clang::Decl* decl : table_.decls(index)) {
      enter_declaration(declaration.names.empty() ? "" : declaration.names[0], decl->getLocation());
      const clang::CXXRecordDecl* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl);
      if (const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl))
        record = pattern->getTemplatedDecl();
      if (record && record->hasDefinition() &&
          (declaration.is_artifact || declaration.is_service)) {
        if (declaration.is_artifact) read_default_arguments(decl);
        walk_state(record->getDefinition());
      } else {
        read_declaration(decl);
      }
    }
  }

  /// The text of `template <class Scorer = SnapKv>` stays, whatever is given for it.
  void read_default_arguments(const clang::Decl* decl) {
    const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl);
    if (!pattern) return;
    for (const clang::NamedDecl* parameter : *pattern->getTemplateParameters())
      if (const auto* type = llvm::dyn_cast<clang::TemplateTypeParmDecl>(parameter))
        if (type->hasDefaultArgument())
          read_type(type->getDefaultArgument().getTypeSourceInfo()->getTypeLoc());
  }

  /// Of an artifact or a service all data stays, and only the methods that are called.
  void walk_state(const clang::CXXRecordDecl* record) {
    for (const clang::CXXBaseSpecifier& base : record->bases())
      if (!is_word_of_coop(base.getType()->getAsCXXRecordDecl()))
        read_type(base.getTypeSourceInfo()->getTypeLoc());
    for (clang::Decl* member : record->decls()) {
      if (member->isImplicit() || llvm::isa<clang::FunctionTemplateDecl>(member)) continue;
      if (is_artifact(llvm::dyn_cast<clang::CXXRecordDecl>(member))) continue;  // is refused
      const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(member);
      if (!method || is_part_of_state(method)) read_declaration(member);
    }
  }

  /// coop::Artifact and the like, of which nothing is emitted.
  bool is_word_of_coop(const clang::NamedDecl* decl) const {
    return decl && table_.is_vocabulary(decl) &&
           llvm::StringRef(decl->getQualifiedNameAsString()).starts_with("coop::");
  }

  void refuse_word_of_coop(const clang::NamedDecl* decl, clang::SourceLocation where) {
    if (!silent_ && is_word_of_coop(decl))
      report(diagnose(DiagnosticName::word_of_coop, place(where), decl->getNameAsString()));
  }

  /// Schedules the body of an artifact's or the service's method; its key, or "" without a body.
  std::string schedule(const clang::CXXMethodDecl* callee, const Denoted& object) {
    const clang::FunctionDecl* definition = nullptr;
    if (!callee->isDefined(definition) || !table_.is_local(definition->getLocation())) return "";
    const clang::FunctionDecl* pattern = definition->getTemplateInstantiationPattern();
    if (!pattern) pattern = definition;
    const std::string instance = object.what == Denoted::What::kService ? "" : object.instance;
    const FileRange slice = slice_of(pattern);
    const std::string key = (instance.empty() ? registry_.service.name : instance) + "." +
                            definition->getNameAsString() + "@" + std::to_string(slice.begin) +
                            (is_deduced_const(definition, pattern) ? " const" : "");
    const int owner = table_.find(callee->getParent()->getLocation());
    if (owner >= 0) reach_declaration(owner);
    origins_.try_emplace(key, origin());
    read_methods_.insert(slice.begin);
    if (seen_methods_.insert({definition, instance}).second)
      work_.push_back([this, definition, pattern, instance, key] {
        walk_method(definition, pattern, instance, key);
      });
    return key;
  }

  /// `this auto& self`, instantiated for a const object: another method than for a mutable one.
  static bool is_deduced_const(const clang::FunctionDecl* definition,
                               const clang::FunctionDecl* pattern) {
    if (definition->getNumParams() == 0 || pattern->getNumParams() == 0 ||
        !definition->getParamDecl(0)->isExplicitObjectParameter())
      return false;
    auto is_const = [](const clang::FunctionDecl* function) {
      return function->getParamDecl(0)->getType().getNonReferenceType().isConstQualified();
    };
    return is_const(definition) && !is_const(pattern);
  }

  const clang::CXXRecordDecl* service_record() const {
    for (int i = 0; i < static_cast<int>(table_.const_all().size()); ++i)
      if (table_.const_all()[i].is_service)
        for (const clang::Decl* decl : table_.decls(i)) {
          if (const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl))
            return pattern->getTemplatedDecl();
          if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl)) return record;
        }
    return nullptr;
  }

  void drain() {
    while (!work_.empty()) {
      auto next = std::move(work_.front());
      work_.pop_front();
      next();
    }
  }

  /// Objects whose construction does something run whether they are named or not, and a
  /// using-directive changes what other names mean: both stay in files that are in use.
  void keep_side_effects() {
    for (bool more = true; more;) {
      more = false;
      std::set<std::string> live;
      for (const Declaration& declaration : table_.all())
        if (declaration.reached) live.insert(declaration.range.file);
      for (int i = 0; i < static_cast<int>(table_.all().size()); ++i) {
        if (table_.all()[i].reached || !live.count(table_.all()[i].range.file)) continue;
        bool acts = false;
        for (const clang::Decl* decl : table_.decls(i)) {
          if (llvm::isa<clang::UsingDirectiveDecl>(decl)) acts = true;
          if (const auto* guide = llvm::dyn_cast<clang::CXXDeductionGuideDecl>(decl))
            acts = acts || is_reached(guide->getDeducedTemplate());
          if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
            if (const auto* guide =
                    llvm::dyn_cast<clang::CXXDeductionGuideDecl>(pattern->getTemplatedDecl()))
              acts = acts || is_reached(guide->getDeducedTemplate());
          // std::hash<Key>: nobody names a specialization
          if (llvm::isa<clang::ClassTemplateSpecializationDecl>(decl)) acts = true;
          const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl);
          if (variable && variable->hasInit() && !variable->getType()->isDependentType() &&
              !variable->getInit()->isValueDependent() &&
              variable->getInit()->HasSideEffects(context_))
            acts = report_effects(variable);
        }
        if (!acts) continue;
        reading_ = -1;  // nobody names it
        here_ = {};
        reach_declaration(i);
        more = true;
      }
      more = reach_unseen() || more;
      drain();
    }
  }

  /// Whoever reads the emission wonders why it is there.
  bool report_effects(const clang::VarDecl* variable) {
    report(diagnose(DiagnosticName::kept_for_effects, place(variable->getLocation()),
                    variable->getNameAsString()));
    return true;
  }

  /// What a branch names that Clang did not see, but the emission's compiler may choose: everything
  /// of that name. Returns whether something was new.
  bool reach_unseen() {
    bool more = false;
    for (const ConditionalBlock& block : pass_.preprocessed().conditionals) {
      if (!block.for_the_compiler || block.branches.empty() || !is_kept(block)) continue;
      for (const FileRange& unseen : block.unseen()) {
        const std::string& text = pass_.preprocessed().text.at(block.file);
        for (const std::string& name : words(text, unseen.begin, unseen.end))
          if (crop_.unseen_names.insert(name).second) more = reach_named(name) || more;
        for (const InclusionEdge& edge : pass_.preprocessed().third_party)
          if (edge.from == block.file)  // it may need any of them
            crop_.third_party.try_emplace({edge.target, {edge.spelled}, edge.from, ""},
                                          FileRange{});
      }
    }
    return more;
  }

  bool reach_named(const std::string& name) {
    bool more = false;
    for (int i = 0; i < static_cast<int>(table_.all().size()); ++i) {
      const Declaration& declaration = table_.all()[i];
      if (declaration.reached || declaration.is_artifact ||
          std::find(declaration.names.begin(), declaration.names.end(), name) ==
              declaration.names.end())
        continue;
      reach_declaration(i);
      more = true;
    }
    return more;
  }

  /// Around a declaration that is reached, or inside of one.
  bool is_kept(const ConditionalBlock& block) {
    const unsigned begin = block.branches[0].begin;
    for (const Declaration& declaration : table_.all()) {
      const FileRange& range = declaration.range;
      if (!declaration.reached || range.file != block.file) continue;
      if (begin <= range.begin && range.begin < block.end) return true;
      if (begin < range.begin || range.end < block.end) continue;
      return std::none_of(
          declaration.parts.begin(), declaration.parts.end(), [&](const auto& part) {
            return part.is_method && part.range.begin <= begin && block.end <= part.range.end &&
                   !read_methods_.count(part.range.begin);
          });
    }
    return std::any_of(pass_.preprocessed().macros.begin(), pass_.preprocessed().macros.end(),
                       [&](const MacroUse& use) {
                         return use.definition.file == block.file &&
                                begin <= use.definition.begin && use.definition.begin < block.end;
                       });
  }

  bool is_reached(const clang::Decl* decl) {
    const int index = table_.find(decl->getLocation());
    return index >= 0 && table_.all()[index].reached;
  }

  std::set<unsigned> read_methods_;  // where their text starts
  DeclarationTable table_;
  Crop& crop_;
  clang::tooling::stdlib::Recognizer standard_;
  std::deque<std::function<void()>> work_;
  std::set<const void*> seen_;
  std::set<std::pair<const void*, std::string>> seen_third_party_;  // in which file
  std::map<std::string, Origin> origins_;                           // by key of method
  int reading_ = -1;  // the declaration, if not a method
  std::set<std::pair<const void*, std::string>> seen_methods_;
};

}  // namespace combiner
