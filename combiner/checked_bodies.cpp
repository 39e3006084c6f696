#include "combiner/checked_bodies.h"

#include <map>

#include "clang/AST/DeclCXX.h"
#include "clang/AST/Stmt.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

/// Every body of the main file that a pass has read, and the names of the functions that it
/// skipped.
class FindBodies {
 public:
  explicit FindBodies(const clang::SourceManager& sources) : sources_(sources) {}

  void find(const clang::DeclContext* context) {
    for (const clang::Decl* decl : context->noload_decls()) {
      if (!sources_.isWrittenInMainFile(decl->getLocation())) continue;
      if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
        add(function);
      else if (const auto* inner = llvm::dyn_cast<clang::DeclContext>(decl))
        find(inner);
    }
  }

  std::map<unsigned, CheckedBodies::Body> read;
  std::set<unsigned> skipped;

 private:
  void add(const clang::FunctionDecl* function) {
    const unsigned name = sources_.getFileOffset(function->getLocation());
    if (function->hasSkippedBody()) skipped.insert(name);
    if (!function->doesThisDeclarationHaveABody()) return;
    const auto* body = llvm::dyn_cast_or_null<clang::CompoundStmt>(function->getBody());
    if (body && sources_.isWrittenInMainFile(body->getLBracLoc()) &&
        sources_.isWrittenInMainFile(body->getRBracLoc()))
      read[name] = {name, sources_.getFileOffset(body->getLBracLoc()),
                    sources_.getFileOffset(body->getRBracLoc()) + 1};
  }

  const clang::SourceManager& sources_;
};

/// Behind the brace that closes the one which `text` begins with; 0 if none does.
unsigned end_of_braces(llvm::StringRef text) {
  const std::string terminated = text.str();
  clang::LangOptions language;
  language.CPlusPlus = language.CPlusPlus20 = true;
  clang::Lexer lexer(clang::SourceLocation(), language, terminated.data(), terminated.data(),
                     terminated.data() + terminated.size());
  clang::Token token;
  int depth = 0;
  do {
    lexer.LexFromRawLexer(token);
    depth += token.is(clang::tok::l_brace);
    depth -= token.is(clang::tok::r_brace);
    if (depth == 0) return lexer.getCurrentBufferOffset();
  } while (token.isNot(clang::tok::eof));
  return 0;
}

/// But for OpenMP's, which belong to a statement.
bool has_directive(llvm::StringRef body) {
  llvm::SmallVector<llvm::StringRef> lines;
  body.split(lines, '\n');
  return llvm::any_of(lines, [](llvm::StringRef line) {
    return line.ltrim().starts_with("#") && !line.ltrim().starts_with("#pragma omp ");
  });
}

}  // namespace

CheckedBodies checked_bodies(const std::string& text,
                             const std::vector<std::shared_ptr<Pass>>& passes) {
  std::map<unsigned, CheckedBodies::Body> read;
  std::map<unsigned, unsigned> met;
  std::set<unsigned> skipped;
  for (const std::shared_ptr<Pass>& pass : passes) {
    FindBodies found(pass->sources());
    found.find(pass->context().getTranslationUnitDecl());
    for (const auto& [name, body] : found.read) {
      read[name] = body;
      ++met[name];
    }
    for (const unsigned name : found.skipped) ++met[name];
    skipped.insert(found.skipped.begin(), found.skipped.end());
  }
  CheckedBodies out{text, {}};
  unsigned end = 0;
  for (const auto& [name, body] : read) {
    if (!skipped.count(name) || met[name] != passes.size() || name < end) continue;
    out.bodies.push_back(body);
    end = body.end;
  }
  return out;
}

std::optional<ChangedBodies> changed_bodies(const CheckedBodies& before, const std::string& text) {
  ChangedBodies out{{text, {}}, {}};
  llvm::StringRef old = before.text, rest = text;
  unsigned behind = 0;  // of the last body, in the text before
  for (const CheckedBodies::Body& body : before.bodies) {
    if (!rest.consume_front(old.slice(behind, body.begin))) return std::nullopt;
    const unsigned begin = text.size() - rest.size();
    const unsigned name = begin - (body.begin - body.name);
    const llvm::StringRef known = old.slice(body.begin, body.end);
    unsigned size = known.size();
    if (rest.starts_with(known)) {
      out.unchanged.insert(name);
    } else {
      size = rest.starts_with("{") ? end_of_braces(rest) : 0;
      if (size == 0 || has_directive(known) || has_directive(rest.take_front(size)))
        return std::nullopt;
    }
    out.now.bodies.push_back({name, begin, begin + size});
    rest = rest.drop_front(size);
    behind = body.end;
  }
  if (rest != old.substr(behind)) return std::nullopt;
  return out;
}

std::string serialize(const CheckedBodies& checked) {
  std::string out;
  for (const CheckedBodies::Body& body : checked.bodies)
    for (const unsigned at : {body.name, body.begin, body.end}) out += llvm::utostr(at) + " ";
  return out + "\n" + checked.text;
}

std::optional<CheckedBodies> read_checked_bodies(llvm::StringRef text) {
  auto [numbers, rest] = text.split('\n');
  CheckedBodies out{rest.str(), {}};
  unsigned end = 0;
  while (!numbers.empty()) {
    CheckedBodies::Body body;
    for (unsigned* at : {&body.name, &body.begin, &body.end})
      if (numbers.consumeInteger(10, *at) || !numbers.consume_front(" ")) return std::nullopt;
    if (body.name < end || body.begin < body.name || body.end <= body.begin ||
        body.end > rest.size())
      return std::nullopt;
    end = body.end;
    out.bodies.push_back(body);
  }
  return out;
}

}  // namespace combiner
