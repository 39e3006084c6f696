#include "combiner/flatten/source_text.h"

#include <algorithm>

#include "clang/Basic/LangOptions.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringSwitch.h"

namespace combiner {
namespace {

Directive::Kind kind_of(llvm::StringRef keyword) {
  using Kind = Directive::Kind;
  return llvm::StringSwitch<Kind>(keyword)
      .Cases({"include", "include_next", "import"}, Kind::kInclude)
      .Cases({"if", "ifdef", "ifndef"}, Kind::kIf)
      .Cases({"elif", "elifdef", "elifndef"}, Kind::kElif)
      .Case("else", Kind::kElse)
      .Case("endif", Kind::kEndif)
      .Case("define", Kind::kDefine)
      .Case("undef", Kind::kUndef)
      .Case("pragma", Kind::kPragma)
      .Default(Kind::kOther);
}

Word::Kind kind_of(const clang::Token& token) {
  if (token.is(clang::tok::comment)) return Word::Kind::kComment;
  if (token.is(clang::tok::raw_identifier)) return Word::Kind::kIdentifier;
  return clang::tok::isLiteral(token.getKind()) ? Word::Kind::kLiteral : Word::Kind::kPunctuation;
}

clang::LangOptions newest_language() {
  clang::LangOptions out;
  out.CPlusPlus = out.CPlusPlus11 = out.CPlusPlus14 = out.CPlusPlus17 = out.CPlusPlus20 = true;
  out.LineComment = out.RawStringLiterals = out.Digraphs = out.CXXOperatorNames = true;
  return out;
}

std::vector<Word> words_of(const std::string& text) {
  static const clang::LangOptions kLanguage = newest_language();
  clang::Lexer lexer(clang::SourceLocation(), kLanguage, text.data(), text.data(),
                     text.data() + text.size());
  lexer.SetCommentRetentionState(true);
  std::vector<Word> out;
  clang::Token token;
  bool in_directive = false;
  for (bool at_end = false; !at_end;) {
    at_end = lexer.LexFromRawLexer(token);
    if (token.is(clang::tok::eof)) break;
    const unsigned end = lexer.getBufferLocation() - text.data();
    const unsigned begin = end - token.getLength();
    const bool starts = token.isAtStartOfLine();
    if (starts) in_directive = token.is(clang::tok::hash);
    const bool behind_dot =
        !out.empty() &&
        (text.compare(out.back().begin, out.back().end - out.back().begin, ".") == 0 ||
         text.compare(out.back().begin, out.back().end - out.back().begin, "->") == 0);
    out.push_back({begin, end, kind_of(token), starts, in_directive, behind_dot});
  }
  return out;
}

/// Behind the newline that ends the line of `offset`, past lines that a backslash or a comment
/// joins.
unsigned behind_line(const std::string& text, unsigned offset) {
  for (;;) {
    const size_t newline = text.find('\n', offset);
    if (newline == std::string::npos) return text.size();
    size_t last = newline;
    while (last > offset && (text[last - 1] == '\r' || text[last - 1] == ' ')) --last;
    if (last == offset || text[last - 1] != '\\') return newline + 1;
    offset = newline + 1;
  }
}

}  // namespace

size_t SourceText::word_at(unsigned offset) const {
  return std::lower_bound(words.begin(), words.end(), offset,
                          [](const Word& word, unsigned at) { return word.begin < at; }) -
         words.begin();
}

int SourceText::directive_at(unsigned offset) const {
  auto next = std::upper_bound(
      directives.begin(), directives.end(), offset,
      [](unsigned at, const Directive& directive) { return at < directive.begin; });
  if (next == directives.begin()) return -1;
  --next;
  return offset < next->end ? next - directives.begin() : -1;
}

SourceText read_source_text(std::string path, std::string text) {
  SourceText out{std::move(path), std::move(text), {}, {}};
  out.words = words_of(out.text);
  for (size_t i = 0; i < out.words.size(); ++i) {
    const Word& hash = out.words[i];
    if (!hash.starts_line || !hash.in_directive) continue;
    Directive directive{
        Directive::Kind::kOther, hash.begin, hash.end, hash.begin, "", "", i + 1, i + 1};
    while (directive.begin > 0 && out.text[directive.begin - 1] != '\n') --directive.begin;
    size_t last = i;
    while (last + 1 < out.words.size() && !out.words[last + 1].starts_line) ++last;
    directive.end = behind_line(out.text, out.words[last].end);
    if (last > i) {
      directive.keyword = out.spelling(out.words[i + 1]);
      directive.kind = kind_of(directive.keyword);
      directive.first_word = i + 2;
      directive.last_word = last + 1;
      if (last > i + 1) directive.name = out.spelling(out.words[i + 2]);
    }
    out.directives.push_back(std::move(directive));
    i = last;
  }
  return out;
}

std::string macro_not_defined(const SourceText& text, const Directive& directive) {
  std::vector<std::string> words;
  for (size_t i = directive.first_word; i < directive.last_word; ++i)
    if (text.words[i].kind != Word::Kind::kComment) words.push_back(text.spelling(text.words[i]));
  if (directive.keyword == "ifndef" && words.size() == 1) return words[0];
  std::erase_if(words, [](const std::string& word) { return word == "(" || word == ")"; });
  const bool is_guard =
      directive.keyword == "if" && words.size() == 3 && words[0] == "!" && words[1] == "defined";
  return is_guard ? words[2] : "";
}

std::string include_guard(const SourceText& text) {
  using Kind = Directive::Kind;
  const auto& directives = text.directives;
  size_t first = 0;
  while (first < directives.size() && directives[first].kind == Kind::kPragma) ++first;
  if (first + 2 >= directives.size() || directives[first].kind != Kind::kIf) return "";
  const std::string macro = macro_not_defined(text, directives[first]);
  const Directive& define = directives[first + 1];
  if (define.kind != Kind::kDefine || define.name != macro) return "";
  int depth = 0;
  for (size_t i = first; i < directives.size(); ++i) {
    depth += directives[i].kind == Kind::kIf;
    if (directives[i].kind != Kind::kEndif || --depth > 0) continue;
    return i + 1 == directives.size() ? macro : "";
  }
  return "";
}

}  // namespace combiner
