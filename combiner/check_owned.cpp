#include "combiner/check_owned.h"

#include <algorithm>

#include "combiner/cross_ranks.h"

namespace combiner {
namespace {

class CheckOwned {
 public:
  CheckOwned(const Registry& registry, const Crop& crop, Diagnostics& diagnostics)
      : registry_(registry), crop_(crop), diagnostics_(diagnostics) {
    for (const Method& method : crop.methods) by_key_[method.key].push_back(&method);
  }

  void run() {
    for (const Method& method : crop_.methods) {
      refuse_listeners(method);
      if (!registry_.is_owned(method.instance)) continue;
      for (const Fact& fact : method.facts)
        for (const std::string& callee : callees_of(fact)) {
          std::set<std::string> seen;
          if (instance_of(callee) != method.instance) follow(method, fact, callee, seen);
        }
    }
    for (const Registered* owned : registry_.owned()) {
      std::vector<std::string> path = {owned->name};
      refuse_circles(path);
    }
  }

 private:
  static FileRange place_of(const Fact& fact) {
    return fact.kind == Fact::Kind::kCall ? fact.name : fact.at;
  }

  static std::vector<std::string> callees_of(const Fact& fact) {
    if (fact.kind == Fact::Kind::kHook) return fact.listeners;
    if (fact.kind == Fact::Kind::kCall) return {fact.callee};
    return {};
  }

  /// All ranks call a hook, each for itself; what is owned is called once for all.
  void refuse_listeners(const Method& method) {
    for (const Fact& fact : method.facts) {
      if (fact.kind != Fact::Kind::kHook) continue;
      for (const std::string& key : fact.listeners)
        for (const Method* listener : by_key_[key]) {
          if (!registry_.is_owned(listener->instance)) continue;
          if (!told_.insert(listener->name_range).second) continue;
          Diagnostic d = diagnose(DiagnosticName::owned_listener, listener->name_range,
                                  listener->instance, listener->name);
          d.notes.push_back({"the hook is called here", fact.at});
          diagnostics_.push_back(std::move(d));
        }
    }
  }

  /// What a call in an owned artifact's method reaches, itself or through what it calls.
  void follow(const Method& from, const Fact& call, const std::string& key,
              std::set<std::string>& seen) {
    if (!seen.insert(key).second) return;
    for (const Method* method : by_key_[key]) {
      const Registered* artifact = registry_.find(method->instance);
      if ((artifact && artifact->placement == Placement::kSharded) ||
          is_collective_of(registry_, *method)) {
        refuse_reach(from, call, method->instance + "." + method->name);
        return;
      }
      if (registry_.is_owned(method->instance)) {
        calls_[from.instance].emplace(method->instance, place_of(call));
        continue;
      }
      for (const Fact& fact : method->facts)
        for (const std::string& callee : callees_of(fact)) {
          if (instance_of(callee) == from.instance)  // back to who waits
            calls_[from.instance].emplace(from.instance, place_of(call));
          else
            follow(from, call, callee, seen);
        }
    }
  }

  std::string instance_of(const std::string& key) {
    const std::vector<const Method*>& methods = by_key_[key];
    return methods.empty() ? "" : methods[0]->instance;
  }

  void refuse_reach(const Method& from, const Fact& call, const std::string& reached) {
    const FileRange at = place_of(call);
    if (told_.insert(at).second)
      diagnostics_.push_back(diagnose(DiagnosticName::owned_reaches_ranks, at,
                                      from.instance + "." + from.name, reached));
  }

  /// Ways from one back to itself; each circle is told once, at its last call.
  void refuse_circles(std::vector<std::string>& path) {
    for (const auto& [callee, at] : calls_[path.back()]) {
      const auto again = std::find(path.begin(), path.end(), callee);
      if (again == path.end()) {
        path.push_back(callee);
        refuse_circles(path);
        path.pop_back();
        continue;
      }
      std::set<std::string> members(again, path.end());
      if (again != path.begin() || !circles_.insert(members).second) continue;
      std::string words;
      for (const std::string& member : path) words += member + ", ";
      Diagnostic d = diagnose(DiagnosticName::owned_cycle, at, words + callee);
      for (size_t i = 0; i + 1 < path.size(); ++i)
        d.notes.push_back(
            {path[i] + " calls " + path[i + 1] + " here", calls_.at(path[i]).at(path[i + 1])});
      diagnostics_.push_back(std::move(d));
    }
  }

  const Registry& registry_;
  const Crop& crop_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::vector<const Method*>> by_key_;
  std::map<std::string, std::map<std::string, FileRange>> calls_;  // owned → owned, and where
  std::set<std::set<std::string>> circles_;
  std::set<FileRange> told_;
};

}  // namespace

Result<bool> check_owned(const Registry& registry, const Crop& crop) {
  Result<bool> result{true, {}};
  if (registry.has_world) CheckOwned(registry, crop, result.diagnostics).run();
  return result;
}

}  // namespace combiner
