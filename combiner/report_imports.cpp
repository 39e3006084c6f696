#include "combiner/report_imports.h"

#include <algorithm>

#include "clang/Basic/LangOptions.h"
#include "clang/Lex/Lexer.h"
#include "combiner/source_place.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

struct WrittenInclude {
  unsigned offset;      // of the #
  std::string spelled;  // with its brackets or quotes
};

/// Every #include of a text, whatever its conditions say.
std::vector<WrittenInclude> written_includes(const std::string& text) {
  clang::LangOptions language;
  language.CPlusPlus = language.LineComment = language.CPlusPlus11 = true;  // raw strings
  clang::Lexer lexer(clang::SourceLocation(), language, text.data(), text.data(),
                     text.data() + text.size());
  std::vector<WrittenInclude> out;
  auto offset = [&](const clang::Token& token) {
    return static_cast<unsigned>(lexer.getBufferLocation() - text.data()) - token.getLength();
  };
  for (clang::Token token; !lexer.LexFromRawLexer(token);) {
    if (token.isNot(clang::tok::hash) || !token.isAtStartOfLine()) continue;
    const unsigned hash = offset(token);
    if (lexer.LexFromRawLexer(token)) break;
    if (token.isNot(clang::tok::raw_identifier) || token.getRawIdentifier() != "include") continue;
    const size_t stop = std::min(text.find('\n', hash), text.size());
    const llvm::StringRef rest = llvm::StringRef(text).slice(offset(token) + 7, stop).ltrim();
    const char closes = rest.starts_with("<") ? '>' : '"';
    const size_t end = rest.find(closes, 1);
    if (end != llvm::StringRef::npos) out.push_back({hash, rest.take_front(end + 1).str()});
  }
  return out;
}

class Report {
 public:
  Report(const Findings& findings, const SourceTree& sources)
      : findings_(findings), sources_(sources) {}

  ImportReport run() {
    for (const std::string& file : findings_.preprocessed.order) {
      const auto source = sources_.files.find(file);
      if (source == sources_.files.end() || is_of_coop(file)) continue;
      for (const WrittenInclude& include : written_includes(source->second.text))
        out_.lines.push_back(describe(file, include));
    }
    for (const Include& include : findings_.imports.includes)
      if (!written_.count(include.spelled)) {
        out_.added.push_back(include);
        for (Include::Need& need : out_.added.back().needs) need = in_the_authors_text(need);
      }
    out_.configuration = findings_.imports.configuration;
    return std::move(out_);
  }

 private:
  ImportLine describe(const std::string& file, const WrittenInclude& written) {
    ImportLine line{sources_.files.at(file).name,
                    line_of({file, written.offset, written.offset}, sources_), written.spelled};
    const InclusionEdge* local = edge(findings_.preprocessed.local, file, written.offset);
    const InclusionEdge* third_party =
        edge(findings_.preprocessed.third_party, file, written.offset);
    line.condition = open_condition(file, written.offset);
    if (!local && !third_party) {
      line.fate = is_chosen_later(line) ? Fate::kConditional : Fate::kSwitchedOff;
    } else if (local) {
      line.fate = fate_of_local(*local);
    } else {
      line.fate = fate_of_third_party(*third_party, line);
    }
    if (line.fate != Fate::kConditional && line.fate != Fate::kSwitchedOff) line.condition.clear();
    if (third_party) written_.insert(written.spelled);
    return line;
  }

  Fate fate_of_local(const InclusionEdge& edge) const {
    if (is_of_coop(edge.target)) return Fate::kVocabulary;
    if (is_emitted({edge.from, edge.offset, edge.offset}, findings_.crop)) return Fate::kPasted;
    const auto& declarations = findings_.crop.declarations;
    const auto& methods = findings_.crop.methods;
    const auto& macros = findings_.preprocessed.macros;
    const bool used =
        std::any_of(declarations.begin(), declarations.end(),
                    [&](const auto& d) { return d.reached && d.range.file == edge.target; }) ||
        std::any_of(methods.begin(), methods.end(),
                    [&](const auto& m) { return m.slice.file == edge.target; }) ||
        std::any_of(macros.begin(), macros.end(), [&](const auto& use) {
          return use.definition.file == edge.target && is_emitted(use.at, findings_.crop);
        });
    return used ? Fate::kInlined : Fate::kNothingUsed;
  }

  Fate fate_of_third_party(const InclusionEdge& edge, ImportLine& line) {
    if (is_chosen_later(line)) return Fate::kConditional;
    for (const Include& include : findings_.imports.includes) {
      if (include.spelled != edge.spelled) continue;
      for (const Include::Need& need : include.needs)
        if (need.file == edge.from) line.needs.push_back(in_the_authors_text(need));
      if (line.needs.empty()) return Fate::kForOthers;
      return kept_.insert(edge.spelled).second ? Fate::kKept : Fate::kMerged;
    }
    return Fate::kDropped;
  }

  Include::Need in_the_authors_text(Include::Need need) const {
    need.at = findings_.bound.original(need.at);
    return need;
  }

  /// Does it stand in the emission under its own condition?
  bool is_chosen_later(const ImportLine& line) const {
    const auto& blocks = findings_.imports.conditional;
    return !line.condition.empty() &&
           std::any_of(blocks.begin(), blocks.end(), [&](const std::string& block) {
             return block.find(line.spelled) != std::string::npos;
           });
  }

  const InclusionEdge* edge(const std::vector<InclusionEdge>& edges, const std::string& file,
                            unsigned offset) const {
    for (const InclusionEdge& edge : edges)
      if (edge.from == file &&
          findings_.bound.original({file, edge.offset, edge.offset}).begin == offset)
        return &edge;
    return nullptr;
  }

  /// "#if COOP_CUDA": the first line of the innermost conditional around it; "" without any.
  std::string open_condition(const std::string& file, unsigned offset) const {
    const ConditionalBlock* innermost = nullptr;
    for (const ConditionalBlock& block : findings_.preprocessed.conditionals)
      if (block.file == file && !block.branches.empty() && begin_of(block) < offset &&
          offset < findings_.bound.original({file, block.end, block.end}).begin &&
          (!innermost || begin_of(*innermost) < begin_of(block)))
        innermost = &block;
    if (!innermost) return "";
    std::string out = text_of_line({file, begin_of(*innermost), 0}, sources_);
    for (const auto& branch : innermost->branches) {
      const unsigned begin = findings_.bound.original({file, branch.begin, branch.begin}).begin;
      if (begin == begin_of(*innermost) || begin > offset) continue;
      const std::string other = text_of_line({file, begin, 0}, sources_);
      out = other == "#else" ? "#else of " + text_of_line({file, begin_of(*innermost), 0}, sources_)
                             : other;
    }
    return out;
  }

  unsigned begin_of(const ConditionalBlock& block) const {
    const unsigned begin = block.branches[0].begin;
    return findings_.bound.original({block.file, begin, begin}).begin;
  }

  const Findings& findings_;
  const SourceTree& sources_;
  ImportReport out_;
  std::set<std::string> written_, kept_;
};

/// "std::map (12), std::pair (14)": symbols, each with the line of its first use.
std::string list_needs(const std::vector<Include::Need>& needs, const SourceTree& sources,
                       bool with_files) {
  std::map<std::string, std::string> lines;
  std::vector<std::string> order;
  for (const Include::Need& need : needs) {
    const std::string place =
        with_files ? place_of(need.at, sources) : std::to_string(line_of(need.at, sources));
    if (lines.emplace(need.symbol, place == "0" ? "" : place.empty() ? "main" : place).second)
      order.push_back(need.symbol);
  }
  std::string out;
  for (const std::string& symbol : order) {
    out += (out.empty() ? "" : ", ") + symbol;
    if (!lines[symbol].empty()) out += " (" + lines[symbol] + ")";
  }
  return out;
}

std::string explain_fate(const ImportLine& line, const SourceTree& sources) {
  switch (line.fate) {
    case Fate::kKept:
    case Fate::kMerged:
      return ": " + list_needs(line.needs, sources, /*with_files=*/false);
    case Fate::kConditional:
    case Fate::kSwitchedOff:
      return line.condition.empty() ? "" : ": " + line.condition;
    default:
      return "";
  }
}

llvm::json::Array json_of(const std::vector<Include::Need>& needs, const SourceTree& sources) {
  llvm::json::Array out;
  for (const Include::Need& need : needs) {
    llvm::json::Object object{{"symbol", need.symbol}};
    if (const unsigned line = line_of(need.at, sources)) {
      object["file"] = sources.files.at(need.at.file).name;
      object["line"] = line;
    }
    out.push_back(std::move(object));
  }
  return out;
}

}  // namespace

const char* name_of(Fate fate) {
  switch (fate) {
    case Fate::kVocabulary:
      return "vocabulary";
    case Fate::kInlined:
      return "inlined";
    case Fate::kPasted:
      return "pasted";
    case Fate::kNothingUsed:
      return "nothing used";
    case Fate::kKept:
      return "kept";
    case Fate::kMerged:
      return "merged";
    case Fate::kForOthers:
      return "for others";
    case Fate::kConditional:
      return "conditional";
    case Fate::kSwitchedOff:
      return "switched off";
    case Fate::kDropped:
      return "dropped";
  }
  return "";
}

ImportReport report_imports(const Findings& findings, const SourceTree& sources) {
  return Report(findings, sources).run();
}

std::string print(const ImportReport& report, const SourceTree& sources) {
  size_t width = 0;
  for (const ImportLine& line : report.lines) width = std::max(width, line.spelled.size());
  for (const Include& include : report.added) width = std::max(width, include.spelled.size());
  auto padded = [&](const std::string& spelled) {
    return spelled + std::string(width - spelled.size() + 2, ' ');
  };
  std::string out, file;
  for (const ImportLine& line : report.lines) {
    if (line.file != file) out += (out.empty() ? "" : "\n") + line.file + "\n";
    file = line.file;
    out += llvm::formatv("{0,5}  ", line.line).str() + padded(line.spelled) + name_of(line.fate) +
           explain_fate(line, sources) + "\n";
  }
  if (!report.added.empty()) out += "\nadded: what the authors had only through other headers\n";
  for (const Include& include : report.added)
    out += "       " + padded(include.spelled) +
           list_needs(include.needs, sources, /*with_files=*/true) + "\n";
  if (!report.configuration.empty()) out += "\nin front of them: macros that they read\n";
  for (const std::string& line : report.configuration) out += "       " + line + "\n";
  return out;
}

std::string print_json(const ImportReport& report, const SourceTree& sources) {
  llvm::json::Array lines, added, configuration;
  for (const ImportLine& line : report.lines) {
    llvm::json::Object object{{"file", line.file},
                              {"line", line.line},
                              {"include", line.spelled},
                              {"fate", name_of(line.fate)}};
    if (!line.condition.empty()) object["condition"] = line.condition;
    if (!line.needs.empty()) object["needs"] = json_of(line.needs, sources);
    lines.push_back(std::move(object));
  }
  for (const Include& include : report.added)
    added.push_back(llvm::json::Object{{"include", include.spelled},
                                       {"needs", json_of(include.needs, sources)}});
  for (const std::string& line : report.configuration) configuration.push_back(line);
  std::string out;
  llvm::raw_string_ostream stream(out);
  stream << llvm::formatv("{0:2}\n", llvm::json::Value(llvm::json::Object{
                                         {"includes", std::move(lines)},
                                         {"added", std::move(added)},
                                         {"configuration", std::move(configuration)}}));
  return out;
}

}  // namespace combiner
