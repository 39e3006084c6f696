#include "combiner/mutant_text.h"

#include <algorithm>
#include <map>

#include "clang/Basic/LangOptions.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

// `getenv` goes by another name, so that it may stand in front of any #include that declares it.
constexpr char kChosen[] =
    "extern \"C\" const char* coop_environment(const char*) __asm__(\"getenv\"); "
    "inline bool coop_mutant(unsigned id) { static const unsigned chosen = [] { "
    "unsigned out = 0; const char* digits = coop_environment(\"MUT\"); "
    "while (digits && *digits) out = out * 10 + (*digits++ - '0'); return out; }(); "
    "return id == chosen; } ";

/// Mutants by the text that they replace; a text stands in front of those that lie within it.
struct InFront {
  bool operator()(const std::pair<unsigned, unsigned>& a,
                  const std::pair<unsigned, unsigned>& b) const {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  }
};
using Sites = std::map<std::pair<unsigned, unsigned>, std::vector<const Mutant*>, InFront>;

std::string call_of(const Mutant& mutant) {
  return "coop_mutant(" + std::to_string(mutant.id) + ")";
}

/// `original` is the text of the site, with what stands within it.
std::string chosen_from(const std::vector<const Mutant*>& mutants, const std::string& original) {
  const bool is_statement = mutants.front()->form == Mutant::Form::kStatement;
  if (is_statement) return "{ if (!" + call_of(*mutants.front()) + ") { " + original + " } }";
  const bool is_condition = std::any_of(mutants.begin(), mutants.end(), [](const Mutant* each) {
    return each->form == Mutant::Form::kCondition;
  });
  const auto wrapped = [&](const std::string& text) {
    return (is_condition ? "bool(" : "(") + text + ")";
  };
  std::string out = "(";
  for (const Mutant* mutant : mutants)
    out += call_of(*mutant) + " ? " + wrapped(mutant->after) + " : ";
  return out + wrapped(original) + ")";
}

class Schemata {
 public:
  Schemata(const std::vector<Mutant>& mutants, const std::string& text, unsigned declared_at)
      : text_(text), declared_at_(declared_at) {
    for (const Mutant& mutant : mutants)
      if (mutant.form != Mutant::Form::kAlone)
        sites_[{mutant.begin, mutant.end}].push_back(&mutant);
  }

  std::string run() {
    next_ = sites_.begin();
    return slice(0, declared_at_) + kChosen + rendered(declared_at_, text_.size());
  }

 private:
  std::string slice(unsigned begin, unsigned end) const { return text_.substr(begin, end - begin); }

  std::string rendered(unsigned begin, unsigned end) {
    std::string out;
    while (next_ != sites_.end() && next_->first.first < end) {
      const auto& [range, mutants] = *next_++;
      out += slice(begin, range.first);
      out += chosen_from(mutants, rendered(range.first, range.second));
      begin = range.second;
    }
    return out + slice(begin, end);
  }

  const std::string& text_;
  const unsigned declared_at_;
  Sites sites_;
  Sites::const_iterator next_;
};

}  // namespace

std::string text_of(const Mutant& mutant, const std::string& text) {
  // What was several lines is one now: the others stay, empty.
  const std::string lines(std::count(mutant.before.begin(), mutant.before.end(), '\n'), '\n');
  return text.substr(0, mutant.begin) + mutant.after + lines + text.substr(mutant.end);
}

std::string schemata_of(const std::vector<Mutant>& mutants, const std::string& text,
                        unsigned declared_at) {
  return Schemata(mutants, text, declared_at).run();
}

std::string in_one_line(const std::string& text) {
  clang::LangOptions language;
  language.CPlusPlus = language.CPlusPlus11 = language.LineComment = true;
  clang::Lexer lexer(clang::SourceLocation::getFromRawEncoding(1), language, text.data(),
                     text.data(), text.data() + text.size());
  std::string out;
  clang::Token token;
  for (bool done = false; !done;) {
    done = lexer.LexFromRawLexer(token);
    if (token.is(clang::tok::eof)) break;
    if (token.is(clang::tok::hash) && token.isAtStartOfLine() && !out.empty()) return "";
    const size_t end = lexer.getBufferLocation() - text.data();
    const llvm::StringRef spelled = llvm::StringRef(text).slice(end - token.getLength(), end);
    if (spelled.contains('\n')) return "";
    if (!out.empty() && (token.hasLeadingSpace() || token.isAtStartOfLine())) out += ' ';
    out += spelled;
  }
  return out;
}

}  // namespace combiner
