#include "combiner/guess_range.h"

#include "llvm/Support/FormatVariadic.h"

namespace combiner {

std::optional<double> number_in(llvm::StringRef text) {
  std::string digits;
  for (const char c : text.trim().rtrim("fFuUlLzZ"))
    if (c != '\'') digits += c;
  double out;
  if (llvm::StringRef(digits).getAsDouble(out)) return std::nullopt;
  return out;
}

namespace {

/// Where nothing is said: enough for rows of a cache, few enough to be tried.
constexpr long kMost = 64;

std::string whole_range(const ValueType& type, const std::string& initial) {
  const auto value = number_in(initial);
  // An author who starts above 0 may divide by it; who starts at 0 or says nothing means 0 too.
  const long low = value && *value < 0 && !type.is_unsigned ? static_cast<long>(*value)
                   : value && *value > 0                    ? 1
                                                            : 0;
  return llvm::formatv("{{{0}, {1}}", low, kMost).str();
}

std::string real_range(const std::string& initial) {
  const auto value = number_in(initial);
  if (value && *value < 0) return llvm::formatv("reals({0}, {1})", *value, -*value).str();
  if (value && *value > 1) return llvm::formatv("reals(1, {0})", 2 * *value).str();
  return value && *value > 0 ? "reals(0.0625, 1)" : "reals(0, 1)";
}

/// An end that is left open is as far away as a guess would put it.
std::string said_range(const RangeAnnotation& said, bool is_real) {
  const auto beside = [](const std::string& end, double distance) {
    return llvm::formatv("{0}", static_cast<long>(number_in(end).value_or(0) + distance)).str();
  };
  const std::string low = said.lowest.empty() ? beside(said.highest, -kMost) : said.lowest;
  const std::string high = said.highest.empty() ? beside(said.lowest, kMost) : said.highest;
  return (is_real ? "reals(" : "{") + low + ", " + high + (is_real ? ")" : "}");
}

}  // namespace

std::string guess_range(const ValueType& type, const std::string& initial,
                        const std::optional<RangeAnnotation>& said) {
  const bool is_real =
      type.kind == ValueKind::kReal || type.element == "float" || type.element == "double";
  const bool is_array = !type.element.empty();
  if (type.kind == ValueKind::kBool) return "{0, 1}";
  if (type.kind == ValueKind::kEnum)
    return "{0, " + std::to_string(type.enumerators.size() - 1) + "}";
  if (type.kind == ValueKind::kText) return "{0, 1}";
  if (said) return said_range(*said, is_real);
  // Elements are small integers, also where they are floats: sums are exact in any order.
  if (is_array) return is_real ? "{-8, 8}" : "{0, 15}";
  if (type.kind == ValueKind::kInteger) return whole_range(type, initial);
  if (type.kind == ValueKind::kReal) return real_range(initial);
  return "";
}

}  // namespace combiner
