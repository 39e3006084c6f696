#include "combiner/print_peers.h"

#include <algorithm>

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

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

/// The reference of that name; else one that has all of several members, whatever it is called.
const ReferencePeer* reference_for(const PeerFacts& peer, const TestingLibrary& library) {
  for (const ReferencePeer& reference : library.peers)
    if (reference.peer == peer.name) return &reference;
  for (const ReferencePeer& reference : library.peers)
    if (peer.members.size() >= 2 && known_members(peer, reference) == peer.members.size())
      return &reference;
  return nullptr;
}

/// A type that a use tells, when it is one that can stand alone.
std::string told_type(const PeerMember& member) {
  static const std::vector<std::string> kUses = {"value",   "unknown", "condition",   "nothing",
                                                 "element", "range",   "dereferenced"};
  for (const std::string& result : member.results)
    if (std::find(kUses.begin(), kUses.end(), result) == kUses.end()) return result;
  return "";
}

std::string print_data(const PeerMember& member) {
  const std::string type = told_type(member);
  return type.empty() ? "  Anything " + member.name + "{1};\n"
                      : "  " + type + " " + member.name + "{};\n";
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
  StandIn one{&hooks, nullptr, {}, "HooksPeer"};
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
    out += member->is_call ? "  FAKE_METHOD(" + member->name + ")\n" : print_data(*member);
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
  if (stand_in.peer->is_indexed) return "for (const auto& one : " + name + ") one.look(seen);\n";
  if (!stand_in.reference || stand_in.unknown.empty()) return name + ".look(seen);\n";
  return name + "." + stand_in.reference->class_name + "::look(seen);\n" + name +
         ".FakePeer::look(seen);\n";
}

}  // namespace combiner
