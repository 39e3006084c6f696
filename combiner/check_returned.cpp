#include "combiner/check_returned.h"

#include "combiner/cross_ranks.h"

namespace combiner {
namespace {

/// What a rule takes, in words.
std::string taken_by(const std::string& rule) {
  if (rule == "concat") return "concat takes a std::vector of numbers";
  if (rule == "argmax") return "argmax takes a std::pair of numbers: a value, and whose it is";
  if (rule == "merge")
    return "merge takes one value, which two ranks' values can be made into: a number, a pair, a "
           "struct";
  return rule +
         " takes a number, or a std::vector or a DeviceSpan of numbers; of a struct of your own, "
         "[[coop::merge(f)]] makes a whole with f";
}

}  // namespace

void check_returned(const Registry& registry, const Crop& crop, Diagnostics& diagnostics) {
  std::set<FileRange> told;
  for (const Method& method : crop.methods)
    for (const Rule& rule : registry.rules_of(method.instance, method.name)) {
      const bool is_nothing = method.returned.kind == Returned::Kind::kNothing;
      const bool fits = combines(rule.name) ? can_combine(rule.name, method.returned.kind)
                                            : rule.name != "same" || !is_nothing;
      if (fits || !told.insert(rule.name_range).second) continue;
      if (is_nothing) {
        diagnostics.push_back(
            diagnose(DiagnosticName::rule_without_value, rule.name_range, method.name, rule.name));
        continue;
      }
      Diagnostic d = diagnose(DiagnosticName::cannot_combine, rule.name_range, rule.name,
                              method.name, method.returned.type);
      d.notes.push_back({taken_by(rule.name), {}});
      diagnostics.push_back(std::move(d));
    }
}

}  // namespace combiner
