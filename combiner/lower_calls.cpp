#include "combiner/lower_calls.h"

#include "combiner/cross_ranks.h"
#include "combiner/edit_bound.h"
#include "combiner/owned_calls.h"

namespace combiner {
namespace {

/// The same crossing, and templates/recorded.h writes down what comes of it. So is what a method
/// answers that promises the same on all ranks.
Crossing recorded(const Crossing& crossing, const Registry& registry, const Method& caller,
                  const Method& callee) {
  const std::string name = "\"" + callee.instance + "." + callee.name + "\"";
  const bool is_number = callee.returned.kind == Returned::Kind::kNumber;
  const auto inside = [&](const std::string& before) {
    return Crossing{crossing.kind, before + crossing.before, crossing.after + ")"};
  };
  if (crossing.kind == CallKind::kOwned) return inside("(recorded_call(" + name + "), ");
  if (crossing.kind == CallKind::kCollective) return inside("recorded(" + name + ", ");
  if (is_number && is_same_everywhere(registry, caller, callee))
    return inside("recorded_alone(" + name + ", ");
  return crossing;
}

}  // namespace

BoundSource lower_calls(const Request& request, const BoundSource& bound, const Program& program,
                        const Registry& registry, const Crop& crop) {
  std::map<std::string, const Method*> by_key;
  for (const Method& method : crop.methods) by_key[method.key] = &method;
  std::map<std::string, std::set<Edit>> edits;  // by file; a text may have been read several times
  for (const Method& method : crop.methods)
    for (const Fact& fact : method.facts) {
      const auto callee = by_key.find(fact.callee);
      if (fact.kind != Fact::Kind::kCall || callee == by_key.end()) continue;
      Crossing crossing = crossing_of(registry, method, *callee->second);
      if (request.records) crossing = recorded(crossing, registry, method, *callee->second);
      if (crossing.before.empty()) continue;
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
