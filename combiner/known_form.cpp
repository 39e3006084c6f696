#include "combiner/known_form.h"

#include <algorithm>

#include "combiner/guess_kind.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

using Methods = std::vector<KnownMethod>;

bool is_integer(const ParameterFacts& parameter) {
  return parameter.type.kind == ValueKind::kInteger;
}

bool is_pointer_to(const ParameterFacts& parameter, const std::string& element, bool written) {
  return parameter.type.kind == ValueKind::kPointer && parameter.type.element == element &&
         parameter.type.is_written == written;
}

/// Of a cache: what a peer takes first, or what chooses an element.
bool is_layer(const ParameterFacts& parameter) {
  return is_integer(parameter) &&
         (parameter.is_index ||
          std::any_of(parameter.passed_to.begin(), parameter.passed_to.end(),
                      [](llvm::StringRef target) { return target.ends_with(" 0"); }));
}

/// The methods that are of a shape, in order.
template <class Shape>
std::vector<const MethodFacts*> methods_of(const ArtifactFacts& facts, Shape is_of_shape) {
  std::vector<const MethodFacts*> out;
  for (const MethodFacts& method : facts.methods)
    if (!method.is_hook() && is_of_shape(method)) out.push_back(&method);
  return out;
}

/// The one that already has the name, else the first.
const MethodFacts* chosen(const std::vector<const MethodFacts*>& methods, llvm::StringRef name) {
  for (const MethodFacts* method : methods)
    if (method->name == name) return method;
  return methods.empty() ? nullptr : methods.front();
}

KnownMethod known(const std::string& name, const MethodFacts& own, const std::string& definition) {
  return {name, own.name == name ? "" : definition};
}

// ---- attention ----------------------------------------------------------------------------------

/// void forward(int layer, float* out, const float* queries, int count), in any order.
Methods form_of_attention(const ArtifactFacts& facts) {
  for (const MethodFacts* method :
       methods_of(facts, [](const MethodFacts& one) { return one.parameters.size() == 4; })) {
    std::vector<std::string> arguments;
    std::string left = "layer out queries count";
    const auto take = [&](const std::string& name) {
      const size_t at = left.find(name);
      if (at == std::string::npos) return;
      left.erase(at, name.size());
      arguments.push_back(name);
    };
    const bool has_layer = std::any_of(method->parameters.begin(), method->parameters.end(),
                                       [](const ParameterFacts& one) { return is_layer(one); });
    for (const ParameterFacts& parameter : method->parameters) {
      if (is_pointer_to(parameter, "float", /*written=*/true)) take("out");
      if (is_pointer_to(parameter, "float", /*written=*/false)) take("queries");
      if (!is_integer(parameter)) continue;
      const bool first = left.find("layer") != std::string::npos;
      take((has_layer ? is_layer(parameter) : first) ? "layer" : "count");
    }
    if (arguments.size() != 4) continue;
    const std::string call = llvm::join(arguments, ", ");
    if (method->name == "forward" && call == "layer, out, queries, count") return {{"forward", ""}};
    return {{"forward",
             "void forward(int layer, float* out, const float* queries, int count) {\n"
             "this->" +
                 facts.name + "::" + method->name + "(" + call + ");\n}\n"}};
  }
  return {};
}

// ---- model --------------------------------------------------------------------------------------

bool are_logits(const ValueType& type) {
  return type.kind == ValueKind::kSequence && type.element == "float";
}

bool takes(const MethodFacts& method, ValueKind kind, const std::string& element = "") {
  return method.parameters.size() == 1 && method.parameters[0].type.kind == kind &&
         method.parameters[0].type.element == element;
}

/// A model that runs tokens, and is asked for logits later; or gives them as it runs.
class FormOfModel {
 public:
  explicit FormOfModel(const ArtifactFacts& facts) : facts_(facts) {}

  Methods run() {
    add_load();
    add_forward();
    add_logits();
    if (out_.size() != 3) return {};
    const MethodFacts* all = chosen(
        methods_of(facts_, [](const MethodFacts& one) { return takes_all(one); }), "prefill");
    if (all && all != forward_)
      out_.push_back(
          known("prefill", *all,
                "void prefill(const std::vector<int>& tokens) { " + all->name + "(tokens); }\n"));
    return std::move(out_);
  }

 private:
  static bool takes_all(const MethodFacts& method) {
    return takes(method, ValueKind::kSequence, "int") && method.reaches_peers;
  }

  void add_load() {
    const MethodFacts* load =
        chosen(methods_of(facts_,
                          [](const MethodFacts& one) {
                            return takes(one, ValueKind::kText) && one.reaches_peers;
                          }),
               "load");
    if (load)
      out_.push_back(known("load", *load,
                           "void load(const std::string& path) { " + load->name + "(path); }\n"));
  }

  /// All at once, by a pointer or in a vector, or one by one.
  void add_forward() {
    const auto by_pointer = methods_of(facts_, [](const MethodFacts& one) {
      return one.parameters.size() == 2 && is_pointer_to(one.parameters[0], "int", false) &&
             is_integer(one.parameters[1]) && one.reaches_peers;
    });
    const auto at_once = methods_of(facts_, [](const MethodFacts& one) { return takes_all(one); });
    const auto each = methods_of(facts_, [](const MethodFacts& one) {
      return takes(one, ValueKind::kInteger) && one.reaches_peers;
    });
    std::string call;
    if ((forward_ = chosen(by_pointer, "forward")))
      call = "(tokens, count)";
    else if ((forward_ = chosen(at_once, "forward")))
      call = "({tokens, tokens + count})";
    else if ((forward_ = chosen(each, "forward")))
      call = "(tokens[i])";
    else
      return;
    gives_logits_ = are_logits(forward_->result);
    if (call == "(tokens, count)" && !gives_logits_ && forward_->name == "forward")
      return out_.push_back({"forward", ""});
    const bool one_by_one = call == "(tokens[i])";
    out_.push_back(
        {"forward", "void forward(const int* tokens, int count) {\n" +
                        std::string(one_by_one ? "for (int i = 0; i < count; ++i) " : "") +
                        (gives_logits_ ? "newest_logits = " : "") + "this->" + facts_.name +
                        "::" + forward_->name + call + ";\n}\n"});
  }

  /// Of the newest token alone, where the artifact tells of no other.
  void add_logits() {
    const auto counted = methods_of(facts_, [](const MethodFacts& one) {
      return are_logits(one.result) && takes(one, ValueKind::kInteger);
    });
    const auto newest = methods_of(facts_, [](const MethodFacts& one) {
      return are_logits(one.result) && one.parameters.empty();
    });
    const std::string newest_only =
        "std::vector<float> logits(int count) {\n"
        "if (count != 1) throw std::out_of_range(\"logits of the newest token alone\");\n";
    if (gives_logits_)
      return out_.push_back({"logits", "std::vector<float> newest_logits;\n" + newest_only +
                                           "return newest_logits;\n}\n"});
    if (const MethodFacts* own = chosen(counted, "logits"); own && own != forward_)
      return out_.push_back(
          known("logits", *own,
                "std::vector<float> logits(int count) { return " + own->name + "(count); }\n"));
    if (const MethodFacts* own = chosen(newest, "logits"))
      out_.push_back(
          {"logits", newest_only + "return this->" + facts_.name + "::" + own->name + "();\n}\n"});
  }

  const ArtifactFacts& facts_;
  const MethodFacts* forward_ = nullptr;
  bool gives_logits_ = false;
  Methods out_;
};

// ---- key/value cache ----------------------------------------------------------------------------

/// reset(layers, kv_heads, head_dim); append(layer, keys, values, count); and some numbers of a
/// layer, of which one is its length.
Methods form_of_kv_cache(const ArtifactFacts& facts) {
  const auto all_integers = [](const MethodFacts& one) {
    return std::all_of(one.parameters.begin(), one.parameters.end(), is_integer);
  };
  const auto is_told = [&](const MethodFacts& one) {
    return one.parameters.size() == 1 && is_layer(one.parameters[0]) &&
           one.result.kind == ValueKind::kInteger;
  };
  const MethodFacts* reset = chosen(methods_of(facts,
                                               [&](const MethodFacts& one) {
                                                 return one.parameters.size() == 3 &&
                                                        all_integers(one) &&
                                                        one.result.kind == ValueKind::kNothing &&
                                                        !is_layer(one.parameters[0]);
                                               }),
                                    "reset");
  const MethodFacts* append =
      chosen(methods_of(facts,
                        [&](const MethodFacts& one) {
                          return one.parameters.size() == 4 && is_layer(one.parameters[0]) &&
                                 is_pointer_to(one.parameters[1], "float", /*written=*/false) &&
                                 is_pointer_to(one.parameters[2], "float", /*written=*/false) &&
                                 is_integer(one.parameters[3]);
                        }),
             "append");
  const auto told = methods_of(facts, is_told);
  if (!reset || !append || told.empty()) return {};
  Methods out;
  out.push_back(known("reset", *reset,
                      "void reset(int layers, int kv_heads, int head_dim) {\n" + reset->name +
                          "(layers, kv_heads, head_dim);\n}\n"));
  out.push_back(known("append", *append,
                      "void append(int layer, const float* keys, const float* values, int count) "
                      "{\n" +
                          append->name + "(layer, keys, values, count);\n}\n"));
  if (chosen(told, "length")->name == "length") return out.push_back({"length", ""}), out;
  std::vector<std::string> calls;
  for (const MethodFacts* method : told) calls.push_back("int(" + method->name + "(layer))");
  out.push_back(
      {"length", "std::vector<int> numbers_of(int layer) { return {" + llvm::join(calls, ", ") +
                     "}; }\nint length(int layer) { return numbers_of(layer)[length_among(*this)]; "
                     "}\n"});
  return out;
}

Methods form_of_loader(const ArtifactFacts& facts) {
  const auto loads = methods_of(facts, fills_a_model);
  if (loads.empty()) return {};
  const MethodFacts* load = chosen(loads, "load");
  return {known("load", *load,
                "void load(const std::string& path, LlamaConfig& config, LlamaWeights& weights) {\n"
                "this->" +
                    facts.name + "::" + load->name + "(path, config, weights);\n}\n")};
}

}  // namespace

Methods known_form(const ArtifactFacts& facts) {
  switch (facts.kind) {
    case ArtifactKind::kAttention:
      return form_of_attention(facts);
    case ArtifactKind::kModel:
      return FormOfModel(facts).run();
    case ArtifactKind::kCacheManager:
      return form_of_kv_cache(facts);
    case ArtifactKind::kLoader:
      return form_of_loader(facts);
    default:
      return {};
  }
}

}  // namespace combiner
