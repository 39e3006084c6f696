#include "combiner/owned_calls.h"

#include <algorithm>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

namespace combiner {
namespace {

/// Those that others call, in the order of the text: their numbers.
std::vector<const Method*> called_methods(const Registry& registry, const Crop& crop,
                                          const Registered& owned) {
  std::set<std::string> called;
  for (const Method& method : crop.methods)
    if (method.instance != owned.name) called.insert(method.callees.begin(), method.callees.end());
  std::map<std::pair<std::string, unsigned>, const Method*> sorted;
  for (const Method& method : crop.methods)
    if (method.instance == owned.name && called.count(method.key) &&
        registry.is_owned(method.instance))
      sorted.try_emplace({method.slice.file, method.slice.begin}, &method);
  std::vector<const Method*> out;
  for (const auto& [where, method] : sorted) out.push_back(method);
  return out;
}

std::string list(const Method& method, bool types, bool names) {
  std::string out;
  for (const Parameter& parameter : method.parameters) {
    const std::string type = types ? parameter.type + (names ? " " : "") : "";
    out += (out.empty() ? "" : ", ") + type + (names ? parameter.name : "");
  }
  return out;
}

/// `0`, or `{0, milliseconds(100), true}` for one with a deadline that may be sent again.
std::string how(const Registry& registry, const Method& method, size_t number) {
  std::string deadline;
  bool repeatable = false;
  for (const Rule& rule : registry.rules_of(method.instance, method.name)) {
    if (rule.name == "deadline") deadline = rule.argument;
    repeatable = repeatable || rule.name == "repeatable";
  }
  if (deadline.empty() && !repeatable) return std::to_string(number);
  return "{" + std::to_string(number) + ", milliseconds(" + (deadline.empty() ? "1000" : deadline) +
         ")" + (repeatable ? ", true}" : "}");
}

}  // namespace

std::string calls_marker(const Registered& owned) { return "/* calls of " + owned.name + " */"; }

std::string calls_name(const Registered& owned) {
  if (owned.type == owned.class_name) return owned.class_name + "Calls";
  std::string out;
  bool upper = true;
  for (const char c : owned.name) {
    if (c != '_') out += upper ? llvm::toUpper(c) : c;
    upper = c == '_';
  }
  return out + "Calls";
}

std::string dispatch_cases(const Registry& registry, const Crop& crop, const Registered& owned,
                           const std::string& object) {
  std::string out;
  const std::vector<const Method*> methods = called_methods(registry, crop, owned);
  for (size_t i = 0; i < methods.size(); ++i) {
    const Method& method = *methods[i];
    const std::string parameters = list(method, true, true);
    out += "case " + std::to_string(i) + ": return answer(request, [&]" +
           (parameters.empty() ? "" : "(" + parameters + ")") + " { " +
           (method.returned.kind == Returned::Kind::kNothing ? "" : "return ") + object + "." +
           method.name + "(" + list(method, false, true) + "); });\n";
  }
  return out;
}

std::string calls_text(const Registry& registry, const Crop& crop, const Registered& owned) {
  const std::vector<const Method*> methods = called_methods(registry, crop, owned);
  std::string signatures = owned.name, stubs;
  for (size_t i = 0; i < methods.size(); ++i) {
    const Method& method = *methods[i];
    const std::string& type = method.returned.type;
    const std::string names = list(method, false, true);
    signatures += "|" + type + " " + method.name + "(" + list(method, true, false) + ")";
    stubs += type + " " + method.name + "(" + list(method, true, true) + ") { " +
             (method.returned.kind == Returned::Kind::kNothing ? "" : "return ") + "call<" + type +
             ">(" + how(registry, method, i) + (names.empty() ? "" : ", " + names) + "); }\n";
  }
  const std::string name = calls_name(owned);
  return "struct " + name + " : Calls {\n" + owned.type +
         " owned;  // at its owner; elsewhere it stays as it was configured\n\n" + name +
         "() : Calls(\"" + owned.name + "\", 0x" +
         llvm::utohexstr(llvm::xxh3_64bits(signatures), /*LowerCase=*/true) + ") {}\n" + stubs +
         "};\n\n/// What the owner does with a call.\ninline Bytes dispatch(" + owned.type +
         "& owned, const Request& request) {\nswitch (request.method) {\n" +
         dispatch_cases(registry, crop, owned, "owned") +
         "}\nthrow std::out_of_range(\"no such method\");\n}";
}

std::string ownership(const Registered& owned, const std::string& prefix,
                      const std::string& dispatch) {
  return "const Ownership " + owned.name + "(world, network, " + prefix + owned.name +
         ", [&](const Request& request) -> Bytes { " + dispatch + " });\n";
}

}  // namespace combiner
