#include "combiner/check_replicas.h"

#include <algorithm>

#include "combiner/cross_ranks.h"

namespace combiner {
namespace {

class CheckReplicas {
 public:
  CheckReplicas(const Registry& registry, const Crop& crop, Diagnostics& diagnostics)
      : registry_(registry), crop_(crop), diagnostics_(diagnostics) {
    for (const Method& method : crop.methods) by_key_[method.key].push_back(&method);
  }

  void run() {
    for (const Method& method : crop_.methods)
      if (placement_of(method) == Placement::kReplicas) follow(method);
  }

 private:
  Placement placement_of(const Method& method) const {
    const Registered* artifact = registry_.find(method.instance);
    return artifact ? artifact->placement : Placement::kReplicated;
  }

  /// Calls that leave the replica's artifacts.
  void follow(const Method& from) {
    for (const Fact& fact : from.facts) {
      std::vector<std::string> callees = fact.listeners;
      if (fact.kind == Fact::Kind::kCall) callees = {fact.callee};
      for (const std::string& key : callees)
        for (const Method* callee : by_key_[key]) check(from, fact, *callee);
    }
  }

  void check(const Method& from, const Fact& call, const Method& callee) {
    const Placement placement = placement_of(callee);
    if (placement == Placement::kSharded || is_collective_of(registry_, callee))
      refuse(from, call, callee, ", a part of which every rank has");
    if (placement != Placement::kReplicated || callee.instance.empty()) return;
    if (asks_for_its_rank(callee)) return refuse(from, call, callee, ", which follows self.world");
    if (seen_.insert(callee.key).second) follow(callee);
  }

  static bool asks_for_its_rank(const Method& method) {
    return std::any_of(method.facts.begin(), method.facts.end(), [](const Fact& fact) {
      return fact.kind == Fact::Kind::kPeer && fact.instance == "world";
    });
  }

  void refuse(const Method& from, const Fact& call, const Method& callee, const std::string& why) {
    const FileRange at = call.kind == Fact::Kind::kCall ? call.name : call.at;
    if (told_.insert(at).second)
      diagnostics_.push_back(diagnose(DiagnosticName::replica_reaches_ranks, at,
                                      from.instance + "." + from.name,
                                      callee.instance + "." + callee.name, why));
  }

  const Registry& registry_;
  const Crop& crop_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::vector<const Method*>> by_key_;
  std::set<std::string> seen_;
  std::set<FileRange> told_;
};

}  // namespace

Result<bool> check_replicas(const Registry& registry, const Crop& crop) {
  Result<bool> result{true, {}};
  if (registry.has_world) CheckReplicas(registry, crop, result.diagnostics).run();
  return result;
}

}  // namespace combiner
