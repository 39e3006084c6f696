#include "combiner/mutant_literals.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

std::string without_separators(llvm::StringRef spelled) {
  std::string out = spelled.str();
  llvm::erase(out, '\'');
  return out;
}

/// Always with a point or an exponent: else it would be an integer.
std::string print(double value) {
  const bool is_whole = std::trunc(value) == value && std::fabs(value) < 1e17;
  char digits[32];
  std::snprintf(digits, sizeof(digits), is_whole ? "%.1f" : "%.6g", value);
  const std::string out = digits;
  return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
}

}  // namespace

std::vector<std::string> integers_beside(llvm::StringRef spelled) {
  const std::string digits = without_separators(spelled);
  llvm::StringRef rest = digits;
  const bool is_hexadecimal = rest.starts_with_insensitive("0x");
  uint64_t value = 0;
  if (rest.consumeInteger(0, value)) return {};
  const std::string suffix = rest.str();
  const bool is_lower = digits.find_first_of("ABCDEF") == std::string::npos;
  const auto print = [&](uint64_t number) {
    return (is_hexadecimal ? "0x" + llvm::utohexstr(number, is_lower) : llvm::utostr(number)) +
           suffix;
  };
  std::vector<std::string> out;
  if (value != UINT64_MAX) out.push_back(print(value + 1));
  if (value != 0) out.push_back(print(value - 1));
  if (value == 0 && llvm::StringRef(suffix).find_insensitive("u") == llvm::StringRef::npos)
    out.push_back("-1" + suffix);
  if (value > 1) out.push_back("0" + suffix);
  return out;
}

std::vector<std::string> reals_beside(llvm::StringRef spelled) {
  const std::string digits = without_separators(spelled);
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  if (end == digits.c_str()) return {};
  std::vector<std::string> out;
  for (const double beside : {value + 1, value - 1, 0.0}) {
    const std::string text = print(beside) + end;
    if (beside != value && !llvm::is_contained(out, text)) out.push_back(text);
  }
  return out;
}

}  // namespace combiner
