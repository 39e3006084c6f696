#include "combiner/lower_calls.h"

#include <algorithm>

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

/// The arguments of a call that are moved, `std::move(blocks)`, as they are written. What another
/// call gives nobody has had.
std::string moved_arguments(const Fact& call, const Method& caller, llvm::StringRef text) {
  const llvm::StringRef all = text.slice(call.open_paren + 1, call.call_end - 1);
  std::string out;
  int depth = 0;
  for (size_t begin = 0, end = 0; end <= all.size(); ++end) {
    const char c = end < all.size() ? all[end] : ',';
    if (llvm::StringRef("([{").contains(c)) ++depth;
    if (llvm::StringRef(")]}").contains(c)) --depth;
    if (c != ',' || depth != 0) continue;
    const llvm::StringRef argument = all.slice(begin, end).trim();
    const unsigned from = call.open_paren + 1 + static_cast<unsigned>(begin);
    const unsigned to = call.open_paren + 1 + static_cast<unsigned>(end);
    const bool calls = std::ranges::any_of(caller.facts, [&](const Fact& fact) {
      return fact.kind == Fact::Kind::kCall && fact.at.begin >= from && fact.call_end <= to;
    });
    if (argument.starts_with("std::move(") && !calls)
      out += (out.empty() ? "" : ", ") + argument.str();
    begin = end + 1;
  }
  return out;
}

/// What rank 0 gives is gone from the others as well.
void give_up(const Fact& call, const Method& caller, llvm::StringRef text, Crossing& crossing) {
  const std::string moved = moved_arguments(call, caller, text);
  if (moved.empty()) return;
  crossing.before = "give" + crossing.before.substr(std::string("once").size());
  crossing.after = "; }, [&] { emptied(" + moved + "); })";
}

/// The same crossing, and templates/recorded.h writes down what comes of it. So is what a method
/// answers that promises the same on all ranks.
Crossing recorded(const Crossing& crossing, const Registry& registry, const Method& caller,
                  const Method& callee) {
  const std::string name = "\"" + callee.instance + "." + callee.name + "\"";
  const bool is_number = callee.returned.kind == Returned::Kind::kNumber;
  const auto inside = [&](const std::string& before) {
    return Crossing{crossing.kind, crossing.gives, before + crossing.before, crossing.after + ")"};
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
      if (crossing.gives)
        give_up(fact, method, program.host->preprocessed().text.at(fact.at.file), crossing);
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
    const std::string cases =
        "switch (request.method) {" + dispatch_cases(registry, crop, *owned, object) + "}";
    put(calls_marker(*owned),
        !takes_moves(registry, crop, *owned)
            ? cases
            : "::Moves moves; return moves.run(request, [&](const Request& request) -> Bytes { " +
                  cases + " return {}; });");
    put(uses_marker(*owned), stub_uses(registry, crop, *owned, object));
  }
  return edit_bound(bound, program, edits);
}

}  // namespace combiner
