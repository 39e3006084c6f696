#include "combiner/place.h"

#include <algorithm>
#include <set>

#include "combiner/main_text.h"

namespace combiner {
namespace {

using ClassMethod = std::pair<std::string, std::string>;  // class, method

std::set<ClassMethod> find_hoisted(const Crop& crop) {
  std::map<std::string, ClassMethod> of_key;
  for (const Method& method : crop.methods) of_key[method.key] = {method.class_name, method.name};
  std::set<ClassMethod> hoisted;
  for (const Method& method : crop.methods)
    if (method.instance.empty() || method.reaches_peer) hoisted.insert(of_key[method.key]);
  for (bool more = true; more;) {
    more = false;
    for (const Method& method : crop.methods)
      for (const std::string& callee : method.callees)
        if (of_key.count(callee) && hoisted.count(of_key[callee]))
          more = hoisted.insert(of_key[method.key]).second || more;
  }
  return hoisted;
}

void refuse_indirect_call(const FileRange& at, const std::string& name, Diagnostics& diagnostics) {
  diagnostics.push_back(diagnose(DiagnosticName::not_a_path, at, name));
}

/// What all ranks share may be of use only where there are several.
bool is_unused(const Registered& artifact, const Crop& crop) {
  if (!is_called_there(artifact.placement)) return false;
  for (const Method& method : crop.methods) {
    if (method.instance == artifact.name) return false;
    for (const Fact& fact : method.facts)
      if (fact.kind == Fact::Kind::kPeer && fact.instance == artifact.name) return false;
  }
  return true;
}

bool is_dropped(const Registered& artifact, const Crop& crop, const Plan& plan) {
  if (is_unused(artifact, crop)) return true;
  if (!artifact.container.empty()) return false;  // its elements are counted
  for (const Declaration& declaration : crop.declarations)
    if (declaration.is_artifact && declaration.class_name == artifact.class_name &&
        !declaration.is_empty)
      return false;
  for (const Method& method : crop.methods) {
    if (method.class_name == artifact.class_name && !plan.functions.count(method.key)) return false;
    for (const Fact& fact : method.facts)
      if ((fact.kind == Fact::Kind::kSelf || fact.kind == Fact::Kind::kPeer) &&
          fact.instance == artifact.name)
        return false;
  }
  return true;
}

/// Where ranks are processes, an owned artifact is alone with its arguments; so is a share, which
/// no rank but its own sees as a peer.
void refuse_owned_reaches(const Registry& registry, const Crop& crop,
                          const std::set<ClassMethod>& hoisted, Diagnostics& diagnostics) {
  for (const Method& method : crop.methods)
    if (registry.has_calls(method.instance) && hoisted.count({method.class_name, method.name}))
      diagnostics.push_back(diagnose(DiagnosticName::owned_reaches_peer, method.name_range,
                                     method.instance, method.name));
}

}  // namespace

Result<Plan> place(const Request&, const Registry& registry, const Crop& crop) {
  Result<Plan> result;
  Plan plan;
  std::map<std::string, const Method*> by_key;
  for (const Method& method : crop.methods) by_key[method.key] = &method;
  const std::set<ClassMethod> hoisted = find_hoisted(crop);
  refuse_owned_reaches(registry, crop, hoisted, result.diagnostics);
  std::set<std::pair<std::string, std::string>> mutable_ones;  // instance, method
  std::set<std::pair<std::string, std::string>> overridden;    // of two classes
  std::map<std::pair<std::string, std::string>, std::string> classes;
  for (const Method& method : crop.methods) {
    const std::pair name{method.instance, method.name};
    if (!method.is_const) mutable_ones.insert(name);
    if (classes.emplace(name, method.class_name).first->second != method.class_name)
      overridden.insert(name);
  }
  std::set<std::string> static_reported;
  for (const Method& method : crop.methods) {
    if (!hoisted.count({method.class_name, method.name})) {
      const auto instances =
          std::count_if(registry.artifacts.begin(), registry.artifacts.end(),
                        [&](const Registered& a) { return a.class_name == method.class_name; });
      for (const auto& [offset, name] : method.static_locals)
        if (instances > 1 && static_reported.insert(name).second) {
          const unsigned end = offset + static_cast<unsigned>(name.size());
          result.diagnostics.push_back(diagnose(DiagnosticName::static_local_shared,
                                                {method.slice.file, offset, end}, name,
                                                method.class_name));
        }
      continue;
    }
    std::string prefix =
        method.instance.empty() ? snake_case(registry.service.name) : method.instance;
    if (const Registered* artifact = registry.find(method.instance))
      if (overridden.count({method.instance, method.name}) &&
          method.class_name != artifact->class_name)
        prefix += "_" + snake_case(method.class_name);
    const bool twin = method.is_const && mutable_ones.count({method.instance, method.name});
    plan.functions[method.key] = prefix + "_" + method.name + (twin ? "_const" : "");
    if (method.is_special) {
      result.diagnostics.push_back(
          diagnose(DiagnosticName::special_member_reaches_peer, method.name_range, method.name));
    }
  }
  for (const ForeignCall& call : crop.foreign_calls)
    if (plan.functions.count(call.callee) && !by_key.at(call.callee)->is_special &&
        !registry.is_owned(by_key.at(call.callee)->instance))
      refuse_indirect_call(call.at, call.name, result.diagnostics);
  for (const MadeArtifact& made : crop.made)
    for (const auto& [class_name, method] : hoisted) {
      if (class_name != made.class_name) continue;
      Diagnostic d = diagnose(DiagnosticName::artifact_made, made.at, class_name);
      d.notes.push_back({"'" + method +
                             "' reaches a peer, and becomes a function for the registered ones; "
                             "register this one too",
                         {}});
      result.diagnostics.push_back(std::move(d));
      break;
    }
  plan.world_is_state = registry.has_world;
  std::set<PlannedCall> calls;
  for (const Method& method : crop.methods) {
    const std::string caller =
        (method.instance.empty() ? registry.service.name : method.instance) + "." + method.name;
    for (const Fact& fact : method.facts) {
      if (fact.kind == Fact::Kind::kPeer && fact.instance == "device") plan.device_is_state = true;
      if (fact.kind == Fact::Kind::kCall && fact.object == Fact::Object::kOneOf &&
          plan.functions.count(fact.callee))
        refuse_indirect_call(fact.name, by_key.at(fact.callee)->name, result.diagnostics);
    }
    for (const std::string& callee : method.callees) {
      const auto found = by_key.find(callee);
      if (found == by_key.end() || found->second->instance == method.instance) continue;
      calls.insert(
          {caller, found->second->instance + "." + found->second->name, CallKind::kDirect});
    }
  }
  plan.calls.assign(calls.begin(), calls.end());
  for (const Registered& artifact : registry.artifacts)
    if (is_dropped(artifact, crop, plan)) plan.dropped.push_back(artifact.name);
  result.value = std::move(plan);
  return result;
}

}  // namespace combiner
