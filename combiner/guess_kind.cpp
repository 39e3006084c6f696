#include "combiner/guess_kind.h"

#include <algorithm>

namespace combiner {
namespace {

using Names = std::vector<std::string>;
using Guess = std::pair<ArtifactKind, std::string>;

/// With what the name of a removal begins: keep, keep_last.
const Names kRemovals = {"erase",  "keep",   "evict",  "drop",      "truncate", "trim",
                         "prune",  "retain", "remove", "discard",   "compact",  "compress",
                         "select", "gather", "resize", "pop_front", "forget"};
/// What only a cache of keys and values is asked for.
const Names kOfCaches = {"length",    "next_position", "keys",   "values", "capacity",
                         "copy_keys", "rows",          "layers", "size"};

bool has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The first member of a peer, of those called, that `names` holds.
std::string first_call(const PeerFacts& peer, const Names& names) {
  for (const PeerMember& member : peer.members)
    if (member.is_call && has(names, member.name)) return member.name;
  return "";
}

std::string first_removal(const PeerFacts& peer) {
  for (const PeerMember& member : peer.members)
    for (const std::string& begin : kRemovals)
      if (member.is_call && (member.name == begin || member.name.rfind(begin + "_", 0) == 0))
        return member.name;
  return "";
}

Guess compressor(const ArtifactFacts& facts) {
  for (const PeerFacts& peer : facts.peers) {
    const std::string removal = first_removal(peer);
    const bool is_cache = peer.name.find("cache") != std::string::npos ||
                          peer.name.find("kv") != std::string::npos ||
                          !first_call(peer, kOfCaches).empty();
    if (!removal.empty() && is_cache)
      return {ArtifactKind::kCompressor, "it calls " + peer.name + "." + removal};
  }
  return {};
}

/// Takes and gives back what others keep track of.
Guess manager_of_a_pool(const ArtifactFacts& facts) {
  for (const PeerFacts& peer : facts.peers) {
    const std::string takes = first_call(peer, {"alloc", "allocate", "acquire", "take"});
    const std::string gives = first_call(peer, {"free", "deallocate", "release", "give_back"});
    if (!takes.empty() && !gives.empty())
      return {ArtifactKind::kCacheManager,
              "it calls " + peer.name + "." + takes + " and " + peer.name + "." + gives};
  }
  return {};
}

bool is_pointer(const ParameterFacts& parameter, bool written) {
  const ValueKind kind = parameter.type.kind;
  return (kind == ValueKind::kPointer || kind == ValueKind::kBuffer ||
          kind == ValueKind::kSequence) &&
         parameter.type.is_written == written;
}

size_t pointers(const MethodFacts& method, bool written) {
  return std::count_if(
      method.parameters.begin(), method.parameters.end(),
      [&](const ParameterFacts& parameter) { return is_pointer(parameter, written); });
}

Guess attention(const ArtifactFacts& facts) {
  for (const PeerFacts& peer : facts.peers) {
    const std::string reads =
        first_call(peer, {"keys", "quantized", "narrow_rows", "paired_rows", "blocks"});
    if (reads.empty()) continue;
    for (const MethodFacts& method : facts.methods)
      if (pointers(method, /*written=*/true) > 0 && pointers(method, /*written=*/false) > 0)
        return {ArtifactKind::kAttention, "it reads " + peer.name + "." + reads + ", and " +
                                              method.name + " writes what it is given"};
  }
  return {};
}

/// An owner of layers: others hear of each, or it fills the cache layer by layer.
Guess model(const ArtifactFacts& facts) {
  for (const MethodFacts& method : facts.methods) {
    const bool gives = method.name == "logits" || (method.result.kind == ValueKind::kSequence &&
                                                   method.result.element == "float");
    if (!gives) continue;
    for (const std::string& hook : facts.hooks)
      return {ArtifactKind::kModel, "it calls the hook " + hook + " and returns logits"};
    for (const PeerFacts& peer : facts.peers)
      if (const std::string fills = first_call(peer, {"append", "forward", "put"}); !fills.empty())
        return {ArtifactKind::kModel,
                "it calls " + peer.name + "." + fills + " and returns logits"};
  }
  return {};
}

bool holds_reals(const ValueType& type) {
  return type.element == "float" || type.element == "double";
}

Guess sampler(const ArtifactFacts& facts) {
  for (const MethodFacts& method : facts.methods) {
    if (method.result.kind != ValueKind::kInteger || method.parameters.empty()) continue;
    const ParameterFacts& first = method.parameters.front();
    const bool alone = method.parameters.size() == 1 && first.type.kind == ValueKind::kSequence;
    const bool counted = method.parameters.size() == 2 && method.parameters[1].is_count;
    if (is_pointer(first, /*written=*/false) && holds_reals(first.type) && (alone || counted))
      return {ArtifactKind::kSampler, method.name + " takes numbers and returns one of them"};
  }
  return {};
}

/// Rows go in and come out again: void append(int, const float*, const float*, int) and
/// float* keys(int), or put(key, value) and get(key).
Guess manager_of_its_own(const ArtifactFacts& facts) {
  const auto says_something = [](const MethodFacts& method) {
    return method.result.kind != ValueKind::kNothing && !method.parameters.empty();
  };
  for (const MethodFacts& in : facts.methods) {
    const bool by_name = has({"append", "put", "insert", "store", "push"}, in.name);
    const bool takes_rows = in.result.kind == ValueKind::kNothing &&
                            pointers(in, /*written=*/false) == 2 && in.parameters.size() >= 3;
    if (!by_name && !takes_rows) continue;
    for (const MethodFacts& out : facts.methods) {
      const bool known = has({"length", "get", "lookup", "find", "contains", "size"}, out.name);
      const bool same_key = !out.parameters.empty() && !in.parameters.empty() &&
                            out.parameters[0].type.bare == in.parameters[0].type.bare;
      if (out.name != in.name && says_something(out) && (known || takes_rows) && same_key)
        return {ArtifactKind::kCacheManager,
                "it keeps what " + in.name + " is given, and " + out.name + " tells of it"};
    }
  }
  return {};
}

/// int alloc(), or int alloc(int count), and free(int).
Guess allocator(const ArtifactFacts& facts) {
  const auto takes = [](const MethodFacts& method, size_t least, size_t most) {
    return least <= method.parameters.size() && method.parameters.size() <= most &&
           std::all_of(
               method.parameters.begin(), method.parameters.end(),
               [](const ParameterFacts& each) { return each.type.kind == ValueKind::kInteger; });
  };
  for (const MethodFacts& out : facts.methods) {
    if (!has({"alloc", "allocate", "acquire", "take", "lease", "obtain"}, out.name) ||
        out.result.kind == ValueKind::kNothing || !takes(out, 0, 1))
      continue;
    for (const MethodFacts& back : facts.methods)
      if (has({"free", "deallocate", "release", "give_back", "put_back", "recycle"}, back.name) &&
          takes(back, 1, 1))
        return {ArtifactKind::kAllocator,
                out.name + " hands out what " + back.name + " takes back"};
  }
  return {};
}

/// void load(const std::string& path, LlamaConfig& config, LlamaWeights& weights).
Guess loader(const ArtifactFacts& facts) {
  for (const MethodFacts& method : facts.methods)
    if (fills_a_model(method))
      return {ArtifactKind::kLoader, method.name + " fills a LlamaConfig and LlamaWeights"};
  return {};
}

}  // namespace

bool fills_a_model(const MethodFacts& method) {
  const std::vector<ParameterFacts>& given = method.parameters;
  return given.size() == 3 && given[0].type.kind == ValueKind::kText &&
         given[1].type.bare == "LlamaConfig" && given[2].type.bare == "LlamaWeights";
}

std::pair<ArtifactKind, std::string> guess_kind(const ArtifactFacts& facts) {
  for (const auto& guess : {manager_of_a_pool, manager_of_its_own, compressor, attention, model,
                            sampler, loader, allocator})
    if (Guess out = guess(facts); out.first != ArtifactKind::kNone) return out;
  return {ArtifactKind::kNone, "it calls nothing that tells"};
}

}  // namespace combiner
