#include "combiner/lower_calls.h"

#include "combiner/cross_ranks.h"
#include "combiner/edit_bound.h"
#include "combiner/owned_calls.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// Does rank 0 call for all?
bool is_once(const Crossing& crossing) {
  return llvm::StringRef(crossing.before).starts_with("once(");
}

/// The same crossing, and templates/recorded.h writes down what comes of it. So is what a method
/// answers that promises the same on all ranks.
Crossing recorded(const Crossing& crossing, const Registry& registry, const Method& caller,
                  const Method& callee) {
  const std::string name = "\"" + callee.instance + "." + callee.name + "\"";
  const bool is_number = callee.returned.kind == Returned::Kind::kNumber;
  const auto inside = [&](const std::string& before) {
    return Crossing{crossing.kind, before + crossing.before, crossing.after + ")"};
  };
  const bool answers_all = registry.is_keyed(callee.instance) && is_once(crossing) &&
                           callee.returned.kind != Returned::Kind::kNothing;
  if (answers_all) return inside("recorded(" + name + ", ");  // as on one rank, whoever answers
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
  const std::string& main = bound.overlays.at(bound.main_path).text;
  const auto put = [&](const std::string& marker, const std::string& text) {
    if (const size_t at = main.find(marker); at != std::string::npos)
      edits[bound.main_path].insert(
          {static_cast<unsigned>(at), static_cast<unsigned>(at + marker.size()), text});
  };
  for (const Registered* owned : registry.owned()) {
    const std::string object = "coop_bound::service." + owned->name;
    put(calls_marker(*owned),
        "switch (request.method) {" + dispatch_cases(registry, crop, *owned, object) + "}");
    put(keys_marker(*owned), key_uses(registry, crop, *owned, object));
  }
  return edit_bound(bound, program, edits);
}

}  // namespace combiner
