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

bool is_dropped(const Registered& artifact, const Crop& crop, const Plan& plan) {
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

}  // namespace

Result<Plan> place(const Request&, const Registry& registry, const Crop& crop) {
  Result<Plan> result;
  Plan plan;
  std::map<std::string, const Method*> by_key;
  for (const Method& method : crop.methods) by_key[method.key] = &method;
  const std::set<ClassMethod> hoisted = find_hoisted(crop);
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
    const std::string prefix =
        method.instance.empty() ? snake_case(registry.service.name) : method.instance;
    plan.functions[method.key] = prefix + "_" + method.name;
    if (method.const_choice.end) {
      Diagnostic d = diagnose(DiagnosticName::const_self_chooses, method.const_choice);
      if (std::find(result.diagnostics.begin(), result.diagnostics.end(), d) ==
          result.diagnostics.end())
        result.diagnostics.push_back(std::move(d));
    }
    if (method.is_special) {
      result.diagnostics.push_back(
          diagnose(DiagnosticName::special_member_reaches_peer, method.name_range, method.name));
    }
  }
  for (const ForeignCall& call : crop.foreign_calls)
    if (plan.functions.count(call.callee) && !by_key.at(call.callee)->is_special)
      refuse_indirect_call(call.at, call.name, result.diagnostics);
  std::set<PlannedCall> calls;
  for (const Method& method : crop.methods) {
    const std::string caller =
        (method.instance.empty() ? registry.service.name : method.instance) + "." + method.name;
    for (const Fact& fact : method.facts) {
      if (fact.kind == Fact::Kind::kPeer && fact.instance == "device") plan.device_is_state = true;
      if (fact.kind == Fact::Kind::kCall && fact.object == Fact::Object::kExpression &&
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
