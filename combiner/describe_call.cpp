#include "combiner/describe_call.h"

#include <algorithm>

#include "combiner/guess_range.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"

namespace combiner {
namespace {

/// Layers of reference peers.
constexpr const char* kLayers = "{0, 2}";

/// What a peer calls the argument that this parameter is handed on as, e.g. layer.
std::string handed_on_as(const ParameterFacts& parameter, const TestingLibrary& library) {
  for (const std::string& target : parameter.passed_to) {
    const auto [callee, index] = llvm::StringRef(target).split(' ');
    const std::string method = callee.split('.').second.str();
    for (const ReferencePeer& peer : library.peers) {
      const auto found = peer.methods.find(method);
      if (found == peer.methods.end()) continue;
      for (const ReferencePeer::Method& overload : found->second)
        if (const size_t i = std::stoul(index.str()); i < overload.parameters.size())
          return overload.parameters[i];
    }
  }
  return "";
}

/// A layer, since the artifact hands it on as one, or since a hook is called with one.
bool is_layer(const MethodFacts& method, size_t i, const TestingLibrary& library) {
  const ParameterFacts& parameter = method.parameters[i];
  if (parameter.type.kind != ValueKind::kInteger) return false;
  return handed_on_as(parameter, library) == "layer" || parameter.name == "layer" ||
         (i == 0 && method.is_hook());
}

/// Peers ask more of these than a range can say: that a slot is there.
bool depends_on_peer(const ParameterFacts& parameter, const TestingLibrary& library) {
  static const std::vector<std::string> kNames = {"slot", "from", "to", "slots", "position"};
  return std::find(kNames.begin(), kNames.end(), handed_on_as(parameter, library)) != kNames.end();
}

class Describe {
 public:
  Describe(const MethodFacts& method, ArtifactKind kind, const TestingLibrary& library)
      : method_(method), kind_(kind), library_(library) {}

  DescribedCall run() {
    const auto arrays = std::count_if(
        method_.parameters.begin(), method_.parameters.end(),
        [](const ParameterFacts& one) { return one.type.kind == ValueKind::kPointer; });
    const bool has_layer = any_layer();
    if (arrays > 1 && has_layer)
      out_.obstacle = "its arrays have a shape that only laws of its kind know";
    std::vector<std::string> arguments;
    for (size_t i = 0; i < method_.parameters.size() && out_.obstacle.empty(); ++i) {
      arguments.push_back(argument(i));
      out_.parameters.push_back(parameter(i));
    }
    out_.arguments = llvm::join(arguments, ", ");
    return std::move(out_);
  }

 private:
  /// What a model says of the newest tokens, in a hook: (count, heads, head_dim).
  bool is_queries(const ParameterFacts& parameter) const {
    return method_.is_hook() && parameter.name == "queries" &&
           parameter.type.kind == ValueKind::kBuffer && parameter.type.element == "float";
  }

  /// What attention says of all tokens that a layer keeps: (kv_heads, length).
  bool is_weights(const ParameterFacts& parameter) const {
    return method_.name == "after_weights" && parameter.type.kind == ValueKind::kBuffer &&
           parameter.type.element == "float";
  }

  /// Of a layer that whoever calls knows, and no scenario chooses.
  bool comes_with_tokens() const {
    return llvm::any_of(method_.parameters, [&](const ParameterFacts& one) {
      return is_queries(one) || is_weights(one);
    });
  }

  bool any_layer() const {
    for (size_t i = 0; i < method_.parameters.size(); ++i)
      if (is_layer(method_, i, library_)) return true;
    return false;
  }

  std::optional<RangeAnnotation> said_of(const ParameterFacts& parameter) const {
    const auto found = method_.said.parameters.find(parameter.name);
    if (found == method_.said.parameters.end()) return std::nullopt;
    return found->second;
  }

  /// The expression that makes it of what a scenario holds.
  std::string argument(size_t i) {
    const ParameterFacts& parameter = method_.parameters[i];
    const ValueType& type = parameter.type;
    const std::string at = "(" + std::to_string(i) + ")";
    const bool bound_to_temporary = type.is_written && type.element.empty();
    if (bound_to_temporary && type.kind != ValueKind::kOther)
      return refuse(parameter, "it is written to");
    switch (type.kind) {
      case ValueKind::kBool:
      case ValueKind::kReal:
      case ValueKind::kEnum:
        return "given.number<" + type.bare + ">" + at;
      case ValueKind::kInteger:
        if (parameter.is_count) return count(i);
        if (depends_on_peer(parameter, library_) && !said_of(parameter))
          return refuse(parameter, "it is handed to a peer as a place there; give it a range");
        if (parameter.is_unchecked && !said_of(parameter) && !is_layer(method_, i, library_))
          return refuse(parameter, "it chooses an element, and is not checked; give it a range");
        return "given.number<" + type.bare + ">" + at;
      case ValueKind::kPointer:
        if (type.element == "float") return "given.floats" + at;
        if (type.is_written) return refuse(parameter, "it is written to, and is not of floats");
        return "given.many<" + type.element + ">" + at + ".data()";
      case ValueKind::kSequence:
        if (type.is_written) return refuse(parameter, "it is written to");
        if (llvm::StringRef(type.bare).starts_with("std::array"))
          return refuse(parameter, "its size is fixed");
        return "given.many<" + type.element + ">" + at;
      case ValueKind::kBuffer:
        if (is_queries(parameter) || is_weights(parameter))
          return "given.buffer(" + std::to_string(i) + ", self.device)";
        return refuse(parameter, "nothing is known of " + type.spelled);
      case ValueKind::kText:
        return "given.text" + at + (type.bare == "const char *" ? ".c_str()" : "");
      default:
        return refuse(parameter, "nothing is known of " + type.spelled);
    }
  }

  /// The least of the arrays in front of it: no method may be told of more than there is.
  std::string count(size_t i) const {
    if (i > 0 && is_queries(method_.parameters[i - 1]))
      return "queries_in(given.size(" + std::to_string(i - 1) + "))";
    std::vector<std::string> sizes;
    for (size_t j = i; j-- > 0 && method_.parameters[j].type.kind == ValueKind::kPointer;)
      sizes.insert(sizes.begin(), "given.size(" + std::to_string(j) + ")");
    return sizes.size() == 1 ? sizes[0] : "std::min({" + llvm::join(sizes, ", ") + "})";
  }

  DescribedCall::Parameter parameter(size_t i) const {
    const ParameterFacts& parameter = method_.parameters[i];
    const bool layer = is_layer(method_, i, library_);
    // The first is the one that scenarios set; of two, each has a name of its own.
    bool is_first = true;
    for (size_t j = 0; j < i; ++j) is_first = is_first && !is_layer(method_, j, library_);
    std::string name = layer && is_first ? "layer" : parameter.name;
    const bool is_named = !name.empty() && !parameter.name.empty();
    if (name.empty()) name = "_" + std::to_string(i);
    const std::string form = is_queries(parameter)                     ? "Parameter::kQueries"
                             : parameter.is_count                      ? "Parameter::kCount"
                             : parameter.type.kind == ValueKind::kText ? "Parameter::kText"
                             : !parameter.type.element.empty()         ? "Parameter::kArray"
                                                                       : "";
    const auto said = said_of(parameter);
    const bool is_logits = kind_ == ArtifactKind::kSampler && !parameter.type.element.empty();
    const std::string range = is_logits && !said               ? "reals(-8, 8)"
                              : is_weights(parameter) && !said ? "{0, 15}"
                              : layer && !said
                                  ? kLayers
                                  : guess_range(parameter.type, parameter.default_value, said);
    return {name, "{\"" + name + "\", " + range + (form.empty() ? "" : ", " + form) + "}",
            is_named && !parameter.is_count && !(layer && comes_with_tokens()), form};
  }

  std::string refuse(const ParameterFacts& parameter, const std::string& why) {
    out_.obstacle = "of its parameter " + parameter.name + ": " + why;
    return "";
  }

  const MethodFacts& method_;
  const ArtifactKind kind_;
  const TestingLibrary& library_;
  DescribedCall out_;
};

}  // namespace

DescribedCall describe_call(const MethodFacts& method, ArtifactKind kind,
                            const TestingLibrary& library) {
  return Describe(method, kind, library).run();
}

}  // namespace combiner
