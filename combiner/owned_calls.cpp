#include "combiner/owned_calls.h"

#include <algorithm>

#include "combiner/cross_ranks.h"
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

/// A parameter that nobody names has to be passed on.
std::string name_of(const Method& method, size_t parameter) {
  const std::string& name = method.parameters[parameter].name;
  return name.empty() ? "argument" + std::to_string(parameter) : name;
}

/// What is handed over: `Blocks &&`.
bool is_given(const Parameter& parameter) {
  return llvm::StringRef(parameter.type).ends_with("&&");
}

/// Parameters as a signature has them (`Blocks &&`), as they are declared (`Blocks &&blocks`), as
/// who runs the call has received them (`Blocks & blocks`), and as they are passed on
/// (`std::move(blocks)`).
enum class Form { kTypes, kDeclared, kReceived, kPassed };

std::string list(const Method& method, Form form) {
  std::string out;
  for (size_t i = 0; i < method.parameters.size(); ++i) {
    const bool given = is_given(method.parameters[i]);
    const std::string name = name_of(method, i);
    std::string type = method.parameters[i].type;
    if (form == Form::kReceived && given) type.pop_back();
    out += out.empty() ? "" : ", ";
    if (form != Form::kPassed) out += type;
    if (form == Form::kDeclared || form == Form::kReceived) out += " " + name;
    const std::string& value = method.parameters[i].default_value;
    if (form == Form::kDeclared && !value.empty()) out += " = " + value;
    if (form == Form::kPassed) out += given ? "std::move(" + name + ")" : name;
  }
  return out;
}

bool gives(const Registry& registry, const Method& method) {
  const std::vector<Rule> rules = registry.rules_of(method.instance, method.name);
  return std::ranges::any_of(rules, [](const Rule& rule) { return rule.name == "move"; });
}

bool returns(const Method& method) { return method.returned.kind != Returned::Kind::kNothing; }

/// A name within a call's struct that no parameter hides.
std::string free_name(const Method& method, std::string name) {
  for (size_t i = 0; i < method.parameters.size(); ++i)
    if (name_of(method, i) == name) return free_name(method, name + "_");
  return name;
}

/// The key of a call: a parameter, or what a method of the artifact makes of as many arguments as
/// it takes. Empty without one.
std::string key_text(const Registry& registry, const Method& method, const std::string& object) {
  const std::vector<Rule> rules = registry.rules_of(method.instance, method.name);
  const Rule* rule = registry.is_keyed(method.instance) ? key_rule(rules) : nullptr;
  if (!rule) return "";
  size_t takes = method.parameters.size();
  for (size_t i = 0; i < method.parameters.size(); ++i)
    if (method.parameters[i].name == rule->argument) return rule->argument;
  for (const Member& member : registry.find(method.instance)->methods)
    if (member.name == rule->argument) takes = std::min(takes, member.parameters.size());
  std::string arguments;
  for (size_t i = 0; i < takes; ++i) arguments += (i ? ", " : "") + name_of(method, i);
  return object + "." + rule->argument + "(" + arguments + ")";
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

/// Sends a call: to the one owner, to the one of its key, or to this rank's share.
std::string sent(const Registry& registry, const Method& method, size_t number) {
  const std::string key =
      key_text(registry, method, free_name(method, "owned") == "owned" ? "owned" : "this->owned");
  const std::string names = list(method, Form::kPassed);
  const std::string behind = how(registry, method, number) + (names.empty() ? "" : ", " + names);
  const std::string out = (returns(method) ? "return " : "");
  const std::string result = "<" + method.returned.type + ">(";
  if (gives(registry, method))
    return out + "hand_over" + result + (key.empty() ? "*this" : "owner_of(" + key + ")") + ", " +
           behind + ");";
  if (key.empty()) return out + "call" + result + behind + ");";
  return out + "keyed" + result + key + ", " + behind + ");";
}

/// Where ranks are threads: runs it under the lock of the share that has the key, or of this
/// rank's.
std::string run_at_share(const Registry& registry, const Registered& owned, const Method& method) {
  const std::string share = free_name(method, "share");
  const std::string key =
      key_text(registry, method, free_name(method, "owned") == "owned" ? "owned" : "this->owned");
  return (returns(method) ? "return " : "") + std::string(key.empty() ? "call(" : "keyed(") +
         (key.empty() ? "" : key + ", ") + "[&](" + owned.type + "& " + share + ") { " +
         (returns(method) ? "return " : "") + share + "." + method.name + "(" +
         list(method, Form::kPassed) + "); });";
}

std::string shares_text(const Registry& registry, const Crop& crop, const Registered& owned) {
  std::string stubs;
  for (const Method* method : called_methods(registry, crop, owned))
    stubs += method->returned.type + " " + method->name + "(" + list(*method, Form::kDeclared) +
             ") { " + run_at_share(registry, owned, *method) + " }\n";
  return "struct " + calls_name(registry, owned) + " : Shares<" + owned.type + "> {\n" + stubs +
         "};";
}

/// What an owner does with a request; what is handed over to it comes in two of them.
std::string dispatch(const Registry& registry, const Crop& crop, const Registered& owned,
                     const std::string& calls) {
  const std::string of_owned =
      "return " + dispatch_name(registry, owned) + "(" + calls + ".owned, ";
  if (!takes_moves(registry, crop, owned)) return of_owned + "request);";
  return "return " + calls + ".moves.run(request, [&](const Request& call) { " + of_owned +
         "call); });";
}

}  // namespace

std::string calls_marker(const Registered& owned) { return "/* calls of " + owned.name + " */"; }

std::string uses_marker(const Registered& owned) { return "/* uses for " + owned.name + " */"; }

bool is_only_one(const Registry& registry, const Registered& owned) {
  const std::vector<const Registered*> all = registry.owned();
  return std::ranges::count_if(all, [&](const Registered* other) {
           return other->class_name == owned.class_name;
         }) == 1;
}

std::string dispatch_name(const Registry& registry, const Registered& owned) {
  return is_only_one(registry, owned) ? "dispatch" : "dispatch_" + owned.name;
}

std::string calls_name(const Registry& registry, const Registered& owned) {
  const char* const end =
      registry.is_keyed(owned.name) && !registry.has_messages ? "Shares" : "Calls";
  if (owned.type == owned.class_name && is_only_one(registry, owned)) return owned.class_name + end;
  std::string out;
  bool upper = true;
  for (const char c : owned.name) {
    if (c != '_') out += upper ? llvm::toUpper(c) : c;
    upper = c == '_';
  }
  return out + end;
}

std::string dispatch_cases(const Registry& registry, const Crop& crop, const Registered& owned,
                           const std::string& object) {
  std::string out;
  const std::vector<const Method*> methods = called_methods(registry, crop, owned);
  for (size_t i = 0; i < methods.size(); ++i) {
    const Method& method = *methods[i];
    const std::string parameters = list(method, Form::kReceived);
    out += "case " + std::to_string(i) + ": return answer(request, [&]" +
           (parameters.empty() ? "" : "(" + parameters + ")") + " { " +
           (returns(method) ? "return " : "") + object + "." + method.name + "(" +
           list(method, Form::kPassed) + "); });\n";
  }
  return out;
}

std::string stub_uses(const Registry& registry, const Crop& crop, const Registered& owned,
                      const std::string& object) {
  std::string out;
  for (const Method* method : called_methods(registry, crop, owned)) {
    const std::string parameters = "static_cast<void>([&](" + list(*method, Form::kReceived) + ") ";
    if (const std::string key = key_text(registry, *method, object); !key.empty())
      out += parameters + "{ return " + key + "; }); ";
    if (registry.has_messages && gives(registry, *method))
      out += parameters + "{ hand_over<void>(*static_cast<::Calls*>(nullptr), 0, " +
             list(*method, Form::kPassed) + "); }); ";
  }
  return out;
}

bool takes_moves(const Registry& registry, const Crop& crop, const Registered& owned) {
  return registry.has_messages &&
         std::ranges::any_of(called_methods(registry, crop, owned),
                             [&](const Method* method) { return gives(registry, *method); });
}

std::string calls_text(const Registry& registry, const Crop& crop, const Registered& owned) {
  if (!registry.has_messages) return shares_text(registry, crop, owned);
  const std::vector<const Method*> methods = called_methods(registry, crop, owned);
  std::string signatures = owned.name, stubs;
  for (size_t i = 0; i < methods.size(); ++i) {
    const Method& method = *methods[i];
    const std::string head = method.returned.type + " " + method.name + "(";
    signatures += "|" + head + list(method, Form::kTypes) + ")";
    stubs += head + list(method, Form::kDeclared) + ") { " + sent(registry, method, i) + " }\n";
  }
  const bool keyed = registry.is_keyed(owned.name);
  const std::string name = calls_name(registry, owned), base = keyed ? "KeyedCalls" : "Calls";
  const bool moves = takes_moves(registry, crop, owned);
  return "struct " + name + " : " + base + " {\n" + owned.type + " owned;  // " +
         (keyed ? "the share of this rank"
                : "at its owner; elsewhere it stays as it was configured") +
         (moves ? "\nMoves moves;  // what was given and is not taken yet" : "") + "\n\n" + name +
         "() : " + base + "(\"" + owned.name + "\", 0x" +
         llvm::utohexstr(llvm::xxh3_64bits(signatures), /*LowerCase=*/true) + ") {}\n" + stubs +
         "};\n\n/// What the owner does with a call.\ninline Bytes " +
         dispatch_name(registry, owned) + "(" + owned.type +
         "& owned, const Request& request) {\nswitch (request.method) {\n" +
         dispatch_cases(registry, crop, owned, "owned") +
         "}\nthrow std::out_of_range(\"no such method\");\n}";
}

std::string ownership(const Registry& registry, const Registered& owned, const std::string& prefix,
                      const std::string& dispatch) {
  const bool keyed = registry.is_keyed(owned.name);
  if (!registry.has_messages) return keyed ? prefix + owned.name + ".meet(world);\n" : "";
  return std::string("const ") + (keyed ? "KeyedOwnership " : "Ownership ") + owned.name +
         "(world, network, " + prefix + owned.name + ", [&](const Request& request) -> Bytes { " +
         dispatch + " });\n";
}

std::string owners_text(const Registry& registry, const Crop& crop, const Plan& plan,
                        const std::string& object) {
  std::string out;
  for (const Registered* owned : registry.owned())
    if (!std::ranges::count(plan.dropped, owned->name))
      out += ownership(registry, *owned, object + ".",
                       dispatch(registry, crop, *owned, object + "." + owned->name));
  return out;
}

std::vector<Piece> call_pieces(const Registry& registry, const Crop& crop, const Plan& plan) {
  std::vector<Piece> out;
  for (const Registered* owned : registry.owned()) {
    if (!registry.has_calls(owned->name)) continue;
    if (std::ranges::count(plan.dropped, owned->name)) continue;
    Piece& piece = out.emplace_back();
    piece.file = "calls to " + owned->name +
                 (registry.is_keyed(owned->name) ? ", of which each rank owns a share"
                                                 : ", which one rank owns");
    piece.name = calls_name(registry, *owned);
    piece.text = calls_text(registry, crop, *owned);
    piece.edited = true;
  }
  return out;
}

}  // namespace combiner
