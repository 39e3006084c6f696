#include "combiner/print_peers.h"

#include <algorithm>

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

constexpr const char* kHooks = "HooksPeer";

/// "kv_cache" → "KvCache"
std::string camel_case(const std::string& name) {
  std::string out;
  bool begins = true;
  for (const char c : name) {
    if (c != '_') out += begins ? llvm::toUpper(c) : c;
    begins = c == '_';
  }
  return out;
}

/// How many of the members that a peer is asked for, the reference has.
size_t known_members(const PeerFacts& peer, const ReferencePeer& reference) {
  return std::count_if(peer.members.begin(), peer.members.end(),
                       [&](const PeerMember& member) { return reference.has(member); });
}

/// The reference of that name, unless it is of another kind of thing; else one that has all of
/// several members, whatever it is called.
const ReferencePeer* reference_for(const PeerFacts& peer, const TestingLibrary& library) {
  for (const ReferencePeer& reference : library.peers)
    if (reference.peer == peer.name && (peer.members.empty() || known_members(peer, reference) > 0))
      return &reference;
  for (const ReferencePeer& reference : library.peers)
    if (peer.members.size() >= 2 && known_members(peer, reference) == peer.members.size())
      return &reference;
  return nullptr;
}

/// A type that a use tells, when it is one that can stand alone; "condition" is bool.
std::string told_type(const std::vector<std::string>& results) {
  static const std::vector<std::string> kUses = {"value",   "unknown",       "nothing",
                                                 "element", "range",         "dereferenced",
                                                 "called",  "std::nullptr_t"};
  for (const std::string& result : results)
    if (result != "condition" && std::find(kUses.begin(), kUses.end(), result) == kUses.end())
      return result;
  return std::find(results.begin(), results.end(), "condition") != results.end() ? "bool" : "";
}

bool is_number(const std::string& type) {
  static const std::vector<std::string> kNumbers = {"bool",
                                                    "int",
                                                    "unsigned int",
                                                    "long",
                                                    "unsigned long",
                                                    "long long",
                                                    "unsigned long long",
                                                    "float",
                                                    "double",
                                                    "short",
                                                    "char",
                                                    "size_t",
                                                    "std::size_t",
                                                    "int32_t",
                                                    "int64_t",
                                                    "uint32_t",
                                                    "uint64_t",
                                                    "std::int32_t",
                                                    "std::int64_t",
                                                    "std::uint32_t",
                                                    "std::uint64_t"};
  return std::find(kNumbers.begin(), kNumbers.end(), type) != kNumbers.end();
}

/// Never 0: an artifact may divide by what a peer holds.
std::string print_value(const std::string& name, const std::string& type) {
  if (type.empty()) return "  Anything " + name + "{1};\n";
  return "  " + type + " " + name + (is_number(type) ? " = 2;\n" : "{};\n");
}

std::string print_data(const PeerMember& member) {
  if (!member.declared.empty())
    return "  " + member.declared + " " + member.name + " = made_anew<" + member.declared +
           ">();\n";
  const std::string type = told_type(member.results);
  if (!type.empty() || member.parts.empty()) return print_value(member.name, type);
  std::string out = "  struct {\n";
  for (const auto& [part, results] : member.parts) out += print_value(part, told_type(results));
  return out + "  } " + member.name + ";\n";
}

bool has(const std::vector<std::string>& results, const std::string& use) {
  return std::find(results.begin(), results.end(), use) != results.end();
}

/// What is asked of an answer, as a member of its class.
std::string print_part(const std::string& part, const std::vector<std::string>& results) {
  if (has(results, "called")) return "    FAKE_PART(" + part + ")\n";
  const std::string type = told_type(results);
  if (is_number(type) || type == "std::string") return "  " + print_value(part, type);
  if (has(results, "range") || has(results, "element"))
    return "    std::vector<long> " + part + " = {1, 2};\n";
  return "  " + print_value(part, "long");
}

/// A struct of which some members are known, or a pointer to one. Null is an answer where the
/// artifact asks whether there is one.
std::string print_answer(const PeerMember& member) {
  const bool is_pointer = has(member.results, "dereferenced");
  const bool is_optional = member.parts.count("has_value") || member.parts.count("value");
  const bool is_tested = has(member.results, "condition") || has(member.results, "std::nullptr_t");
  if (is_optional) return "  FAKE_ANSWER(std::optional<long>, " + member.name + ")\n";
  if (member.parts.empty())
    return "  FAKE_POINTER(long, " + member.name + (is_tested ? ", true" : ", false") + ")\n";
  const std::string type = camel_case(member.name) + "Answer";
  std::string out = "  struct " + type + " {\n";
  for (const auto& [part, results] : member.parts) out += print_part(part, results);
  out += "  };\n";
  if (!is_pointer) return out + "  FAKE_REFERENCE(" + type + ", " + member.name + ")\n";
  return out + "  FAKE_POINTER(" + type + ", " + member.name + (is_tested ? ", true" : ", false") +
         ")\n";
}

/// What a sequence of numbers has.
bool is_like_numbers(const PeerMember& member) {
  static const std::vector<std::string> kParts = {"size", "data", "begin", "end"};
  return std::all_of(member.parts.begin(), member.parts.end(), [&](const auto& part) {
    return std::find(kParts.begin(), kParts.end(), part.first) != kParts.end();
  });
}

std::string print_method(const PeerMember& member) {
  const bool is_tested = has(member.results, "condition") || has(member.results, "std::nullptr_t");
  if (!member.declared.empty())
    return "  FAKE_DECLARED(" + member.name + (is_tested ? ", true, " : ", false, ") +
           member.declared + ")\n";
  const std::string type = told_type(member.results);
  if (has(member.results, "dereferenced") || !is_like_numbers(member)) return print_answer(member);
  if (is_number(type) || type == "std::string")
    return "  FAKE_ANSWER(" + type + ", " + member.name + ")\n";
  return "  FAKE_METHOD(" + member.name + ")\n";
}

}  // namespace

PeerFacts hooks_as_peer(const ArtifactFacts& facts) {
  PeerFacts out;
  out.name = "hooks";
  for (const std::string& hook : facts.hooks) out.members.push_back({hook, true, {}, {"nothing"}});
  return out;
}

std::vector<StandIn> stand_ins(const ArtifactFacts& facts, const PeerFacts& hooks,
                               const TestingLibrary& library) {
  std::vector<StandIn> out;
  for (const PeerFacts& peer : facts.peers) {
    StandIn one{&peer, reference_for(peer, library), {}, ""};
    for (const PeerMember& member : peer.members)
      if (!one.reference || !one.reference->has(member)) one.unknown.push_back(&member);
    one.class_name = one.is_declared() ? camel_case(peer.name) + "Peer" : one.reference->class_name;
    out.push_back(std::move(one));
  }
  if (hooks.members.empty()) return out;
  StandIn one{&hooks, nullptr, {}, kHooks};
  for (const PeerMember& hook : hooks.members) one.unknown.push_back(&hook);
  out.push_back(std::move(one));
  return out;
}

std::string print_class(const StandIn& stand_in) {
  if (!stand_in.is_declared()) return "";
  const ReferencePeer* reference = stand_in.reference;
  const std::string& name = stand_in.peer->name;
  std::string out = "/// What stands for `" + name + "`: " +
                    (reference ? "a reference, and what that cannot be asked for."
                               : "it notes what it is asked, and answers something.") +
                    "\n";
  out += "struct " + stand_in.class_name + " : ";
  if (reference) out += reference->class_name + ", ";
  out += "FakePeer {\n";
  const bool takes_device = reference && reference->takes_device;
  out += std::string("  ") + (takes_device ? "explicit " : "") + stand_in.class_name +
         (takes_device ? "(Device& device) : " + reference->class_name + "(device), " : "() : ") +
         "FakePeer(\"" + name + "\") {}\n";
  for (const PeerMember* member : stand_in.unknown)
    out += stand_in.class_name == kHooks ? "  FAKE_HOOK(" + member->name + ")\n"
           : member->is_call             ? print_method(*member)
                                         : print_data(*member);
  return out + "};\n\n";
}

std::string print_member(const StandIn& stand_in) {
  const bool takes_device = stand_in.reference && stand_in.reference->takes_device;
  if (stand_in.peer->is_indexed)
    return "  std::array<" + stand_in.class_name + ", 3> " + stand_in.peer->name + ";\n";
  return "  " + stand_in.class_name + " " + stand_in.peer->name +
         (takes_device ? "{device};\n" : ";\n");
}

std::string print_look(const StandIn& stand_in) {
  const std::string& name = stand_in.peer->name;
  const std::string each = stand_in.peer->is_indexed ? "one" : name;
  std::string out;
  if (stand_in.reference)
    out += each + (stand_in.is_declared() ? "." + stand_in.reference->class_name + "::" : ".") +
           "look(seen);\n";
  if (stand_in.is_declared()) out += each + ".FakePeer::look(seen);\n";
  for (const PeerMember* member : stand_in.unknown)  // what the artifact writes there is seen
    if (!member->is_call && member->parts.empty())
      out += "seen.push_back(\"" + name + "." + member->name + " = \" + coop::testing::seen(" +
             each + "." + member->name + "));\n";
  return stand_in.peer->is_indexed ? "for (const auto& one : " + name + ") {\n" + out + "}\n" : out;
}

}  // namespace combiner
