#include "combiner/settle_names.h"

#include <set>

namespace combiner {

Plan settle_names(const Registry& registry, const Crop& crop, Plan plan) {
  std::set<std::string> taken = {registry.service.name, "main", "self"};
  for (const Declaration& declaration : crop.declarations)
    if (declaration.reached) taken.insert(declaration.names.begin(), declaration.names.end());
  for (const Method& method : crop.methods)
    taken.insert(method.locals.begin(), method.locals.end());
  std::map<std::pair<std::string, std::string>, std::string> settled;  // overloads share a name
  for (const Method& method : crop.methods) {
    const auto planned = plan.functions.find(method.key);
    if (planned == plan.functions.end()) continue;
    auto [name, fresh] = settled.emplace(std::pair{method.instance, planned->second}, "");
    if (fresh) {
      std::string candidate = planned->second;
      for (int n = 2; taken.count(candidate); ++n) candidate = planned->second + std::to_string(n);
      taken.insert(candidate);
      name->second = candidate;
    }
    planned->second = name->second;
  }
  return plan;
}

}  // namespace combiner
