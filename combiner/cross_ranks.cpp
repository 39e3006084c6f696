#include "combiner/cross_ranks.h"

#include <algorithm>

namespace combiner {
namespace {

using Kind = Returned::Kind;

struct Lowering {
  const char* rule;
  const char* function;  // of templates/<scale>/<device>/world.h; null: nothing is sent
  std::vector<Kind> takes;
};

const std::vector<Lowering>& lowerings() {
  static const std::vector<Kind> kReduced = {Kind::kNumber, Kind::kVector, Kind::kDeviceSpan};
  static const std::vector<Lowering> kLowerings = {
      {"sum", "all_reduce_sum", kReduced},
      {"max", "all_reduce_max", kReduced},
      {"min", "all_reduce_min", kReduced},
      {"concat", "all_gather", {Kind::kVector}},
      {"argmax", "all_reduce_argmax", {Kind::kPair}},
      {"merge", "all_reduce_merge", {Kind::kNumber, Kind::kPair, Kind::kOther}},
      {"same", nullptr, {}},
      {"keyed", nullptr, {}},
      // of owned artifacts: how they are called
      {"once", nullptr, {}},
      {"each", nullptr, {}},
      {"cast", nullptr, {}},
      {"repeatable", nullptr, {}},
      {"deadline", nullptr, {}},
      {"move", nullptr, {}},
  };
  return kLowerings;
}

const Lowering* lowering_of(const std::string& rule) {
  for (const Lowering& lowering : lowerings())
    if (lowering.rule == rule) return &lowering;
  return nullptr;
}

bool is_sharded(const Registry& registry, const std::string& instance) {
  const Registered* artifact = registry.find(instance);
  return artifact && is_in_parts(artifact->placement);
}

/// Do all ranks make the same calls there? A replica, and what one rank owns, call for themselves.
bool works_for_all(const Registry& registry, const std::string& instance) {
  const Registered* artifact = registry.find(instance);
  return !artifact || (artifact->placement != Placement::kReplicas && !registry.is_owned(instance));
}

Crossing owned_call(const Registry& registry, const Method& caller, const Method& callee) {
  if (caller.instance == callee.instance) return {};
  std::string mode = works_for_all(registry, caller.instance) ? "once" : "each";
  bool moves = false;
  for (const Rule& rule : registry.rules_of(callee.instance, callee.name)) {
    moves = moves || rule.name == "move";
    if (mode == "once" && (rule.name == "each" || rule.name == "cast")) mode = rule.name;
  }
  const bool returns = callee.returned.kind != Kind::kNothing && mode != "cast";
  return {CallKind::kOwned, moves && mode == "once",
          mode + "(self.world, self." + callee.instance + ", [&] { " + (returns ? "return " : ""),
          "; })"};
}

}  // namespace

bool is_rule(const std::string& name) { return lowering_of(name); }

const std::vector<std::string>& rule_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> out;
    for (const Lowering& lowering : lowerings()) out.push_back(lowering.rule);
    return out;
  }();
  return kNames;
}

bool combines(const std::string& rule) {
  const Lowering* lowering = lowering_of(rule);
  return lowering && lowering->function;
}

bool can_combine(const std::string& rule, Kind returned) {
  const Lowering* lowering = lowering_of(rule);
  return lowering && (!lowering->function ||
                      std::count(lowering->takes.begin(), lowering->takes.end(), returned));
}

bool is_same_everywhere(const Registry& registry, const Method& caller, const Method& callee) {
  if (!is_sharded(registry, callee.instance) || caller.instance == callee.instance) return false;
  const std::vector<Rule> rules = registry.rules_of(callee.instance, callee.name);
  return std::any_of(rules.begin(), rules.end(), [](const Rule& r) { return r.name == "same"; });
}

bool is_collective_of(const Registry& registry, const Method& callee) {
  if (!is_sharded(registry, callee.instance)) return false;
  const std::vector<Rule> rules = registry.rules_of(callee.instance, callee.name);
  return std::any_of(rules.begin(), rules.end(), [](const Rule& r) { return combines(r.name); });
}

const Rule* key_rule(const std::vector<Rule>& rules) {
  for (const Rule& rule : rules)
    if (rule.name == "keyed") return &rule;
  return nullptr;
}

Crossing crossing_of(const Registry& registry, const Method& caller, const Method& callee) {
  Crossing out;
  if (!registry.has_world) return out;
  const std::vector<Rule> rules = registry.rules_of(callee.instance, callee.name);
  const bool keyed = registry.is_keyed(callee.instance);
  if (registry.is_owned(callee.instance) && (!keyed || key_rule(rules)))
    return owned_call(registry, caller, callee);
  if (!is_sharded(registry, callee.instance)) return out;
  const bool within = caller.instance == callee.instance &&
                      (keyed || !registry.rules_of(caller.instance, caller.name).empty());
  for (const Rule& rule : rules) {
    const Lowering* lowering = lowering_of(rule.name);
    if (!lowering || !lowering->function || within) continue;
    out.kind = CallKind::kCollective;
    const bool on_device = callee.returned.kind == Kind::kDeviceSpan;
    out.before =
        std::string(lowering->function) + "(self.world, " + (on_device ? "self.device, " : "");
    out.after = (rule.argument.empty() ? "" : ", " + rule.argument) + ")";
  }
  return out;
}

}  // namespace combiner
