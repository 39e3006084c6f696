#include "combiner/flatten/record_declarations.h"

#include <algorithm>

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclFriend.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/ExprConcepts.h"
#include "clang/AST/RecordLayout.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "combiner/flatten/item_extent.h"
#include "combiner/flatten/symbols.h"
#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

using clang::Decl;
using clang::Expr;
using clang::NamedDecl;
using clang::SourceLocation;

bool changes(const clang::VarDecl* variable) {
  const clang::QualType type = variable->getASTContext().getBaseElementType(variable->getType());
  return !variable->isConstexpr() && !type.isConstQualified();
}

/// Does each source have one of its own?
bool is_private(const clang::VarDecl* variable) {
  const auto* function = llvm::dyn_cast<clang::FunctionDecl>(variable->getDeclContext());
  return function ? variable->isStaticLocal() && !function->isExternallyVisible()
                  : variable->isFileVarDecl() && !variable->isExternallyVisible();
}

/// Reads one declaration: each word that Clang resolved, and what is reached without a word.
class Reader : public clang::DynamicRecursiveASTVisitor {
 public:
  Reader(const clang::SourceManager& sources, const std::map<clang::FileID, int>& entry_of,
         SourceProgram& program, Symbols& symbols)
      : sources_(sources), entry_of_(entry_of), program_(program), symbols_(symbols) {
    ShouldVisitImplicitCode = true;
    ShouldWalkTypesOfTypeLocs = false;
  }

  /// Everything that `decl` says goes to `item`; nullptr: only to the words.
  void read(const Decl* decl, Item* item) {
    item_ = item;
    words_ = true;
    TraverseDecl(const_cast<Decl*>(decl));
  }

  /// An instantiation has the words of its template, which were read; what it reaches is new.
  void read_instantiation(const clang::FunctionDecl* function, Item* item) {
    item_ = item;
    words_ = false;
    TraverseStmt(function->getBody());
    if (const auto* constructor = llvm::dyn_cast<clang::CXXConstructorDecl>(function))
      for (const clang::CXXCtorInitializer* initializer : constructor->inits())
        TraverseStmt(initializer->getInit());
  }

  // ---- words ----

  bool VisitDecl(Decl* decl) override {
    if (const auto* named = llvm::dyn_cast<NamedDecl>(decl); named && !decl->isImplicit()) {
      mean(named->getLocation(), nullptr);  // it declares; it does not use
      declare(named);
    }
    return true;
  }
  bool VisitDeclRefExpr(clang::DeclRefExpr* reference) override {
    mean(reference->getLocation(), reference->getDecl());
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(reference->getDecl());
    if (variable && words_) ++private_[variable->getCanonicalDecl()].named;
    if (reference->getFoundDecl() != reference->getDecl()) use(reference->getFoundDecl());
    return true;
  }
  bool VisitMemberExpr(clang::MemberExpr* member) override {
    mean(member->getMemberLoc(), member->getMemberDecl());
    return true;
  }
  bool VisitCXXConstructExpr(clang::CXXConstructExpr* construction) override {
    use(construction->getConstructor());
    return true;
  }
  bool VisitTypeLoc(clang::TypeLoc type) override {
    if (const auto tag = type.getAs<clang::TagTypeLoc>())
      mean(tag.getNameLoc(), tag.getDecl());
    else if (const auto alias = type.getAs<clang::TypedefTypeLoc>())
      mean(alias.getNameLoc(), alias.getTypePtr()->getDecl());
    else if (const auto used = type.getAs<clang::UsingTypeLoc>()) {
      mean(used.getNameLoc(), used.getTypePtr()->getDecl());
    } else if (const auto special = type.getAs<clang::TemplateSpecializationTypeLoc>())
      mean(special.getTemplateNameLoc(),
           special.getTypePtr()->getTemplateName().getAsTemplateDecl());
    else if (const auto deduced = type.getAs<clang::DeducedTemplateSpecializationTypeLoc>())
      mean(deduced.getTemplateNameLoc(),
           deduced.getTypePtr()->getTemplateName().getAsTemplateDecl());
    else if (const auto parameter = type.getAs<clang::TemplateTypeParmTypeLoc>())
      mean(parameter.getNameLoc(), nullptr);
    return true;
  }
  bool TraverseNestedNameSpecifierLoc(clang::NestedNameSpecifierLoc qualifier) override {
    if (qualifier)
      if (const auto space = qualifier.getNestedNameSpecifier();
          space.getKind() == clang::NestedNameSpecifier::Kind::Namespace)
        mean(qualifier.getLocalBeginLoc(), space.getAsNamespaceAndPrefix().Namespace);
    return clang::DynamicRecursiveASTVisitor::TraverseNestedNameSpecifierLoc(qualifier);
  }
  bool TraverseTemplateArgumentLoc(const clang::TemplateArgumentLoc& argument) override {
    if (argument.getArgument().getKind() == clang::TemplateArgument::Template)
      mean(argument.getTemplateNameLoc(),
           argument.getArgument().getAsTemplate().getAsTemplateDecl());
    return clang::DynamicRecursiveASTVisitor::TraverseTemplateArgumentLoc(argument);
  }
  bool TraverseConstructorInitializer(clang::CXXCtorInitializer* initializer) override {
    if (initializer->isAnyMemberInitializer())
      mean(initializer->getMemberLocation(), initializer->getAnyMember());
    return clang::DynamicRecursiveASTVisitor::TraverseConstructorInitializer(initializer);
  }
  bool VisitConceptReference(clang::ConceptReference* reference) override {
    mean(reference->getConceptNameLoc(), reference->getNamedConcept());
    return true;
  }
  /// `friend struct a::B;` names what there is; an unqualified friend function need not be.
  bool VisitFriendDecl(clang::FriendDecl* decl) override {
    const NamedDecl* named = decl->getFriendDecl();
    if (!named) return true;
    const Decl* inner = named;
    if (const auto* pattern = llvm::dyn_cast<clang::TemplateDecl>(named))
      if (pattern->getTemplatedDecl()) inner = pattern->getTemplatedDecl();
    const auto* function = llvm::dyn_cast<clang::DeclaratorDecl>(inner);
    if (!function || function->getQualifier()) use(named);
    return true;
  }
  bool VisitUsingDecl(clang::UsingDecl* decl) override {
    for (const clang::UsingShadowDecl* shadow : decl->shadows()) use(shadow->getTargetDecl());
    return true;
  }
  bool VisitUsingDirectiveDecl(clang::UsingDirectiveDecl* decl) override {
    mean(decl->getIdentLocation(), decl->getNominatedNamespaceAsWritten());
    return true;
  }
  bool VisitNamespaceAliasDecl(clang::NamespaceAliasDecl* decl) override {
    mean(decl->getTargetNameLoc(), decl->getAliasedNamespace());
    return true;
  }

  // ---- state ----

  /// A variable that each source has for itself: does anything but reading happen to it?
  struct PrivateVariable {
    int named = 0, read = 0;
  };
  const std::map<const clang::VarDecl*, PrivateVariable>& private_variables() const {
    return private_;
  }

  bool VisitVarDecl(clang::VarDecl* variable) override {
    if (is_private(variable) && changes(variable))
      private_.try_emplace(variable->getCanonicalDecl());
    return true;
  }

  bool VisitImplicitCastExpr(clang::ImplicitCastExpr* cast) override {
    const auto* named = llvm::dyn_cast<clang::DeclRefExpr>(cast->getSubExpr()->IgnoreParens());
    const auto* variable =
        named && words_ ? llvm::dyn_cast<clang::VarDecl>(named->getDecl()) : nullptr;
    if (variable && cast->getCastKind() == clang::CK_LValueToRValue)
      ++private_[variable->getCanonicalDecl()].read;
    return true;
  }

  // ---- what no word names ----

  bool VisitUnresolvedLookupExpr(clang::UnresolvedLookupExpr* lookup) override {
    if (item_) item_->uses_names.insert(lookup->getName().getAsString());
    return true;
  }
  bool VisitUnresolvedMemberExpr(clang::UnresolvedMemberExpr* lookup) override {
    if (item_) item_->uses_names.insert(lookup->getMemberName().getAsString());
    return true;
  }
  bool VisitBinaryOperator(clang::BinaryOperator* operation) override {
    if (item_ && operation->isTypeDependent())
      item_->uses_names.insert("operator" + operation->getOpcodeStr().str());
    return true;
  }
  bool VisitUnaryOperator(clang::UnaryOperator* operation) override {
    if (item_ && operation->isTypeDependent())
      item_->uses_names.insert("operator" +
                               clang::UnaryOperator::getOpcodeStr(operation->getOpcode()).str());
    return true;
  }
  bool VisitCXXOperatorCallExpr(clang::CXXOperatorCallExpr* call) override {
    if (item_ && call->isTypeDependent())
      item_->uses_names.insert(std::string("operator") +
                               clang::getOperatorSpelling(call->getOperator()));
    return true;
  }
  bool VisitCXXRewrittenBinaryOperator(clang::CXXRewrittenBinaryOperator* operation) override {
    if (item_) item_->uses_names.insert({"operator==", "operator<=>"});
    return TraverseStmt(operation->getSemanticForm());
  }
  bool VisitCXXForRangeStmt(clang::CXXForRangeStmt*) override {
    if (item_) item_->uses_names.insert({"begin", "end"});
    return true;
  }
  bool VisitCXXNewExpr(clang::CXXNewExpr* expression) override {
    use(expression->getOperatorNew());
    use(expression->getOperatorDelete());
    return true;
  }
  bool VisitCXXDeleteExpr(clang::CXXDeleteExpr* expression) override {
    use(expression->getOperatorDelete());
    return true;
  }
  bool VisitInitListExpr(clang::InitListExpr* list) override {
    for (const Expr* value : list->inits())  // in the semantic form: conversions
      if (const auto* conversion = llvm::dyn_cast_or_null<clang::CXXConstructExpr>(value))
        use(conversion->getConstructor());
    return true;
  }

 private:
  Entry* entry_at(SourceLocation file_location) const {
    const auto found = entry_of_.find(sources_.getFileID(file_location));
    return found == entry_of_.end() ? nullptr : &program_.entries[found->second];
  }

  bool is_ours(const Decl* decl) const {
    return entry_of_.count(sources_.getFileID(sources_.getFileLoc(decl->getLocation()))) > 0;
  }

  void use(const Decl* decl) {
    if (!decl || !item_) return;
    decl = Symbols::written(decl);
    bool ours = false;
    for (const Decl* other : decl->redecls()) ours = ours || is_ours(other);
    if (!ours) return;
    for (const Symbol symbol : {symbols_.of(decl), symbols_.owner_of(decl)})
      if (symbol != kNoSymbol) item_->uses.insert(symbol);
  }

  void declare(const NamedDecl* decl) {
    const SourceLocation at = decl->getLocation();
    Entry* entry = words_ && at.isFileID() ? entry_at(at) : nullptr;
    if (!entry) return;
    auto& declared = entry->declared[sources_.getFileOffset(at)];
    for (const Symbol symbol : {symbols_.of(decl), symbols_.owner_of(decl)})
      if (symbol != kNoSymbol) declared.push_back(symbol);
  }

  /// The word at `at` means `decl`; nullptr: nothing that could be dropped.
  void mean(SourceLocation at, const Decl* decl) {
    if (at.isInvalid()) return;
    SourceLocation spelled = at;  // an argument of a macro is a word of the file, its body is not
    while (spelled.isMacroID() && sources_.isMacroArgExpansion(spelled))
      spelled = sources_.getImmediateSpellingLoc(spelled);
    Entry* entry = words_ && spelled.isFileID() ? entry_at(spelled) : nullptr;
    if (!entry || !decl) {
      if (decl) use(decl);
      if (entry) entry->meanings.try_emplace(sources_.getFileOffset(spelled));
      return;
    }
    auto& meanings = entry->meanings[sources_.getFileOffset(spelled)];
    decl = Symbols::written(decl);
    use(decl);
    for (const Symbol symbol : {symbols_.of(decl), symbols_.owner_of(decl)})
      if (symbol != kNoSymbol &&
          std::find(meanings.begin(), meanings.end(), symbol) == meanings.end())
        meanings.push_back(symbol);
  }

  const clang::SourceManager& sources_;
  const std::map<clang::FileID, int>& entry_of_;
  SourceProgram& program_;
  Symbols& symbols_;
  Item* item_ = nullptr;
  bool words_ = true;
  std::map<const clang::VarDecl*, PrivateVariable> private_;
};

/// Walks namespaces and gives each declaration its item.
class Recorder {
 public:
  Recorder(clang::ASTContext& context, const std::map<clang::FileID, int>& entry_of,
           SourceProgram& program)
      : context_(context),
        sources_(context.getSourceManager()),
        entry_of_(entry_of),
        program_(program),
        symbols_(sources_, program.symbols),
        reader_(sources_, entry_of, program, symbols_) {}

  void run() {
    record(context_.getTranslationUnitDecl());
    for (auto& [file, index] : entry_of_) {
      Entry& entry = program_.entries[index];
      for (const Item& bare : settle_extents(program_.texts, entry, structural_[index])) {
        third_party().uses.insert(bare.uses.begin(), bare.uses.end());
        third_party().uses_names.insert(bare.uses_names.begin(), bare.uses_names.end());
      }
    }
    note_state();
    read_instantiations(context_.getTranslationUnitDecl());
  }

 private:
  /// Two of it, or one: the program can tell when it is written, or when making it does something.
  void note_state() {
    for (const auto& [variable, uses] : reader_.private_variables()) {
      if (!is_private(variable) || !changes(variable)) continue;
      const bool is_object = !variable->getType()->isDependentType() &&
                             context_.getBaseElementType(variable->getType())->isRecordType();
      Item* item = uses.named > uses.read || is_object ? item_at(variable->getLocation()) : nullptr;
      if (item) item->state = variable->getNameAsString();
    }
  }

  int entry_at(SourceLocation at) const {
    const auto found = entry_of_.find(sources_.getFileID(sources_.getExpansionLoc(at)));
    return found == entry_of_.end() ? -1 : found->second;
  }
  unsigned offset(SourceLocation at) const {
    return sources_.getFileOffset(sources_.getExpansionLoc(at));
  }
  unsigned behind(SourceLocation at) const {
    const clang::CharSourceRange range = sources_.getExpansionRange(at);
    const unsigned end = sources_.getFileOffset(range.getEnd());
    return !range.isTokenRange() ? end
                                 : end + clang::Lexer::MeasureTokenLength(range.getEnd(), sources_,
                                                                          context_.getLangOpts());
  }

  void record(const clang::DeclContext* context) {
    for (const Decl* decl : context->decls()) {
      if (decl->isImplicit() || entry_at(decl->getBeginLoc()) < 0) {
        continue;
      }
      if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl)) {
        frame(space, space->getBeginLoc(), space->getRBraceLoc(), space);
        record(space);
      } else if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(decl);
                 linkage && linkage->hasBraces()) {
        frame(linkage, linkage->getExternLoc(), linkage->getRBraceLoc(), nullptr);
        record(linkage);
      } else if (!is_implicit_instantiation(decl)) {
        record_item(decl);
      }
    }
  }

  static bool is_implicit_instantiation(const Decl* decl) {
    if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
      return function->getTemplateSpecializationKind() == clang::TSK_ImplicitInstantiation;
    if (const auto* record = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(decl))
      return record->getSpecializationKind() == clang::TSK_ImplicitInstantiation;
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl))
      return variable->getTemplateSpecializationKind() == clang::TSK_ImplicitInstantiation;
    return false;
  }

  void frame(const Decl* decl, SourceLocation begin, SourceLocation close, const NamedDecl* named) {
    const int index = entry_at(begin);
    Entry& entry = program_.entries[index];
    const bool whole = begin.isFileID() && close.isFileID() && entry_at(close) == index;
    if (!whole) {
      note_structural(begin, named ? named->getLocation() : begin);
      note_structural(close, close);
      return;
    }
    const Symbol symbol = named ? symbols_.of(named) : kNoSymbol;
    const SourceText& text = program_.texts.at(entry.file);
    Space space{offset(begin), 0, offset(close), behind(close), {}, false};
    for (Space& other : entry.spaces)
      if (other.close == space.close) {  // namespace a::b {
        other.symbols.push_back(symbol);
        return;
      }
    size_t word = text.word_at(space.begin);
    while (word < text.words.size() && text.spelling(text.words[word]) != "{") ++word;
    if (word == text.words.size()) return;
    space.open_end = text.words[word].end;
    space.symbols.push_back(symbol);
    (void)decl;
    entry.spaces.push_back(space);
  }

  /// `OPEN_NAMESPACE(a) {`: the brace too, which opens what no Space holds.
  void note_structural(SourceLocation begin, SourceLocation last) {
    const int index = begin.isValid() ? entry_at(begin) : -1;
    if (index < 0) return;
    const SourceText& text = program_.texts.at(program_.entries[index].file);
    const bool is_behind = entry_at(last) == index && offset(begin) <= offset(last);
    const unsigned end = behind(is_behind ? last : begin);
    size_t word = text.word_at(offset(begin));
    for (; word < text.words.size() && text.words[word].begin < end; ++word)
      structural_[index].insert(text.words[word].begin);
    if (word < text.words.size() && text.spelling(text.words[word]) == "{")
      structural_[index].insert(text.words[word].begin);
  }

  void record_item(const Decl* decl) {
    const int index = entry_at(decl->getBeginLoc());
    Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    Item item;
    item.begin = offset(decl->getBeginLoc());
    if (entry_at(decl->getEndLoc()) != index) return;  // continues in another file: always kept
    item.end = behind(decl->getEndLoc());
    if (text.directive_at(item.begin) >= 0) return;  // a pragma's
    const bool ends_in_macro = decl->getEndLoc().isMacroID();
    item.has_body = has_body(decl);
    item.end = behind_declaration(text, item.end, item.has_body, ends_in_macro);
    describe(decl, item);
    // In order of the text, or with the one that it shares its text with: int a, *b; typedef struct
    // {} code;
    auto& items = entry.items;
    if (!items.empty() && item.begin < items.back().end && items.back().begin < item.end) {
      join(items.back(), item);
      reader_.read(decl, &items.back());
      return;
    }
    items.push_back(std::move(item));
    reader_.read(decl, &items.back());
  }

  static bool has_body(const Decl* decl) {
    if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
      decl = pattern->getTemplatedDecl();
    if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(decl)) {
      for (const Decl* inner : linkage->decls())
        if (has_body(inner)) return true;
      return false;
    }
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
    return function && function->isThisDeclarationADefinition() && !function->isDefaulted() &&
           !function->isDeletedAsWritten();
  }

  // ---- what a declaration is ----

  void describe(const Decl* decl, Item& item) {
    if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(decl)) {
      for (const Decl* inner : linkage->decls()) describe(inner, item);
      return;
    }
    if (llvm::isa<clang::StaticAssertDecl, clang::EmptyDecl>(decl)) {
      item.is_passive = true;
    } else if (const auto* directive = llvm::dyn_cast<clang::UsingDirectiveDecl>(decl)) {
      item.root = "reaches all that follows";
      item.spaces.insert(symbols_.of(directive->getNominatedNamespace()));
    } else if (llvm::isa<clang::FileScopeAsmDecl>(decl)) {
      item.root = "reaches all that follows";
    } else if (const auto* used = llvm::dyn_cast<clang::UsingDecl>(decl)) {
      item.by_spelling = true;
      item.names.insert(used->getNameAsString());
    } else if (const auto* alias = llvm::dyn_cast<clang::NamespaceAliasDecl>(decl)) {
      item.names.insert(alias->getNameAsString());
      item.by_spelling = true;
      item.spaces.insert(symbols_.of(alias->getNamespace()));
    } else if (const auto* guide = llvm::dyn_cast<clang::CXXDeductionGuideDecl>(templated(decl))) {
      item.triggers.insert(symbols_.of(guide->getDeducedTemplate()));
    } else if (const auto* named = llvm::dyn_cast<NamedDecl>(templated(decl))) {
      describe_named(named, item);
    } else {
      item.root = "is of a kind that is always kept";
    }
  }

  static const Decl* templated(const Decl* decl) {
    const auto* pattern = llvm::dyn_cast<clang::TemplateDecl>(decl);
    return pattern && pattern->getTemplatedDecl() ? pattern->getTemplatedDecl() : decl;
  }

  void describe_named(const NamedDecl* decl, Item& item) {
    const Symbol symbol = symbols_.of(decl);
    if (symbol != kNoSymbol) item.declares.push_back(symbol);
    const std::string name = decl->getDeclName().getAsString();
    if (!name.empty()) item.names.insert(name);
    item.scope = scope_of(decl);
    if (const auto* enumeration = llvm::dyn_cast<clang::EnumDecl>(decl))
      for (const clang::EnumConstantDecl* constant : enumeration->enumerators()) {
        item.names.insert(constant->getNameAsString());
        if (const Symbol of = symbols_.of(constant); of != kNoSymbol) item.declares.push_back(of);
      }
    item.shape = shape_of(decl);
    if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl))
      describe_record(record, item);
    if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
      describe_function(function, item);
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl))
      describe_variable(variable, item);
    if (const auto* tag = llvm::dyn_cast<clang::TagDecl>(decl);
        tag && tag->isOutOfLine() && llvm::isa<clang::TagDecl>(tag->getDeclContext()))
      item.triggers.insert(symbols_.owner_of(tag));
  }

  /// What a macro may make different in another source, though the text is one: `char data[SIZE];`.
  std::string shape_of(const NamedDecl* decl) const {
    std::string out;
    if (const auto* alias = llvm::dyn_cast<clang::TypedefNameDecl>(decl)) {
      const clang::QualType type = alias->getUnderlyingType().getCanonicalType();
      return type->isBuiltinType() ? type.getAsString() : "";  // others print in several ways
    }
    if (const auto* enumeration = llvm::dyn_cast<clang::EnumDecl>(decl))
      for (const clang::EnumConstantDecl* constant : enumeration->enumerators())
        out += llvm::toString(constant->getInitVal(), 10) + " ";
    const auto* record = llvm::dyn_cast<clang::RecordDecl>(decl);
    if (!record || !record->isCompleteDefinition() || record->isDependentType() ||
        record->isInvalidDecl())
      return out;
    const clang::ASTRecordLayout& layout = context_.getASTRecordLayout(record);
    out = std::to_string(layout.getSize().getQuantity());
    for (unsigned i = 0; i < layout.getFieldCount(); ++i)
      out += " " + std::to_string(layout.getFieldOffset(i));
    return out;
  }

  /// Unnamed and inline namespaces do not tell names apart.
  static std::string scope_of(const NamedDecl* decl) {
    std::string out;
    for (const clang::DeclContext* context = decl->getDeclContext()->getRedeclContext();
         context && !context->isTranslationUnit(); context = context->getParent())
      if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(context);
          space && !space->isAnonymousNamespace() && !space->isInline())
        out = space->getNameAsString() + "::" + out;
    return out;
  }

  void describe_record(const clang::CXXRecordDecl* record, Item& item) {
    for (const Decl* member : record->decls()) {  // struct { enum { kA }; } and anonymous unions
      if (const auto* nested = llvm::dyn_cast<clang::EnumDecl>(member))
        for (const clang::EnumConstantDecl* constant : nested->enumerators())
          if (const Symbol of = symbols_.of(constant); of != kNoSymbol) item.declares.push_back(of);
    }
    const auto* special = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record);
    if (!special) return;
    trigger_by_template(special->getSpecializedTemplate(), special->getTemplateArgs().asArray(),
                        item);
    item.names.clear();  // its template's name finds the template
  }

  /// A specialization stays with its template; of a third party's template, with its arguments.
  void trigger_by_template(const clang::TemplateDecl* pattern,
                           llvm::ArrayRef<clang::TemplateArgument> arguments, Item& item) {
    if (entry_at(pattern->getLocation()) >= 0) {
      item.triggers.insert(symbols_.of(pattern));
      return;
    }
    bool any = false;
    for (const clang::TemplateArgument& argument : arguments) {
      if (argument.getKind() != clang::TemplateArgument::Type) continue;
      clang::QualType type = argument.getAsType().getNonReferenceType();
      while (!type->getPointeeType().isNull()) type = type->getPointeeType();
      const clang::TagDecl* tag = type->getAsTagDecl();
      if (!tag || entry_at(tag->getLocation()) < 0) continue;
      item.triggers.insert({symbols_.of(tag), symbols_.owner_of(tag)});
      any = true;
    }
    if (!any) item.root = "specializes a template of a third party";
  }

  void describe_function(const clang::FunctionDecl* function, Item& item) {
    if (const auto* info = function->getTemplateSpecializationInfo();
        info && info->isExplicitInstantiationOrSpecialization())
      item.triggers.insert(symbols_.of(info->getTemplate()));
    const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function);
    if (method) {
      item.is_member = true;
      const clang::CXXRecordDecl* record = method->getParent();
      const bool may_override = record->hasDefinition() && record->hasAnyDependentBases();
      const bool implicit =
          method->isVirtual() || may_override || method->isOverloadedOperator() ||
          llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl, clang::CXXConversionDecl>(
              method) ||
          is_instantiated_whole(record);
      if (implicit) item.triggers.insert(symbols_.owner_of(method));
      return;
    }
    if (!function->isThisDeclarationADefinition()) return;
    const bool replaces_third_party = std::any_of(
        function->redecls_begin(), function->redecls_end(),
        [&](const clang::FunctionDecl* other) { return entry_at(other->getLocation()) < 0; });
    if (function->isMain())
      item.root = "is the program";
    else if (function->isReplaceableGlobalAllocationFunction() ||
             (replaces_third_party && !function->isImplicit()))
      item.root = "replaces a function of a library";
    else if (function->hasAttr<clang::UsedAttr>() || function->hasAttr<clang::ConstructorAttr>() ||
             function->hasAttr<clang::DestructorAttr>() || function->hasAttr<clang::AliasAttr>())
      item.root = "has an attribute that keeps it";
    if (const auto* alias = function->getAttr<clang::AliasAttr>())
      item.uses_names.insert(alias->getAliasee().str());
  }

  static bool is_instantiated_whole(const clang::CXXRecordDecl* record) {
    const clang::ClassTemplateDecl* pattern = record->getDescribedClassTemplate();
    if (!pattern) return false;
    for (const clang::ClassTemplateSpecializationDecl* special : pattern->specializations())
      if (special->isExplicitInstantiationOrSpecialization()) return true;
    return false;
  }

  void describe_variable(const clang::VarDecl* variable, Item& item) {
    if (const auto* special = llvm::dyn_cast<clang::VarTemplateSpecializationDecl>(variable))
      trigger_by_template(special->getSpecializedTemplate(), special->getTemplateArgs().asArray(),
                          item);
    item.is_member = variable->isStaticDataMember();
    if (!variable->isThisDeclarationADefinition()) return;
    const bool is_template = variable->getDescribedVarTemplate() ||
                             variable->getType()->isDependentType() ||
                             variable->getDeclContext()->isDependentContext();
    if (is_template) return;
    if (has_effect(variable)) {
      item.root = "its initializer or destructor may have an effect";
      item.subject = variable->getNameAsString();
    }
    if (variable->hasAttr<clang::UsedAttr>()) item.root = "has an attribute that keeps it";
  }

  /// Does the program do something because of it, though nobody names it?
  bool has_effect(const clang::VarDecl* variable) const {
    if (variable->needsDestruction(context_) && !is_plain_library_type(variable->getType()))
      return true;
    const Expr* value = variable->getInit();
    if (!value || variable->hasConstantInitialization()) return false;
    return value->HasSideEffects(context_, /*IncludePossibleEffects=*/true) &&
           !is_plain_library_type(variable->getType());
  }

  /// std::string kName = "...", with nothing but literals.
  bool is_plain_library_type(clang::QualType type) const {
    (void)type;
    return false;
  }

  // ---- instantiations ----

  /// A third party's template that was instantiated with our types reaches our functions; so does
  /// an instantiation of our own, through conversions and operators.
  void read_instantiations(const clang::DeclContext* context) {
    for (const Decl* decl : context->decls()) {
      if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl)) {
        for (const clang::FunctionDecl* function : pattern->specializations()) read_body(function);
      } else if (const auto* type = llvm::dyn_cast<clang::ClassTemplateDecl>(decl)) {
        for (const clang::ClassTemplateSpecializationDecl* special : type->specializations())
          read_methods(special);
        read_instantiations(type->getTemplatedDecl());
      } else if (const auto* inner = llvm::dyn_cast<clang::DeclContext>(decl);
                 inner && !llvm::isa<clang::FunctionDecl>(decl)) {
        read_instantiations(inner);
      }
    }
  }

  void read_methods(const clang::CXXRecordDecl* record) {
    for (const Decl* member : record->decls()) {
      if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(member))
        read_body(function);
      else if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(member))
        for (const clang::FunctionDecl* special : pattern->specializations()) read_body(special);
      else if (const auto* nested = llvm::dyn_cast<clang::CXXRecordDecl>(member))
        if (!nested->isImplicit()) read_methods(nested);
    }
  }

  void read_body(const clang::FunctionDecl* function) {
    if (!function->isTemplateInstantiation() || !function->doesThisDeclarationHaveABody()) return;
    Item* item = item_at(function->getLocation());
    reader_.read_instantiation(function, item ? item : &third_party());
  }

  Item* item_at(SourceLocation at) {
    const int index = entry_at(at);
    if (index < 0) return nullptr;
    auto& items = program_.entries[index].items;
    const unsigned where = offset(at);
    for (Item& item : items)
      if (item.begin <= where && where < item.end) return &item;
    return nullptr;
  }

  /// What third parties reach: a part of the first entry that always stays.
  Item& third_party() { return program_.from_third_parties; }

  clang::ASTContext& context_;
  const clang::SourceManager& sources_;
  const std::map<clang::FileID, int>& entry_of_;
  SourceProgram& program_;
  Symbols symbols_;
  Reader reader_;
  std::map<int, std::set<unsigned>> structural_;  // by entry: words that open or close a namespace
};

}  // namespace

void record_declarations(clang::ASTContext& context, const std::map<clang::FileID, int>& entry_of,
                         SourceProgram& program) {
  Recorder(context, entry_of, program).run();
}

}  // namespace combiner
