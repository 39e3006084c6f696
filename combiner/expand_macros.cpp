#include "combiner/expand_macros.h"

#include <algorithm>

#include "combiner/edit_bound.h"
#include "combiner/statement_text.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

bool contains(const FileRange& outer, const FileRange& inner) {
  return outer.file == inner.file && outer.begin <= inner.begin && inner.end <= outer.end;
}

/// Of a use in an argument, or in the body of another macro, what the author wrote around it.
FileRange outermost(const FileRange& use, const Preprocessed& preprocessed) {
  FileRange out = use;
  for (const auto& [key, expansion] : preprocessed.expansions)
    if (contains(expansion.at, out)) out = expansion.at;
  return out;
}

bool is_directive(const FileRange& at, const Preprocessed& preprocessed) {
  return is_in_directive(preprocessed.text.at(at.file), at.begin);
}

/// Does a file in which the macro was not known say its name, in text that is emitted?
bool reaches_other_text(const MacroUse& macro, const std::set<std::string>& knows,
                        const Preprocessed& preprocessed, const Crop& crop) {
  for (const auto& [file, text] : preprocessed.text) {
    if (knows.count(file) || text.find(macro.name) == std::string::npos) continue;
    for (const unsigned at : identifiers(text, 0, text.size(), macro.name))
      if (is_emitted({file, at, at + static_cast<unsigned>(macro.name.size())}, crop)) return true;
  }
  return false;
}

}  // namespace

bool can_expand(const FileRange& invocation, const Preprocessed& preprocessed,
                const BoundSource& bound) {
  const auto found = preprocessed.expansions.find({invocation.file, invocation.begin});
  if (found == preprocessed.expansions.end() || !found->second.portable ||
      found->second.text.find('\n') != std::string::npos || is_directive(invocation, preprocessed))
    return false;
  const std::string& text = found->second.text;
  for (const MacroUse& use : preprocessed.macros)  // written out, it would be expanded once more
    if (contains(invocation, use.at) && !identifiers(text, 0, text.size(), use.name).empty())
      return false;
  const auto overlay = bound.overlays.find(invocation.file);
  if (overlay == bound.overlays.end()) return true;
  const auto& patches = overlay->second.patches;
  return std::none_of(patches.begin(), patches.end(), [&](const Overlay::Patch& patch) {
    return patch.begin < invocation.end && invocation.begin < patch.end;
  });
}

std::set<FileRange> invocations_to_expand(const Program& program, const Crop& crop) {
  const Preprocessed& preprocessed = program.host->preprocessed();
  std::set<FileRange> out = crop.expand;
  std::map<FileRange, std::set<std::string>> knows;  // definition → files that use it
  std::map<FileRange, const MacroUse*> live;
  std::map<std::string, std::set<FileRange>> definitions;
  for (const MacroUse& use : preprocessed.macros) {
    if (!use.local || is_directive(use.at, preprocessed)) continue;
    knows[use.definition].insert({use.at.file, use.definition.file});
    if (!is_emitted(use.at, crop)) continue;
    live[use.definition] = &use;
    definitions[use.name].insert(use.definition);
  }
  for (const auto& [definition, macro] : live) {
    if (definitions[macro->name].size() == 1 &&
        !reaches_other_text(*macro, knows[definition], preprocessed, crop))
      continue;
    for (const MacroUse& use : preprocessed.macros)
      if (use.definition == definition && is_emitted(use.at, crop) &&
          !is_directive(use.at, preprocessed))
        out.insert(outermost(use.at, preprocessed));
  }
  return out;
}

BoundSource expand_macros(BoundSource bound, const Program& program,
                          const std::set<FileRange>& invocations) {
  const Preprocessed& preprocessed = program.host->preprocessed();
  std::map<std::string, std::set<Edit>> edits;
  for (const FileRange& at : invocations)
    if (can_expand(at, preprocessed, bound)) {
      const Expansion& expansion = preprocessed.expansions.at({at.file, at.begin});
      edits[at.file].insert({expansion.at.begin, expansion.at.end, expansion.text});
    }
  return edit_bound(std::move(bound), program, edits);
}

}  // namespace combiner
