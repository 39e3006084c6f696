#include "combiner/statement_text.h"

#include "clang/Basic/LangOptions.h"
#include "clang/Lex/Lexer.h"

namespace combiner {
namespace {

using clang::tok::TokenKind;
namespace tok = clang::tok;

/// Tokens of a text, one after the other; keywords are recognized by their spelling.
class Tokens {
 public:
  Tokens(llvm::StringRef text, unsigned begin)
      : text_(text),
        lexer_(clang::SourceLocation::getFromRawEncoding(1), language(), text.begin(),
               text.begin() + begin, text.end()) {
    next();
  }

  void next() {
    end_ = offset(lexer_.getBufferLocation());
    done_ = lexer_.LexFromRawLexer(token_) && token_.is(tok::eof);
  }

  bool is(TokenKind kind) const { return token_.is(kind); }
  bool is(llvm::StringRef word) const {
    return token_.is(tok::raw_identifier) && token_.getRawIdentifier() == word;
  }
  bool done() const { return done_; }
  unsigned begin() const {
    const unsigned from = end_of_token() - token_.getLength();
    const llvm::StringRef spelled = text_.slice(from, end_of_token());
    // A backslash at the end of a line belongs to the token that the next line begins with.
    return spelled.starts_with("\\") ? from + spelled.find_first_not_of("\\ \t\r\n") : from;
  }
  bool starts_line() const { return token_.isAtStartOfLine(); }
  unsigned end_of_token() const { return offset(lexer_.getBufferLocation()); }
  unsigned end_of_last() const { return end_; }  // behind the token before this one

  /// From an opening bracket to behind the one that closes it.
  void skip_balanced() {
    int depth = 0;
    do {
      if (is(tok::l_brace) || is(tok::l_paren) || is(tok::l_square)) ++depth;
      if (is(tok::r_brace) || is(tok::r_paren) || is(tok::r_square)) --depth;
      next();
    } while (depth > 0 && !done());
  }

 private:
  static const clang::LangOptions& language() {
    static const clang::LangOptions kCpp = [] {
      clang::LangOptions out;
      out.CPlusPlus = out.CPlusPlus11 = out.CPlusPlus14 = out.CPlusPlus17 = out.CPlusPlus20 = true;
      out.LineComment = true;
      return out;
    }();
    return kCpp;
  }
  unsigned offset(const char* at) const { return static_cast<unsigned>(at - text_.begin()); }

  llvm::StringRef text_;
  clang::Lexer lexer_;
  clang::Token token_;
  unsigned end_ = 0;
  bool done_ = false;
};

void skip_statement(Tokens& tokens) {
  if (tokens.is(tok::l_brace)) return tokens.skip_balanced();
  if (tokens.is("if")) {
    tokens.next();
    if (tokens.is("constexpr")) tokens.next();
    if (tokens.is(tok::l_paren)) tokens.skip_balanced();
    skip_statement(tokens);
    if (!tokens.is("else")) return;
    tokens.next();
    return skip_statement(tokens);
  }
  if (tokens.is("for") || tokens.is("while") || tokens.is("switch")) {
    tokens.next();
    if (tokens.is(tok::l_paren)) tokens.skip_balanced();
    return skip_statement(tokens);
  }
  if (tokens.is("do")) {
    tokens.next();
    skip_statement(tokens);
  }
  while (!tokens.done() && !tokens.is(tok::semi)) {
    if (tokens.is(tok::l_brace) || tokens.is(tok::l_paren) || tokens.is(tok::l_square))
      tokens.skip_balanced();
    else
      tokens.next();
  }
  tokens.next();
}

}  // namespace

unsigned statement_end(llvm::StringRef text, unsigned begin) {
  Tokens tokens(text, begin);
  skip_statement(tokens);
  return tokens.end_of_last();
}

unsigned open_paren_behind(llvm::StringRef text, unsigned name) {
  Tokens tokens(text, name);
  tokens.next();
  int depth = 0;
  for (; !tokens.done(); tokens.next()) {
    if (depth == 0 && tokens.is(tok::l_paren)) break;
    if (tokens.is(tok::less)) ++depth;
    if (tokens.is(tok::greater)) --depth;
    if (tokens.is(tok::greatergreater)) depth -= 2;
  }
  return tokens.begin();
}

unsigned token_before(llvm::StringRef text, unsigned at) {
  unsigned before = text.size();
  for (Tokens tokens(text, 0); !tokens.done() && tokens.begin() < at; tokens.next())
    before = tokens.begin();
  return before;
}

bool is_in_directive(llvm::StringRef text, unsigned at) {
  size_t line = text.take_front(at).rfind('\n') + 1;
  while (line > 1 && text.take_front(line - 1).ends_with("\\"))
    line = text.take_front(line - 1).rfind('\n') + 1;
  return text.substr(line).ltrim(" \t").starts_with("#");
}

unsigned token_behind(llvm::StringRef text, unsigned at) {
  Tokens tokens(text, at);
  while (!tokens.done() && tokens.is(tok::hash) && tokens.starts_line()) do
      tokens.next();
    while (!tokens.done() && !tokens.starts_line());
  return tokens.done() ? text.size() : tokens.begin();
}

std::vector<unsigned> identifiers(llvm::StringRef text, unsigned begin, unsigned end,
                                  llvm::StringRef name) {
  std::vector<unsigned> out;
  for (Tokens tokens(text, begin); !tokens.done() && tokens.begin() < end; tokens.next())
    if (tokens.is(name)) out.push_back(tokens.begin());
  return out;
}

std::set<std::string> words(llvm::StringRef text, unsigned begin, unsigned end) {
  std::set<std::string> out;
  for (Tokens tokens(text, begin); !tokens.done() && tokens.begin() < end; tokens.next())
    if (tokens.is(tok::raw_identifier))
      out.insert(text.slice(tokens.begin(), tokens.end_of_token()).str());
  return out;
}

}  // namespace combiner
