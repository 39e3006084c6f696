#include "combiner/edit_bound.h"

namespace combiner {

BoundSource edit_bound(BoundSource bound, const Program& program,
                       const std::map<std::string, std::set<Edit>>& edits) {
  const Preprocessed& preprocessed = program.host->preprocessed();
  for (const auto& [file, of_file] : edits) {
    if (!bound.overlays.count(file)) bound.expanded.insert(file);
    const Overlay before = bound.overlays.count(file) ? bound.overlays.at(file)
                                                      : Overlay{preprocessed.text.at(file), {}};
    Overlay after;
    unsigned at = 0;
    auto patch = before.patches.begin();
    auto copy_to = [&](unsigned end) {
      for (; patch != before.patches.end() && patch->end <= end; ++patch) {
        const unsigned shift = after.text.size() - at;
        after.patches.push_back(
            {patch->original_begin, patch->original_end, patch->begin + shift, patch->end + shift});
      }
      after.text += before.text.substr(at, end - at);
      at = end;
    };
    for (const Edit& edit : of_file) {
      if (edit.begin < at) continue;  // inside of the one before
      copy_to(edit.begin);
      const unsigned begin = after.text.size();
      after.text += edit.text;
      after.patches.push_back({before.original(edit.begin), before.original(edit.end), begin,
                               static_cast<unsigned>(after.text.size())});
      at = edit.end;
    }
    copy_to(before.text.size());
    bound.overlays[file] = std::move(after);
  }
  return bound;
}

}  // namespace combiner
