// SourceFile → Outline: a reader of tokens. It understands just as much of C++ as is needed to find
// structs, their bases and their members; bodies are skipped.
#include "combiner/outline.h"

#include <algorithm>
#include <optional>
#include <set>

#include "clang/Basic/DiagnosticIDs.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/TargetInfo.h"
#include "clang/Basic/TargetOptions.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Regex.h"
#include "llvm/TargetParser/Host.h"

namespace combiner {
namespace {

using clang::tok::TokenKind;
namespace tok = clang::tok;

struct Token {
  TokenKind kind;
  std::string text;
  unsigned begin = 0, end = 0;
};

/// Hears directives. A conditional is decided when it asks for COOP_... alone, or guards the file.
class DirectiveRecorder : public clang::PPCallbacks {
 public:
  DirectiveRecorder(Outline& out, const int& depth, const SourceFile& file,
                    clang::Preprocessor& preprocessor)
      : out_(out), depth_(depth), file_(file), preprocessor_(preprocessor) {}

  void InclusionDirective(clang::SourceLocation, const clang::Token&, llvm::StringRef name,
                          bool angled, clang::CharSourceRange range, clang::OptionalFileEntryRef,
                          llvm::StringRef, llvm::StringRef, const clang::Module*, bool,
                          clang::SrcMgr::CharacteristicKind) override {
    const unsigned begin = preprocessor_.getSourceManager().getFileOffset(range.getBegin());
    out_.includes.push_back({name.str(),
                             angled,
                             {file_.path, begin, begin + static_cast<unsigned>(name.size()) + 2},
                             depth_ == 0 && llvm::all_of(decided_, [](bool one) { return one; })});
  }
  void HasInclude(clang::SourceLocation, llvm::StringRef name, bool angled,
                  clang::OptionalFileEntryRef, clang::SrcMgr::CharacteristicKind) override {
    out_.probes.push_back({name.str(), angled, {}});
  }
  void MacroDefined(const clang::Token& name, const clang::MacroDirective*) override {
    if (!in_file(name.getLocation())) return;
    const std::string defined = preprocessor_.getSpelling(name);
    if (defined == guard_)
      decided_.back() = true;
    else
      out_.macros.insert(defined);
    guard_.clear();
  }
  void MacroUndefined(const clang::Token& name, const clang::MacroDefinition&,
                      const clang::MacroDirective*) override {
    if (in_file(name.getLocation())) out_.macros.insert(preprocessor_.getSpelling(name));
  }
  void If(clang::SourceLocation, clang::SourceRange condition, ConditionValueKind) override {
    const llvm::StringRef text =
        clang::Lexer::getSourceText(clang::CharSourceRange::getTokenRange(condition),
                                    preprocessor_.getSourceManager(), preprocessor_.getLangOpts());
    static const llvm::Regex kOfTarget("^([^A-Za-z_]|defined|COOP_[A-Z_]+)+$");
    decided_.push_back(kOfTarget.match(text));
  }
  void Ifdef(clang::SourceLocation, const clang::Token& name,
             const clang::MacroDefinition&) override {
    decided_.push_back(is_of_target(name));
  }
  void Ifndef(clang::SourceLocation, const clang::Token& name,
              const clang::MacroDefinition&) override {
    decided_.push_back(is_of_target(name));
    if (decided_.size() == 1) guard_ = preprocessor_.getSpelling(name);
  }
  void Endif(clang::SourceLocation, clang::SourceLocation) override {
    if (!decided_.empty()) decided_.pop_back();
  }

 private:
  bool in_file(clang::SourceLocation at) const {
    return preprocessor_.getSourceManager().isWrittenInMainFile(at);
  }
  bool is_of_target(const clang::Token& name) const {
    return llvm::StringRef(preprocessor_.getSpelling(name)).starts_with("COOP_");
  }

  Outline& out_;
  const int& depth_;  // of braces
  const SourceFile& file_;
  clang::Preprocessor& preprocessor_;
  std::vector<bool> decided_;  // for each conditional that is open
  std::string guard_;          // what the file's first #ifndef asks for, until something is defined
};

std::vector<Token> tokens_of(const SourceFile& file, const std::vector<std::string>& macros,
                             Outline& outline) {
  auto invocation = std::make_shared<clang::CompilerInvocation>();
  invocation->getLangOpts().CPlusPlus = invocation->getLangOpts().CPlusPlus11 = true;
  invocation->getLangOpts().CPlusPlus14 = invocation->getLangOpts().CPlusPlus17 = true;
  invocation->getLangOpts().CPlusPlus20 = invocation->getLangOpts().CPlusPlus23 = true;
  invocation->getLangOpts().Bool = invocation->getLangOpts().LineComment = true;
  invocation->getTargetOpts().Triple = llvm::sys::getDefaultTargetTriple();
  invocation->getPreprocessorOpts().SingleFileParseMode = true;
  for (const std::string& macro : macros) invocation->getPreprocessorOpts().addMacroDef(macro);
  clang::CompilerInstance compiler(invocation);
  compiler.setVirtualFileSystem(llvm::vfs::getRealFileSystem());
  compiler.createDiagnostics(new clang::IgnoringDiagConsumer());
  compiler.setTarget(
      clang::TargetInfo::CreateTargetInfo(compiler.getDiagnostics(), invocation->getTargetOpts()));
  compiler.createFileManager();
  compiler.createSourceManager();
  clang::SourceManager& sources = compiler.getSourceManager();
  sources.setMainFileID(
      sources.createFileID(llvm::MemoryBuffer::getMemBufferCopy(file.text, file.path)));
  compiler.createPreprocessor(clang::TU_Complete);
  clang::Preprocessor& preprocessor = compiler.getPreprocessor();
  int depth = 0;
  preprocessor.addPPCallbacks(
      std::make_unique<DirectiveRecorder>(outline, depth, file, preprocessor));
  preprocessor.EnterMainSourceFile();

  std::vector<Token> out;
  for (clang::Token token;;) {
    preprocessor.Lex(token);
    if (token.is(tok::eof)) return out;
    if (token.isAnnotation()) continue;  // a pragma, which has no text of its own
    if (!sources.isInMainFile(sources.getFileLoc(token.getLocation()))) continue;
    const unsigned begin = sources.getFileOffset(sources.getFileLoc(token.getLocation()));
    depth += token.is(tok::l_brace) - token.is(tok::r_brace);
    out.push_back(
        {token.getKind(), preprocessor.getSpelling(token), begin, begin + token.getLength()});
  }
}

/// Reads structs out of tokens.
class Reader {
 public:
  Reader(const SourceFile& file, std::vector<Token> tokens)
      : file_(file), tokens_(std::move(tokens)) {}

  std::vector<StructOutline> structs() {
    std::vector<StructOutline> out;
    size_t declaration = 0;  // where the current declaration starts
    for (size_t i = 0; i < tokens_.size();) {
      if (is(i, tok::kw_struct) || is(i, tok::kw_class)) {
        if (const size_t open = opening_brace(i + 1)) {
          if (!is_closed(open)) unclosed_ = range(open, open + 1);
          if (!is(i - 1, tok::kw_enum)) out.push_back(read_struct(declaration, i, open));
          i = declaration = skip_balanced(open);
          continue;
        }
      }
      if (is(i, tok::kw_namespace) || is(i, tok::kw_extern)) {
        while (i < tokens_.size() && !is(i, tok::l_brace) && !is(i, tok::semi)) ++i;
        declaration = ++i;  // what is inside is read like what is outside
      } else if (is(i, tok::l_brace)) {
        i = declaration = skip_balanced(i);
      } else if (is(i, tok::semi) || is(i, tok::r_brace)) {
        declaration = ++i;
      } else {
        ++i;
      }
    }
    return out;
  }

  /// The last brace of a struct that nothing closes.
  const std::optional<FileRange>& unclosed() const { return unclosed_; }

  /// Rules that stand in front of no method: on a field, behind a declarator, on a statement.
  std::vector<Rule> stray_rules(const std::vector<StructOutline>& structs) const {
    std::set<FileRange> of_methods;
    for (const StructOutline& declared : structs)
      for (const Member& member : declared.members)
        for (const Rule& rule : member.rules)
          if (member.is_function) of_methods.insert(rule.name_range);
    std::vector<Rule> out;
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      std::vector<Rule> here;
      if (is(i, tok::l_square) && is(i + 1, tok::l_square)) read_rules(i, here);
      for (Rule& rule : here)
        if (!of_methods.count(rule.name_range)) out.push_back(std::move(rule));
    }
    return out;
  }

  std::vector<std::string> hooks() const {
    std::vector<std::string> out;
    for (size_t i = 1; i + 3 < tokens_.size(); ++i)
      if (tokens_[i].text == "hooks" && is(i - 1, tok::period) && is(i + 1, tok::period) &&
          is(i + 3, tok::l_paren))
        out.push_back(tokens_[i + 2].text);
    return out;
  }

  /// `using Kv = ContiguousKv;` outside of braces.
  std::map<std::string, std::string> aliases() const {
    std::map<std::string, std::string> out;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (is(i, tok::kw_namespace) || is(i, tok::kw_extern))
        while (i < tokens_.size() && !is(i, tok::l_brace) && !is(i, tok::semi)) ++i;
      else if (is(i, tok::l_brace))
        i = skip_balanced(i) - 1;
      else if (is(i, tok::kw_using) && is(i + 1, tok::identifier) && is(i + 2, tok::equal) &&
               !(i > 0 && is(i - 1, tok::greater))) {  // no alias template
        size_t end = i + 3;
        while (end < tokens_.size() && !is(end, tok::semi)) ++end;
        out[tokens_[i + 1].text] = text(i + 3, end);
      }
    }
    return out;
  }

 private:
  bool is(size_t i, TokenKind kind) const { return i < tokens_.size() && tokens_[i].kind == kind; }

  bool is_invariant(size_t i) const {
    return is(i, tok::identifier) && tokens_[i].text == "COOP_INVARIANT" && is(i + 1, tok::l_paren);
  }

  std::string text(size_t begin, size_t end) const {  // of tokens [begin, end)
    if (begin >= end) return "";
    const unsigned from = tokens_[begin].begin, to = tokens_[end - 1].end;
    return to > from ? file_.text.substr(from, to - from) : "";
  }

  FileRange range(size_t begin, size_t end) const {
    if (begin >= end) return {file_.path, 0, 0};
    return {file_.path, tokens_[begin].begin, tokens_[end - 1].end};
  }

  /// Behind the bracket that closes the one at `i`.
  size_t skip_balanced(size_t i) const {
    int depth = 0;
    for (; i < tokens_.size(); ++i) {
      if (is(i, tok::l_brace) || is(i, tok::l_paren) || is(i, tok::l_square)) ++depth;
      if (is(i, tok::r_brace) || is(i, tok::r_paren) || is(i, tok::r_square))
        if (--depth == 0) return i + 1;
    }
    return tokens_.size();
  }

  bool is_closed(size_t open) const {
    const size_t behind = skip_balanced(open);
    return behind < tokens_.size() || is(behind - 1, tok::r_brace);
  }

  /// Behind the `>` that closes the `<` at `i`.
  size_t skip_angles(size_t i) const {
    int depth = 0;
    while (i < tokens_.size()) {
      if (is(i, tok::l_paren) || is(i, tok::l_brace) || is(i, tok::l_square)) {
        i = skip_balanced(i);
        continue;
      }
      if (is(i, tok::less)) ++depth;
      if (is(i, tok::greater)) --depth;
      if (is(i, tok::greatergreater)) depth -= 2;
      ++i;
      if (depth <= 0) return i;
    }
    return i;
  }

  bool names_template(size_t i) const {  // `<` at i opens template arguments
    return is(i, tok::less) && i > 0 && (is(i - 1, tok::identifier) || is(i - 1, tok::kw_template));
  }

  /// The token index of the `{` of a struct's body; 0 when this is no definition.
  size_t opening_brace(size_t i) const {
    bool bases = false;
    while (i < tokens_.size()) {
      if (is(i, tok::l_brace)) return i;
      if (is(i, tok::colon)) bases = true;
      if (is(i, tok::semi) || is(i, tok::r_paren) || is(i, tok::equal) || is(i, tok::greater) ||
          (is(i, tok::comma) && !bases))
        return 0;
      i = names_template(i) ? skip_angles(i) : is(i, tok::l_square) ? skip_balanced(i) : i + 1;
    }
    return 0;
  }

  std::vector<TemplateParameter> template_parameters(size_t i) const {  // i at `template`
    std::vector<TemplateParameter> out;
    const size_t end = skip_angles(i + 1) - 1;
    for (size_t begin = i + 2; begin < end;) {
      size_t stop = begin, equal = 0;
      while (stop < end && !is(stop, tok::comma)) {
        if (is(stop, tok::equal) && !equal) equal = stop;
        stop = equal && names_template(stop) ? skip_angles(stop) : stop + 1;
      }
      const size_t name = (equal ? equal : stop) - 1;
      // `>>` closes the default's arguments and the list itself
      const std::string value = stop > end ? text(equal + 1, end) + ">" : text(equal + 1, stop);
      out.push_back({text(begin, name), tokens_[name].text, equal ? value : ""});
      begin = stop + 1;
    }
    return out;
  }

  StructOutline read_struct(size_t declaration, size_t keyword, size_t open) const {
    StructOutline out;
    const size_t close = skip_balanced(open);
    out.range = range(declaration, close);
    out.doc = doc_comment(file_.text, out.range.begin, tokens_[open].end);
    if (is(declaration, tok::kw_template)) out.parameters = template_parameters(declaration);
    size_t i = keyword + 1;
    for (; i < open && !is(i, tok::colon); ++i) {
      if (is(i, tok::l_square) || is(i, tok::l_paren))
        i = skip_balanced(i) - 1;
      else if (is(i, tok::identifier) && tokens_[i].text != "final" && out.name.empty()) {
        out.name = tokens_[i].text;
        out.name_range = range(i, i + 1);
      }
    }
    for (++i; i < open;) {  // bases
      while (is(i, tok::kw_public) || is(i, tok::kw_private) || is(i, tok::kw_protected) ||
             is(i, tok::kw_virtual))
        ++i;
      size_t end = i;
      while (end < open && !is(end, tok::comma))
        end = names_template(end) ? skip_angles(end) : end + 1;
      if (end > i) out.bases.push_back(text(i, end));
      i = end + 1;
    }
    read_members(open + 1, close - 1, is(keyword, tok::kw_struct), out.members);
    return out;
  }

  void read_members(size_t i, size_t end, bool is_public, std::vector<Member>& out) const {
    while (i < end) {
      if ((is(i, tok::kw_public) || is(i, tok::kw_private) || is(i, tok::kw_protected)) &&
          is(i + 1, tok::colon)) {
        is_public = is(i, tok::kw_public);
        i += 2;
      } else if (is(i, tok::semi)) {
        ++i;
      } else if (is_invariant(i)) {  // the `;` behind it is nobody's
        Member invariant;
        invariant.is_other = invariant.is_invariant = true;
        invariant.is_public = is_public;
        const size_t begin = i;
        i = skip_balanced(i + 1);
        invariant.range = range(begin, i);
        out.push_back(invariant);
      } else if (is(i, tok::kw_using) || is(i, tok::kw_typedef) || is(i, tok::kw_friend) ||
                 is(i, tok::kw_static_assert) || is(i, tok::kw_enum) || is(i, tok::kw_union) ||
                 ((is(i, tok::kw_struct) || is(i, tok::kw_class)) && opening_brace(i + 1))) {
        Member other;
        other.is_other = true;
        other.is_public = is_public;
        const size_t begin = i;
        while (i < end && !is(i, tok::semi)) i = is(i, tok::l_brace) ? skip_balanced(i) : i + 1;
        other.range = range(begin, std::min(i + 1, end));
        out.push_back(other);
      } else {
        i = read_member(i, end, is_public, out);
      }
    }
  }

  /// Reads the data member or method that starts at token `i`; returns what is behind it.
  size_t read_member(size_t begin, size_t end, bool is_public, std::vector<Member>& out) const {
    Member member;
    member.is_public = is_public;
    size_t i = begin;
    while (is(i, tok::l_square) || is(i, tok::kw_template) || is(i, tok::kw_alignas)) {
      if (is(i, tok::l_square)) read_rules(i, member.rules);
      i = is(i, tok::l_square)     ? skip_balanced(i)
          : is(i, tok::kw_alignas) ? skip_balanced(i + 1)
                                   : skip_angles(i + 1);
    }
    const size_t type = i;
    const bool is_template = is(begin, tok::kw_template);
    size_t name = 0;
    for (; i < end; ++i) {
      if (is(i, tok::kw_static) || is(i, tok::kw_constexpr)) member.is_static = true;
      if (is(i, tok::kw_operator)) return skip_method(i, end);
      if (names_template(i))
        i = skip_angles(i) - 1;
      else if (is(i, tok::l_paren) || is(i, tok::semi) || is(i, tok::equal) ||
               is(i, tok::l_brace) || is(i, tok::l_square) || is(i, tok::colon) ||
               is(i, tok::comma))
        break;
      else if (is(i, tok::identifier))
        name = i;
    }
    if (!name) return skip_method(i, end);
    member.name = tokens_[name].text;
    member.name_range = range(name, name + 1);
    member.type = text(type, name);
    member.type_range = range(type, name);
    if (is(i, tok::l_paren)) {
      const size_t stop = skip_method(i, end);
      read_function(type, i, member);
      member.range = range(begin, stop);
      member.doc = doc_comment(file_.text, member.range.begin, member.range.end);
      out.push_back(member);
      return stop;
    }
    const size_t behind = std::min(behind_declaration(i, end), end);
    if (is_template) {  // of a variable: it registers nothing
      Member other;
      other.is_other = true;
      other.is_public = is_public;
      other.range = range(begin, behind);
      out.push_back(other);
    } else {
      read_declarators(begin, i, end, std::move(member), out);
    }
    return behind;
  }

  /// The rules in `[[coop::sum]]` or `[[nodiscard, coop::merge(add)]]`, which stands at token `i`.
  void read_rules(size_t i, std::vector<Rule>& out) const {
    const size_t begin = i + 2, end = skip_balanced(i) - 2, before = out.size();
    bool others = false;
    for (size_t item = begin, stop; item < end; item = stop + 1) {
      for (stop = item; stop < end && !is(stop, tok::comma);)
        stop = is(stop, tok::l_paren) ? skip_balanced(stop) : stop + 1;
      if (tokens_[item].text != "coop" || !is(item + 1, tok::coloncolon) || item + 2 >= stop) {
        others = true;
        continue;
      }
      Rule rule;
      rule.name = tokens_[item + 2].text;
      rule.name_range = range(item, item + 3);
      if (is(item + 3, tok::l_paren)) rule.argument = text(item + 4, stop - 1);
      rule.at =
          range(item > begin ? item - 1 : item, item > begin || stop == end ? stop : stop + 1);
      out.push_back(std::move(rule));
    }
    if (others) return;
    for (size_t each = before; each < out.size(); ++each) {  // nothing else is in the brackets
      FileRange& at = out[each].at;
      at = range(i, end + 2);
      while (file_.text[at.end] == ' ') ++at.end;
      if (each > before) at.begin = at.end;  // the first takes all of it
    }
  }

  /// Behind the `;` of the data members declared at token `i`.
  size_t behind_declaration(size_t i, size_t end) const {
    while (i < end && !is(i, tok::semi)) i = behind_part(i);
    return i + 1;
  }

  /// Behind one token of an initializer, or the brackets that it opens.
  size_t behind_part(size_t i) const {
    return is(i, tok::l_brace) || is(i, tok::l_paren) ? skip_balanced(i)
           : names_template(i)                        ? skip_angles(i)
                                                      : i + 1;
  }

  /// Data members: `int a = 1, b = 2;` declares two, with one comment. `i` is behind the first
  /// name.
  void read_declarators(size_t begin, size_t i, size_t end, Member member,
                        std::vector<Member>& out) const {
    member.range = range(begin, behind_declaration(i, end));
    member.doc = doc_comment(file_.text, member.range.begin, member.range.end);
    const std::string type = member.type;
    for (std::string before;;) {
      member.type = before.empty() ? type : type + " " + before;
      if (is(i, tok::l_square)) member.type += "[]";  // an array: no flag sets it
      if (is(i, tok::colon)) member.type += ":";      // nor a bit-field
      const size_t extents = i;
      while (is(i, tok::l_square)) i = skip_balanced(i);
      member.extents = text(extents, i);
      const size_t value = is(i, tok::equal) ? i + 1 : i;
      while (i < end && !is(i, tok::semi) && !is(i, tok::comma)) i = behind_part(i);
      member.initializer = text(value, i);
      member.part = range(begin, i + 1);
      out.push_back(member);
      if (!is(i, tok::comma)) return;
      const size_t first = begin = ++i;
      member.type_range = {file_.path, tokens_[first].begin, tokens_[first].begin};
      while (i < end && !is(i, tok::identifier)) ++i;
      if (i >= end) return;
      before = text(first, i);  // `*` of a pointer
      member.name = tokens_[i].text;
      member.name_range = range(i, i + 1);
      ++i;
    }
  }

  /// Behind a method's body, or its `;`.
  size_t skip_method(size_t i, size_t end) const {
    while (i < end && !is(i, tok::semi)) {
      if (is(i, tok::l_brace)) {
        i = skip_balanced(i);
        return is(i, tok::semi) ? i + 1 : i;
      }
      i = is(i, tok::l_paren) || is(i, tok::l_square) ? skip_balanced(i) : i + 1;
    }
    return i + 1;
  }

  void read_function(size_t type, size_t paren, Member& member) const {
    member.is_function = true;
    const size_t close = skip_balanced(paren) - 1;
    size_t tail = close + 1;
    while (is(tail, tok::kw_const) || is(tail, tok::kw_noexcept)) ++tail;
    std::string parameters;
    for (size_t begin = paren + 1; begin < close;) {
      size_t stop = begin, equal = 0, name = 0;
      while (stop < close && !is(stop, tok::comma)) {
        if (is(stop, tok::equal) && !equal) equal = stop;
        if (is(stop, tok::identifier) && !equal) name = stop;
        stop = names_template(stop)                               ? skip_angles(stop)
               : is(stop, tok::l_brace) || is(stop, tok::l_paren) ? skip_balanced(stop)
                                                                  : stop + 1;
      }
      if (is(begin, tok::kw_this)) {
        member.takes_self = true;
      } else {
        Member parameter;
        const bool named = name > begin && (name + 1 == (equal ? equal : stop));
        parameter.name = named ? tokens_[name].text : "";
        parameter.type = text(begin, named ? name : equal ? equal : stop);
        parameter.initializer = equal ? text(equal + 1, stop) : "";
        parameter.range = range(begin, stop);
        member.parameters.push_back(parameter);
        parameters += (parameters.empty() ? "" : ", ") + text(begin, stop);
      }
      begin = stop + 1;
    }
    member.signature = text(type, paren) + "(" + parameters + ")" +
                       (tail > close + 1 ? " " + text(close + 1, tail) : "");
  }

  const SourceFile& file_;
  std::vector<Token> tokens_;
  std::optional<FileRange> unclosed_;
};

/// The comment in [begin, end), which holds one line at most.
DocLine without_slashes(const std::string& text, size_t begin, size_t end) {
  llvm::StringRef line = llvm::StringRef(text).slice(begin, end).trim();
  if (!line.consume_front("///<") && !line.consume_front("///")) line.consume_front("//");
  line.consume_front(" ");
  return {line.rtrim().str(), static_cast<unsigned>(line.data() - text.data())};
}

}  // namespace

unsigned doc_begin(const std::string& text, unsigned begin) {
  size_t start = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;
  if (text.substr(start, begin - start).find_first_not_of(" \t") != std::string::npos) return begin;
  const size_t first = start;
  while (start > 0) {
    const size_t above = start >= 2 ? text.rfind('\n', start - 2) + 1 : 0;
    const llvm::StringRef line = llvm::StringRef(text).slice(above, start).trim();
    if (!line.starts_with("//") || line.starts_with("///<")) break;  // `///<`: of what is above
    start = above;
  }
  return start == first ? begin : start;
}

std::vector<DocLine> doc_lines(const std::string& text, unsigned begin, unsigned end) {
  std::vector<DocLine> out;
  size_t start = end, stop = std::min(text.find('\n', start), text.size());
  llvm::StringRef behind = llvm::StringRef(text).slice(start, stop).trim();
  const bool is_behind = behind.starts_with("///<") || behind.starts_with("// ");
  while (is_behind && (out.empty() || behind.starts_with("///<"))) {
    out.push_back(without_slashes(text, start, stop));
    start = std::min(stop + 1, text.size());
    stop = std::min(text.find('\n', start), text.size());
    behind = llvm::StringRef(text).slice(start, stop).trim();
  }
  if (is_behind) return out;
  for (start = doc_begin(text, begin); start < begin; start = stop + 1) {
    stop = std::min<size_t>(text.find('\n', start), begin);
    if (!llvm::StringRef(text).slice(start, stop).trim().empty())
      out.push_back(without_slashes(text, start, stop));
  }
  return out;
}

std::string doc_comment(const std::string& text, unsigned begin, unsigned end) {
  std::string out;
  for (const DocLine& line : doc_lines(text, begin, end))
    out += (out.empty() ? "" : "\n") + line.text;
  return out;
}

Outline outline(const SourceFile& file, const std::vector<std::string>& macros) {
  Outline out;
  Reader reader(file, tokens_of(file, macros, out));
  out.structs = reader.structs();
  out.stray_rules = reader.stray_rules(out.structs);
  out.hooks = reader.hooks();
  out.unclosed = reader.unclosed();
  out.aliases = reader.aliases();
  return out;
}

}  // namespace combiner
