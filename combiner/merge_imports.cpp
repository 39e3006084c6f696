#include "combiner/merge_imports.h"

#include <algorithm>
#include <deque>

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

class Imports {
 public:
  Imports(const BoundSource& bound, const Program& program) : bound_(bound) {
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
bool is_implied(const std::string& header, const std::map<std::string, std::set<std::string>>& by) {
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

}  // namespace

std::vector<Include> merge_imports(const BoundSource& bound, const Program& program,
                                   const Crop& crop) {
  Imports imports(bound, program);
  std::map<std::string, std::set<std::string>> needed;
  for (const ThirdPartyUse& use : crop.third_party)
    needed[imports.provider(use)].insert(imports.label(use.used_in));
  for (const MacroUse& use : program.host->preprocessed().macros) {
    if (use.local || use.definition.file.empty() || !is_emitted(use.at, crop)) continue;
    ThirdPartyUse provided{use.definition.file, {}, use.at.file};
    needed[imports.provider(provided, /*is_macro=*/true)].insert(imports.label(use.at.file));
  }
  needed.erase("");
  std::vector<Include> out;
  for (const auto& [spelled, by] : needed)
    if (imports.is_written(spelled) || !is_implied(spelled, needed))
      out.push_back({spelled, std::vector<std::string>(by.begin(), by.end())});
  // Third-party headers first, then the standard library, as style guides have it.
  std::stable_sort(out.begin(), out.end(), [](const Include& a, const Include& b) {
    auto standard = [](const Include& i) { return i.spelled.find('.') == std::string::npos; };
    return standard(a) < standard(b);
  });
  return out;
}

}  // namespace combiner
