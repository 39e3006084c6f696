#include "combiner/merge_imports.h"

#include <algorithm>
#include <deque>

#include "combiner/open_braces.h"
#include "combiner/record_preprocessor.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

bool lies_in(const ConditionalBlock& block, const std::string& file, unsigned offset) {
  return block.file == file && !block.branches.empty() && block.branches[0].begin <= offset &&
         offset < block.end;
}

class Headers {
 public:
  Headers(const BoundSource& bound, const Program& program) : bound_(bound) {
    for (const Pass* pass : {program.host.get(), program.device.get()}) {
      if (!pass) continue;
      for (const auto& [from, to] : pass->preprocessed().graph)
        graph_[from].insert(to.begin(), to.end());
      edges_.insert(edges_.end(), pass->preprocessed().third_party.begin(),
                    pass->preprocessed().third_party.end());
    }
  }

  /// The header, as the author wrote it, through which `use` is provided; empty when none is
  /// needed.
  std::string provider(const ThirdPartyUse& use, bool is_macro = false) {
    for (const std::string& header : use.headers)
      if (includes(use.used_in, header)) return header;
    for (const std::string& header : use.headers)  // <math.h> is as good as <cmath>
      if (const std::string twin = c_header(header); includes(use.used_in, twin)) return twin;
    for (const std::string& header : use.headers)
      if (includes("", header)) return header;
    if (!use.headers.empty()) return use.headers[0];
    if (is_internal(use.path) && !is_macro) {  // <omp.h> is the compiler's, and its own front door
      for (const InclusionEdge& edge : edges_)
        if (edge.from == use.used_in && edge.target == use.path) return edge.spelled;
      return "";
    }
    const std::string own = nearest(use, /*own_file_only=*/true);
    return own.empty() ? nearest(use, /*own_file_only=*/false) : own;
  }

  /// Did some author include it?
  bool is_written(const std::string& spelled) const { return includes("", spelled); }

  /// Does some kept header's text, or what it includes, contain `path`?
  bool is_read(const std::vector<Include>& kept, const std::string& path) {
    return std::any_of(kept.begin(), kept.end(), [&](const Include& include) {
      return std::any_of(edges_.begin(), edges_.end(), [&](const InclusionEdge& edge) {
        return edge.spelled == include.spelled && closure(edge.target).count(path) > 0;
      });
    });
  }

  /// What stands in the branch that Clang took.
  std::set<std::string> written_in(const ConditionalBlock& block) const {
    std::set<std::string> out;
    for (const InclusionEdge& edge : edges_)
      if (lies_in(block, edge.from, edge.offset)) out.insert(edge.spelled);
    return out;
  }

  bool is_written_outside(const std::string& spelled,
                          const std::vector<const ConditionalBlock*>& blocks) const {
    return std::any_of(edges_.begin(), edges_.end(), [&](const InclusionEdge& edge) {
      return edge.spelled == spelled &&
             std::none_of(blocks.begin(), blocks.end(), [&](const ConditionalBlock* block) {
               return lies_in(*block, edge.from, edge.offset);
             });
    });
  }

  /// Where it is read first; null for what no author wrote.
  const InclusionEdge* first(const std::string& spelled) const {
    const size_t at = position(spelled);
    return at < edges_.size() ? &edges_[at] : nullptr;
  }

  /// Where it stands among the includes as the authors' files are read; some headers rely on that.
  size_t position(const std::string& spelled) const {
    return std::find_if(edges_.begin(), edges_.end(),
                        [&](const InclusionEdge& edge) { return edge.spelled == spelled; }) -
           edges_.begin();
  }

  std::string label(const std::string& file) const {
    if (file == bound_.main_path) return "main";
    return llvm::sys::path::stem(file).str();
  }

 private:
  bool includes(const std::string& file, const std::string& spelled) const {
    return std::any_of(edges_.begin(), edges_.end(), [&](const InclusionEdge& edge) {
      return (file.empty() || edge.from == file) && edge.spelled == spelled;
    });
  }

  /// <cmath> → <math.h>
  static std::string c_header(llvm::StringRef header) {
    return header.consume_front("<c") && header.consume_back(">") ? "<" + header.str() + ".h>" : "";
  }

  /// Headers behind the standard library's or the compiler's own front doors.
  static bool is_internal(llvm::StringRef path) {
    return path.contains("/include/c++/") || path.contains("/lib/clang/");
  }

  std::string nearest(const ThirdPartyUse& use, bool own_file_only) {
    std::string best;
    int best_distance = 1 << 20;
    for (const InclusionEdge& edge : edges_) {
      if (own_file_only && edge.from != use.used_in) continue;
      if (edge.from == bound_.main_path && use.used_in != bound_.main_path) continue;
      const auto& distances = closure(edge.target);
      const auto found = distances.find(use.path);
      if (found != distances.end() && found->second < best_distance) {
        best = edge.spelled;
        best_distance = found->second;
      }
    }
    return best;
  }

  const std::map<std::string, int>& closure(const std::string& from) {
    auto [found, fresh] = closures_.try_emplace(from);
    if (!fresh) return found->second;
    auto& distances = found->second;
    distances[from] = 0;
    std::deque<std::string> queue = {from};
    while (!queue.empty()) {
      const std::string next = queue.front();
      queue.pop_front();
      for (const std::string& target : graph_[next])
        if (distances.emplace(target, distances[next] + 1).second) queue.push_back(target);
    }
    return distances;
  }

  const BoundSource& bound_;
  std::map<std::string, std::set<std::string>> graph_;
  std::vector<InclusionEdge> edges_;
  std::map<std::string, std::map<std::string, int>> closures_;
};

/// Headers that the standard has others include: whoever includes <fstream> has <ios>.
bool is_implied(const std::string& header,
                const std::map<std::string, std::vector<Include::Need>>& by) {
  static const std::vector<std::string> kStreams = {"<fstream>", "<sstream>", "<iostream>"};
  static const std::map<std::string, std::vector<std::string>> kImplied = {
      {"<ios>", kStreams},
      {"<istream>", kStreams},
      {"<ostream>", kStreams},
      {"<streambuf>", kStreams},
      {"<initializer_list>", {"<vector>", "<string>", "<map>", "<set>", "<array>", "<algorithm>"}}};
  const auto found = kImplied.find(header);
  return found != kImplied.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const std::string& other) { return by.count(other) > 0; });
}

/// A header that its first author includes within `extern "C" { }` stands in one again. Within
/// anything else it declares other things than it does alone.
void wrap_includes(const Headers& headers, const Preprocessed& preprocessed,
                   std::vector<Include>& includes, Diagnostics& diagnostics) {
  for (Include& include : includes) {
    const InclusionEdge* edge = headers.first(include.spelled);
    const auto text = edge ? preprocessed.text.find(edge->from) : preprocessed.text.end();
    if (text == preprocessed.text.end()) continue;
    for (const std::string& brace : open_braces(text->second, edge->offset)) {
      include.c_linkage = true;
      if (brace == "extern \"C\"") continue;
      const unsigned end = text->second.find('\n', edge->offset);
      diagnostics.push_back(diagnose(DiagnosticName::include_within,
                                     {edge->from, edge->offset, end}, include.spelled));
      break;
    }
  }
}

Diagnostic refuse_two_ways(const MacroUse& use) {
  FileRange at = use.definition;
  at.end = at.begin + static_cast<unsigned>(use.name.size());
  return diagnose(DiagnosticName::configured_two_ways, at, use.name);
}

/// `#define DEPTH 7` with its line, as it is written.
std::string definition_text(const MacroUse& use, const Preprocessed& preprocessed) {
  const std::string& text = preprocessed.text.at(use.definition.file);
  const size_t begin = text.rfind('#', use.definition.begin);
  return llvm::StringRef(text).slice(begin, text.find('\n', use.definition.end)).rtrim().str();
}

/// Macros of the authors that kept headers read: these stand in front of them. One that they are to
/// see in two ways cannot.
std::vector<std::string> configure(Headers& headers, const Preprocessed& preprocessed,
                                   const std::vector<Include>& kept, Diagnostics& diagnostics) {
  std::vector<const MacroUse*> read;
  for (const MacroUse& use : preprocessed.configuration) {
    if (!headers.is_read(kept, use.at.file)) continue;
    const auto same = std::find_if(read.begin(), read.end(),
                                   [&](const MacroUse* other) { return other->name == use.name; });
    if (same == read.end())
      read.push_back(&use);
    else if (definition_text(**same, preprocessed) != definition_text(use, preprocessed))
      diagnostics.push_back(refuse_two_ways(use));
  }
  std::vector<std::string> out;
  for (const MacroUse* use : read) {
    const auto asked = preprocessed.undefined.find(use->name);
    if (asked != preprocessed.undefined.end() &&
        std::any_of(asked->second.begin(), asked->second.end(),
                    [&](const std::string& file) { return headers.is_read(kept, file); }))
      diagnostics.push_back(refuse_two_ways(*use));
    out.push_back(definition_text(*use, preprocessed));
  }
  return out;
}

/// Of an `#if` its directives and its third-party includes, in branches that Clang took and others.
std::string only_includes(llvm::StringRef text) {
  std::string out;
  bool keeps = false, any = false;  // a directive may go on behind a backslash
  while (!text.empty()) {
    const auto [line, rest] = text.split('\n');
    text = rest;
    const bool goes_on = llvm::StringRef(out).ends_with("\\\n");
    llvm::StringRef directive = line.ltrim();
    if (!goes_on) {
      const bool hash = directive.consume_front("#");
      directive = directive.ltrim();
      const bool include = hash && directive.starts_with("include") && directive.contains('<');
      const bool condition = hash && (directive.starts_with("if") || directive.starts_with("el") ||
                                      directive.starts_with("endif"));
      any = any || include;
      keeps = include || condition;
    }
    if (keeps) out += line.str() + "\n";
  }
  return any ? llvm::StringRef(out).rtrim().str() : "";
}

/// Each symbol once in a file: std::sqrt is not also sqrt, nor std::string also std::basic_string.
std::vector<Include::Need> without_repeats(const std::vector<Include::Need>& needs) {
  auto has = [&](const std::string& file, const std::string& symbol) {
    return std::any_of(needs.begin(), needs.end(), [&](const Include::Need& need) {
      return need.file == file && need.symbol == symbol;
    });
  };
  std::vector<Include::Need> out;
  std::set<std::pair<std::string, std::string>> seen;
  for (const Include::Need& need : needs) {
    llvm::StringRef name = need.symbol;
    if (has(need.file, "std::" + need.symbol)) continue;
    if (name.consume_front("std::basic_") && has(need.file, "std::" + name.str())) continue;
    if (seen.insert({need.file, need.symbol}).second) out.push_back(need);
  }
  return out;
}

/// Includes under conditions on the compiler stay under them: g++ may want what Clang skipped.
std::vector<std::string> keep_conditional(const Headers& headers, const Preprocessed& preprocessed,
                                          const Crop& crop, std::vector<Include>& includes) {
  std::vector<const ConditionalBlock*> blocks;
  for (const ConditionalBlock& block : preprocessed.conditionals)
    if (block.for_the_compiler && !block.branches.empty()) blocks.push_back(&block);
  std::vector<std::string> out;
  std::set<std::string> moved;
  for (const ConditionalBlock* block : blocks) {
    const unsigned begin = block->branches[0].begin;
    const bool nested = std::any_of(blocks.begin(), blocks.end(), [&](const auto* outer) {
      return outer != block && lies_in(*outer, block->file, begin);
    });
    const std::string text =
        nested ? ""
               : only_includes(
                     llvm::StringRef(preprocessed.text.at(block->file)).slice(begin, block->end));
    if (text.empty()) continue;
    const std::set<std::string> inside = headers.written_in(*block);
    const bool needed = std::any_of(includes.begin(), includes.end(), [&](const Include& include) {
      return inside.count(include.spelled) > 0;
    });
    const bool chosen = std::any_of(blocks.begin(), blocks.end(), [&](const auto* other) {
      return other->file == block->file &&
             is_emitted({other->file, other->branches[0].begin, other->end}, crop);
    });
    if (!needed && !chosen) continue;
    out.push_back(text);
    moved.insert(inside.begin(), inside.end());
  }
  std::erase_if(includes, [&](const Include& include) {
    return moved.count(include.spelled) && !headers.is_written_outside(include.spelled, blocks);
  });
  return out;
}

}  // namespace

Result<Imports> merge_imports(const BoundSource& bound, const Program& program, const Crop& crop) {
  Headers headers(bound, program);
  std::map<std::string, std::vector<Include::Need>> needed;
  for (const auto& [use, at] : crop.third_party)
    needed[headers.provider(use)].push_back({use.used_in, use.symbol, at});
  for (const MacroUse& use : program.host->preprocessed().macros) {
    if (use.local || use.definition.file.empty() || !is_emitted(use.at, crop)) continue;
    const ThirdPartyUse provided{use.definition.file, {}, use.at.file, use.name};
    needed[headers.provider(provided, /*is_macro=*/true)].push_back(
        {use.at.file, use.name, use.at});
  }
  needed.erase("");
  Imports out;
  for (const auto& [spelled, needs] : needed) {
    if (!headers.is_written(spelled) && is_implied(spelled, needed)) continue;
    std::set<std::string> labels;
    for (const Include::Need& need : needs) labels.insert(headers.label(need.file));
    out.includes.push_back({spelled, {labels.begin(), labels.end()}, without_repeats(needs)});
  }
  // Third-party headers first, then the standard library, as style guides have it.
  auto place = [&](const Include& include) {
    const bool standard = include.spelled.find('.') == std::string::npos;
    return std::pair{standard, standard ? 0 : headers.position(include.spelled)};
  };
  std::stable_sort(out.includes.begin(), out.includes.end(),
                   [&](const Include& a, const Include& b) { return place(a) < place(b); });
  const Preprocessed& preprocessed = program.host->preprocessed();
  out.conditional = keep_conditional(headers, preprocessed, crop, out.includes);
  Diagnostics diagnostics;
  wrap_includes(headers, preprocessed, out.includes, diagnostics);
  out.configuration = configure(headers, preprocessed, out.includes, diagnostics);
  return {std::move(out), std::move(diagnostics)};
}

}  // namespace combiner
