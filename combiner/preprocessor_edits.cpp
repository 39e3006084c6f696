#include "combiner/preprocessor_edits.h"

#include <algorithm>

#include "combiner/find_contracts.h"
#include "combiner/read_sources.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {

PreprocessorEdits::PreprocessorEdits(const Request& request, const Preprocessed& preprocessed,
                                     const Crop& crop)
    : preprocessed_(preprocessed), crop_(crop), macros_(target_macros(request)) {
  for (const MacroUse& use : preprocessed_.macros) macros_in_[use.at.file].push_back(&use);
  for (const InclusionEdge& edge : preprocessed_.local) inclusions_[edge.from].push_back(&edge);
}

void PreprocessorEdits::add_all(const FileRange& range, std::vector<Edit>& edits) const {
  add_gone(range, edits);
  paste_preprocessed(range, edits);
}

void PreprocessorEdits::add_gone(const FileRange& range, std::vector<Edit>& edits) const {
  fold_conditionals(range, edits);
  drop_unused_directives(range, edits);
  drop_contracts(range, edits);
}

void PreprocessorEdits::fold_conditionals(const FileRange& range, std::vector<Edit>& edits) const {
  for (const ConditionalBlock& block : preprocessed_.conditionals) {
    if (block.file != range.file || block.branches.empty() || block.for_the_compiler) continue;
    auto drop = [&](unsigned begin, unsigned end) {  // also of an #if that begins or ends outside
      begin = std::max(begin, range.begin), end = std::min(end, range.end);
      if (begin < end) edits.push_back({begin, end, ""});
    };
    for (size_t i = 0; i < block.branches.size(); ++i) {
      const auto& branch = block.branches[i];
      const unsigned next =
          i + 1 < block.branches.size() ? block.branches[i + 1].begin : block.end_begin;
      drop(branch.begin, branch.taken ? branch.end : next);
    }
    drop(block.end_begin, block.end);
  }
}

void PreprocessorEdits::drop_contracts(const FileRange& range, std::vector<Edit>& edits) const {
  for (const Contract& contract : crop_.contracts)
    if (contract.at.file == range.file && contract.at.begin >= range.begin &&
        contract.at.end <= range.end)
      edits.push_back({contract.at.begin, contract.at.end, contract.text});
}

void PreprocessorEdits::paste_preprocessed(const FileRange& range, std::vector<Edit>& edits) const {
  if (const auto uses = macros_in_.find(range.file); uses != macros_in_.end())
    for (const MacroUse* use : uses->second)
      if (use->at.begin >= range.begin && use->at.end <= range.end &&
          llvm::StringRef(use->name).starts_with("COOP_") && !is_contract(use->name)) {
        const bool value = std::count(macros_.begin(), macros_.end(), use->name + "=1") > 0;
        edits.push_back({use->at.begin, use->at.end, value ? "1" : "0"});
      }
  if (const auto edges = inclusions_.find(range.file); edges != inclusions_.end())
    for (const InclusionEdge* edge : edges->second) {
      const auto included = preprocessed_.text.find(edge->target);
      if (edge->offset < range.begin || edge->offset >= range.end) continue;
      if (included == preprocessed_.text.end()) continue;
      const unsigned end = preprocessed_.text.at(range.file).find('\n', edge->offset);
      edits.push_back({edge->offset, end, included->second});
    }
}

void PreprocessorEdits::drop_unused_directives(const FileRange& range,
                                               std::vector<Edit>& edits) const {
  for (const MacroDirective& directive : preprocessed_.directives)
    if (directive.at.file == range.file && directive.at.begin >= range.begin &&
        directive.at.end <= range.end && !is_used(directive))
      edits.push_back({directive.at.begin, directive.at.end, ""});
}

bool PreprocessorEdits::is_used(const MacroDirective& directive) const {
  return std::any_of(
      preprocessed_.macros.begin(), preprocessed_.macros.end(), [&](const MacroUse& use) {
        return directive.definition.file.empty() ? use.name == directive.name
                                                 : use.definition == directive.definition;
      });
}

}  // namespace combiner
