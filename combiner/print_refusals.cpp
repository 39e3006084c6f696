#include "combiner/print_refusals.h"

#include <cmath>

#include "combiner/guess_range.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

namespace combiner {
namespace {

/// Is the first number outside of a range refused? If the limit is the range's end, or beside it;
/// of a share, or what is never negative, in any case. Else authors may take more than they mean.
bool is_exact(const RefusalFacts& refusal, bool is_real, double end) {
  if (!is_real) return std::abs(refusal.limit - end) <= 1;
  return refusal.limit == end || end == (refusal.is_below ? 0 : 1);
}

/// A number that is refused, outside of the range: just, or far away. `end` is the range's on that
/// side.
double refused_number(const RefusalFacts& refusal, bool is_real, std::optional<double> end) {
  const double side = refusal.is_below ? -1 : 1;
  if (!end) return refusal.limit + side * 1000;
  if (!is_exact(refusal, is_real, *end))
    return side * std::max(side * refusal.limit, side * *end) + side * 1000;
  return *end + side * (is_real ? std::max(1.0, std::abs(*end)) / 1024 : 1);
}

class PrintRefusals {
 public:
  PrintRefusals(const ArtifactFacts& facts, bool fits_arguments)
      : facts_(facts), fits_arguments_(fits_arguments) {}

  std::vector<std::string> run(const std::vector<CallableMethod>& methods) {
    for (const CallableMethod& method : methods)
      if (method.facts->name == "after_reset" || !method.facts->is_hook())
        for (const RefusalFacts& refusal : method.facts->refusals)
          refusal.is_parameter ? add_argument(method, refusal) : add_setting(method, refusal);
    return std::move(out_);
  }

 private:
  void add_setting(const CallableMethod& method, const RefusalFacts& refusal) {
    const auto field = llvm::find_if(
        facts_.fields, [&](const FieldFacts& one) { return one.name == refusal.name; });
    if (field != facts_.fields.end() && !field->said.counts)
      add("setting", method, refusal, field->type, field->said.range);
  }

  void add_argument(const CallableMethod& method, const RefusalFacts& refusal) {
    for (const ParameterFacts& one : method.facts->parameters) {
      const auto said = method.facts->said.parameters.find(one.name);
      if (one.name == refusal.name && !one.is_count && !fits_arguments_)
        add("argument", method, refusal, one.type,
            said == method.facts->said.parameters.end() ? std::nullopt
                                                        : std::optional(said->second));
    }
  }

  void add(const std::string& what, const CallableMethod& method, const RefusalFacts& refusal,
           const ValueType& type, const std::optional<RangeAnnotation>& said) {
    const bool is_real = type.kind == ValueKind::kReal;
    if ((!is_real && type.kind != ValueKind::kInteger) ||
        is_excepted(what + "_is_refused", refusal.name))
      return;
    const std::string end = !said ? "" : refusal.is_below ? said->lowest : said->highest;
    const double number = refused_number(refusal, is_real, number_in(end));
    if ((type.is_unsigned && number < 0) || (!is_real && std::abs(number) > INT32_MAX)) return;
    out_.push_back(llvm::formatv("COOP_REFUSES_{0}({1}, {2}, {3}, {4}, {5})",
                                 llvm::StringRef(what).upper(), facts_.name, method.name,
                                 refusal.name, refusal.is_below ? "below" : "above",
                                 llvm::formatv("{0}", llvm::format("%.7g", number))));
  }

  bool is_excepted(const std::string& law, const std::string& name) const {
    return llvm::any_of(facts_.said.exceptions, [&](const ExceptAnnotation& one) {
      return one.law == law && (one.fields.empty() || llvm::is_contained(one.fields, name));
    });
  }

  const ArtifactFacts& facts_;
  const bool fits_arguments_;
  std::vector<std::string> out_;
};

}  // namespace

std::vector<std::string> print_refusals(const ArtifactFacts& facts,
                                        const std::vector<CallableMethod>& methods,
                                        bool fits_arguments) {
  return PrintRefusals(facts, fits_arguments).run(methods);
}

}  // namespace combiner
