#include "combiner/check_rules.h"

#include <algorithm>

#include "combiner/cross_ranks.h"
#include "combiner/registered_type.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

void refuse_unknown(const Rule& rule, Diagnostics& diagnostics) {
  Diagnostic d = diagnose(DiagnosticName::unknown_rule, rule.name_range, rule.name);
  for (const std::string& near : nearest(rule.name, rule_names()))
    d.notes.push_back({"did you mean " + near + "?", {}, Fix{rule.name_range, "coop::" + near}});
  if (d.notes.empty()) d.notes.push_back({"rules are " + llvm::join(rule_names(), ", "), {}});
  diagnostics.push_back(std::move(d));
}

void refuse_misplaced(const Rule& rule, const std::string& instead, Diagnostics& diagnostics) {
  Diagnostic d = diagnose(DiagnosticName::misplaced_rule, rule.name_range, rule.name);
  if (!instead.empty()) d.notes.push_back({instead, {}});
  diagnostics.push_back(std::move(d));
}

/// Does it say what becomes of a call where each rank has a part?
bool is_whole_rule(const std::string& rule) {
  return combines(rule) || rule == "same" || rule == "keyed";
}

void check_argument(const Rule& rule, Diagnostics& diagnostics) {
  if (!is_whole_rule(rule.name)) return;
  const bool takes = rule.name == "merge" || rule.name == "keyed";
  if (takes == !rule.argument.empty()) return;
  diagnostics.push_back(
      diagnose(DiagnosticName::rule_argument, rule.name_range, rule.name,
               rule.name == "keyed" ? "what gives the key: a parameter, or a method of the artifact"
               : takes              ? "the function that makes one of two ranks' values"
                                    : "no argument"));
}

/// The rule by which what a method returns makes a whole, or by which one share answers; empty
/// without one.
Rule whole_of(const Member& method) {
  for (const Rule& rule : method.rules)
    if (is_whole_rule(rule.name)) return rule;
  return {};
}

/// Is what it takes gone from its caller, and does the caller know?
void check_move(const Member& method, Diagnostics& diagnostics) {
  const Rule *move = nullptr, *cast = nullptr;
  for (const Rule& rule : method.rules) {
    if (rule.name == "move") move = &rule;
    if (rule.name == "cast") cast = &rule;
  }
  if (!move) return;
  const bool takes = llvm::any_of(method.parameters, [](const Member& parameter) {
    return llvm::StringRef(parameter.type).rtrim().ends_with("&&");
  });
  const std::string why = !takes ? "it takes nothing by &&"
                          : cast ? "nobody waits for a cast, or would know who has what it takes"
                                 : "";
  if (!why.empty())
    diagnostics.push_back(
        diagnose(DiagnosticName::nothing_moves, move->name_range, method.name, why));
}

void check_method(const Member& method, Diagnostics& diagnostics) {
  check_move(method, diagnostics);
  std::vector<Rule> wholes;
  for (const Rule& rule : method.rules) {
    if (!is_rule(rule.name)) refuse_unknown(rule, diagnostics);
    check_argument(rule, diagnostics);
    if (is_whole_rule(rule.name)) wholes.push_back(rule);
  }
  if (wholes.size() > 1)
    diagnostics.push_back(diagnose(DiagnosticName::several_rules, wholes[1].name_range, method.name,
                                   wholes[0].name, wholes[1].name));
}

std::string told(const Rule& rule) {
  if (rule.name.empty()) return "no rule";
  return "the rule " + rule.name + (rule.argument.empty() ? "" : "(" + rule.argument + ")");
}

/// A call is known by the name that it calls.
void check_overloads(const Registered& artifact, std::set<FileRange>& told_at,
                     Diagnostics& diagnostics) {
  std::map<std::string, const Member*> first;
  for (const Member& method : artifact.methods) {
    const auto [known, fresh] = first.emplace(method.name, &method);
    const Rule one = whole_of(*known->second), other = whole_of(method);
    if (fresh || (one.name == other.name && one.argument == other.argument)) continue;
    if (!told_at.insert(method.name_range).second) continue;  // of another instance
    Diagnostic d = diagnose(DiagnosticName::rules_differ, method.name_range, method.name,
                            told(other), told(one), artifact.class_name);
    d.notes.push_back({"this one has " + told(one), known->second->name_range});
    diagnostics.push_back(std::move(d));
  }
}

}  // namespace

void check_rules(const SourceTree& sources, const Registry& registry, Diagnostics& diagnostics) {
  for (const auto& [path, outline] : sources.outlines) {
    for (const Rule& rule : outline.stray_rules) refuse_misplaced(rule, "", diagnostics);
    for (const StructOutline& declared : outline.structs) {
      const bool is_service = llvm::any_of(
          declared.bases, [](const std::string& base) { return class_of(base) == "Service"; });
      for (const Member& member : declared.members) {
        if (!member.is_function || member.rules.empty()) continue;
        if (is_service)
          refuse_misplaced(member.rules[0],
                           "all ranks run a service's methods alike: move what each does a part "
                           "of into an artifact, and shard that",
                           diagnostics);
        else if (declared.bases.empty())
          refuse_misplaced(member.rules[0],
                           "'" + declared.name + "' is no artifact: derive it from coop::Artifact",
                           diagnostics);
        else
          check_method(member, diagnostics);
      }
    }
  }
  std::set<FileRange> told_at;
  for (const Registered& artifact : registry.artifacts)
    check_overloads(artifact, told_at, diagnostics);
}

}  // namespace combiner
