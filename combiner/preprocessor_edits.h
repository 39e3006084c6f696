// What the preprocessor decided → the edits that say so in text: a branch that is not taken goes,
// and so does the #if around one that is; COOP_CUDA becomes 0 or 1.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "combiner/crop.h"
#include "combiner/edit_text.h"

namespace combiner {

class PreprocessorEdits {
 public:
  PreprocessorEdits(const Request& request, const Preprocessed& preprocessed, const Crop& crop);

  /// All that follow, of what stands in the range.
  void add_all(const FileRange& range, std::vector<Edit>& edits) const;
  /// Those by which text goes, and none comes.
  void add_gone(const FileRange& range, std::vector<Edit>& edits) const;

  /// An #if that a compiler decides stays.
  void fold_conditionals(const FileRange& range, std::vector<Edit>& edits) const;

  /// Or becomes a check, with --contracts.
  void drop_contracts(const FileRange& range, std::vector<Edit>& edits) const;

 private:
  /// COOP_CUDA in an expression becomes 0 or 1; `#include "table.inc"` inside of a declaration
  /// becomes the table.
  void paste_preprocessed(const FileRange& range, std::vector<Edit>& edits) const;

  void drop_unused_directives(const FileRange& range, std::vector<Edit>& edits) const;

  /// `#define` inside of a method, of a macro that was written out wherever it was used, is not.
  bool is_used(const MacroDirective& directive) const;

  const Preprocessed& preprocessed_;
  const Crop& crop_;
  const std::vector<std::string> macros_;                                // e.g. COOP_CUDA=1
  std::map<std::string, std::vector<const MacroUse*>> macros_in_;        // by file
  std::map<std::string, std::vector<const InclusionEdge*>> inclusions_;  // by file
};

}  // namespace combiner
