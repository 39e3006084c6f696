#include "combiner/lower_calls.h"

#include "combiner/cross_ranks.h"
#include "combiner/edit_bound.h"
#include "combiner/owned_calls.h"

namespace combiner {

BoundSource lower_calls(const BoundSource& bound, const Program& program, const Registry& registry,
                        const Crop& crop) {
  std::map<std::string, const Method*> by_key;
  for (const Method& method : crop.methods) by_key[method.key] = &method;
  std::map<std::string, std::set<Edit>> edits;  // by file; a text may have been read several times
  for (const Method& method : crop.methods)
    for (const Fact& fact : method.facts) {
      const auto callee = by_key.find(fact.callee);
      if (fact.kind != Fact::Kind::kCall || callee == by_key.end()) continue;
      const Crossing crossing = crossing_of(registry, method, *callee->second);
      if (crossing.kind == CallKind::kDirect) continue;
      std::set<Edit>& here = edits[fact.at.file];
      here.insert({fact.at.begin, fact.at.begin, crossing.before});
      here.insert({fact.call_end, fact.call_end, crossing.after});
    }
  if (registry.has_messages)
    for (const Registered* owned : registry.owned()) {
      const std::string& text = bound.overlays.at(bound.main_path).text;
      const std::string marker = calls_marker(*owned);
      const unsigned at = text.find(marker);
      const std::string cases =
          dispatch_cases(registry, crop, *owned, "coop_bound::service." + owned->name);
      edits[bound.main_path].insert({at, at + static_cast<unsigned>(marker.size()),
                                     "switch (request.method) {" + cases + "}"});
    }
  return edit_bound(bound, program, edits);
}

}  // namespace combiner
