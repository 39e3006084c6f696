#include "combiner/open_braces.h"

#include "clang/Basic/LangOptions.h"
#include "clang/Lex/Lexer.h"

namespace combiner {

std::vector<std::string> open_braces(const std::string& text, unsigned offset) {
  clang::LangOptions language;
  language.CPlusPlus = language.CPlusPlus11 = language.LineComment = true;  // raw strings
  clang::Lexer lexer(clang::SourceLocation(), language, text.data(), text.data(),
                     text.data() + text.size());
  std::vector<std::string> out;
  std::string head;  // what was read since the last statement or brace
  bool in_directive = false;
  for (clang::Token token; !lexer.LexFromRawLexer(token);) {
    const size_t end = lexer.getBufferLocation() - text.data();
    const size_t begin = end - token.getLength();
    if (begin >= offset) break;
    if (token.isAtStartOfLine()) in_directive = token.is(clang::tok::hash);
    if (in_directive) continue;
    if (token.is(clang::tok::l_brace)) {
      out.push_back(std::move(head));
    } else if (token.is(clang::tok::r_brace)) {
      if (!out.empty()) out.pop_back();
    } else if (token.isNot(clang::tok::semi)) {
      head += (head.empty() ? "" : " ") + text.substr(begin, token.getLength());
      continue;
    }
    head.clear();
  }
  return out;
}

}  // namespace combiner
