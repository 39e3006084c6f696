#include "combiner/method_edits.h"

#include <algorithm>
#include <set>

#include "combiner/main_text.h"
#include "combiner/statement_text.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

using Kind = Fact::Kind;

bool within(unsigned offset, const std::vector<FileRange>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const FileRange& range) {
    return range.begin <= offset && offset < range.end;
  });
}

/// Did every witness that met this decision take it the same way?
bool agreed(const Fact& fold, const std::vector<const Method*>& witnesses) {
  for (const Method* witness : witnesses) {
    bool same = false, met = false;
    for (const Fact& other : witness->facts) {
      if (other.kind != Kind::kFold || other.decision != fold.decision) continue;
      if (fold.decision == 0 && other.at != fold.at) continue;
      met = true;
      same = same || (other.outcome == fold.outcome && other.text == fold.text);
    }
    if (met && !same) return false;
    if (!met && !within(fold.at.begin, witness->discarded)) return false;
  }
  return true;
}

class Editor {
 public:
  Editor(const std::vector<const Method*>& witnesses, const MethodText& in,
         Diagnostics& diagnostics)
      : witnesses_(witnesses), method_(*witnesses[0]), in_(in), diagnostics_(diagnostics) {
    const auto function = in.plan.functions.find(method_.key);
    hoisted_ = function != in.plan.functions.end();
    if (hoisted_) function_ = function->second;
    const Registered* artifact = in.registry.find(method_.instance);
    if (hoisted_ && artifact && !artifact->container.empty()) {
      element_type_ = (method_.is_const ? "const " : "") + artifact->type;
      element_ = element_name();
    }
    std::set<Fact> all;
    for (const Method* witness : witnesses)
      all.insert(witness->facts.begin(), witness->facts.end());
    facts_.assign(all.begin(), all.end());
  }

  std::vector<Edit> run() {
    edit_signature();
    for (const Fact& fact : facts_) edit_fact(fact);
    paste_objects();
    for (const Fact& fact : facts_)
      if (fact.kind == Kind::kHook) edit_hook(fact);
    drop_unused_captures();
    while (drop_unused_local()) {
    }
    quiet_unused_parameters();
    check_every_self();
    edits_.insert(edits_.end(), pasted_.begin(), pasted_.end());
    check_agreement();
    return std::move(edits_);
  }

 private:
  std::string slice(unsigned begin, unsigned end) const {
    return in_.text.substr(begin, end - begin);
  }
  void replace(unsigned begin, unsigned end, std::string text) {
    if (begin == end && text.empty()) return;
    if (slice(begin, end) == text) return;
    edits_.push_back({begin, end, std::move(text)});
  }
  void replace(const FileRange& range, std::string text) {
    replace(range.begin, range.end, std::move(text));
  }

  bool is_local_name(const std::string& name) const {
    return std::find(method_.locals.begin(), method_.locals.end(), name) != method_.locals.end();
  }

  /// What stands in front of an own member: "self.compressor." or "", or "this->" when a local
  /// variable has the member's name.
  std::string own_prefix(const std::string& member, bool as_const = false) const {
    if (!hoisted_) return is_local_name(member) ? "this->" : "";
    return (as_const ? "std::as_const(" + own_path() + ")" : own_path()) + ".";
  }

  /// Of an artifact in an array: "layer" for a Layer, if the text does not say that otherwise.
  std::string element_name() const {
    const std::string name = snake_case(method_.class_name);
    for (const std::string& candidate : {name, "this_" + name, "one_" + name})
      if (identifiers(in_.text, method_.slice.begin, method_.slice.end, candidate).empty())
        return candidate;
    return name + "_itself";
  }

  /// The first arguments of a function of the service that is called for `element`.
  static std::string object_arguments(const std::string& element, bool more) {
    return "self" + (element.empty() ? "" : ", " + element) + (more ? ", " : "");
  }

  void edit_signature() {
    const std::string service = (method_.hides_service ? "::" : "") + in_.registry.service.name;
    if (hoisted_) {
      replace(method_.name_range, function_);
      const std::string self =
          service + "& self" + (element_.empty() ? "" : ", " + element_type_ + "& " + element_);
      if (method_.self_parameter.end)
        replace(method_.self_parameter, self);
      else if (!method_.is_static)
        replace(method_.parameters_open + 1, method_.parameters_open + 1,
                self + (method_.has_parameters ? ", " : ""));
      if (method_.is_static) drop_static();
      if (!method_.self_parameter.end && method_.is_const) drop_trailing_const();
      for (const Fact& fact : facts_)
        if (fact.kind == Kind::kReturn && fact.text.find("lambda") == std::string::npos)
          replace(fact.at, fact.text);
      return;
    }
    if (!method_.self_parameter.end) return;
    unsigned end = method_.self_parameter.end;
    if (method_.has_parameters)
      while (end < in_.text.size() && (in_.text[end] == ',' || llvm::isSpace(in_.text[end]))) ++end;
    replace(method_.self_parameter.begin, end, "");
    const bool is_const = std::all_of(witnesses_.begin(), witnesses_.end(),
                                      [](const Method* m) { return m->is_const; });
    if (is_const) replace(method_.parameters_close + 1, method_.parameters_close + 1, " const");
    if (called_from_above())
      for (const Fact& fact : facts_)
        if (fact.kind == Kind::kReturn) replace(fact.at, fact.text);
  }

  void drop_static() {
    const size_t at = in_.text.find("static ", method_.slice.begin);
    if (at < method_.name_range.begin) replace(at, at + 7, "");
  }

  void drop_trailing_const() {
    const size_t at = in_.text.find("const", method_.parameters_close);
    const size_t body = in_.text.find('{', method_.parameters_close);
    if (at != std::string::npos && at < body) replace(at, at + 5, "");
  }

  /// A deduced return type must be known where it is used.
  bool called_from_above() const {
    for (const auto& [key, other] : in_.methods)
      if (other->class_name == method_.class_name && other->slice.begin < method_.slice.begin)
        for (const std::string& callee : other->callees)
          if (callee == method_.key) return true;
    return false;
  }

  void edit_fact(const Fact& fact) {
    switch (fact.kind) {
      case Kind::kSelf:
        if (fact.text == "this") {
          if (hoisted_) replace(fact.at, "&" + own_path());
        } else {
          replace(fact.at, !hoisted_       ? "(*this)"
                           : fact.as_const ? "std::as_const(" + own_path() + ")"
                                           : own_path());
        }
        break;
      case Kind::kMember:
        replace(fact.at, own_prefix(slice(fact.name.begin, fact.name.end), fact.as_const));
        break;
      case Kind::kImplicit:
        if (hoisted_) replace(fact.at, own_prefix("", fact.as_const));
        break;
      case Kind::kPeer:
        replace(fact.at, (fact.as_const ? "std::as_const(self)." : "self.") + fact.instance +
                             within_calls(fact));
        break;
      case Kind::kStatic:
        replace(fact.at, fact.text + "::");
        break;
      case Kind::kCall:
        edit_call(fact);
        break;
      case Kind::kStaticCall:
        if (const auto function = in_.plan.functions.find(fact.callee);
            function != in_.plan.functions.end())
          replace(fact.at, function->second);
        break;
      case Kind::kSubstitute:
      case Kind::kQualify:
        if (hoisted_) replace(fact.at, fact.text);
        break;
      case Kind::kCapture:
        edit_capture(fact);
        break;
      case Kind::kFold:
        if (agreed(fact, witnesses_))
          edits_.push_back(fact.text.empty() ? whole_line(in_.text, fact.at.begin, fact.at.end)
                                             : Edit{fact.at.begin, fact.at.end, fact.text});
        break;
      case Kind::kHook:
      case Kind::kLocal:
      case Kind::kCaptured:
      case Kind::kUse:
      case Kind::kReturn:
        break;
    }
  }

  /// Of `self.prefix_directory.block`, which a rank reads for itself where calls go elsewhere.
  std::string within_calls(const Fact& fact) const {
    const bool is_field = in_.text[fact.at.end] == '.';
    return in_.registry.has_calls(fact.instance) && is_field ? ".owned" : "";
  }

  std::string own_path() const {
    if (!element_.empty()) return element_;
    return method_.instance.empty() ? "self" : "self." + method_.instance;
  }

  /// `[&self]` of a member captures `this`; `[this]` of a function of the service captures `self`,
  /// and the artifact that is passed beside it.
  void edit_capture(const Fact& fact) {
    const bool is_needed =
        std::any_of(fact.listeners.begin(), fact.listeners.end(),
                    [&](const auto& key) { return in_.plan.functions.count(key) > 0; });
    if (!fact.listeners.empty() && !is_needed) return;
    if (!hoisted_) {
      if (fact.text.empty()) replace(fact.at, "this");
      return;
    }
    const bool captures = fact.text.empty() || fact.text == "this";
    std::string text = captures ? "&self" : fact.text;
    if (!element_.empty() && fact.text != "&self, ") text += ", &" + element_;
    replace(fact.at, text);
  }

  void edit_call(const Fact& fact) {
    const auto function = in_.plan.functions.find(fact.callee);
    if (function != in_.plan.functions.end()) {
      if (needs_object(fact)) {
        with_object_.push_back(&fact);
        return;
      }
      replace(fact.at.begin, fact.open_paren + 1,
              called(fact) + object_arguments(element_, fact.has_arguments));
      return;
    }
    switch (fact.object) {
      case Fact::Object::kOwn:
        replace(fact.at.begin, object_part_end(fact),
                own_prefix(slice(fact.name.begin, fact.name.end), fact.as_const));
        break;
      case Fact::Object::kPeer:
        replace(fact.at.begin, object_part_end(fact),
                !hoisted_  // itself, by the name that it is registered under
                    ? own_prefix(slice(fact.name.begin, fact.name.end), fact.as_const)
                    : (fact.as_const ? "std::as_const(self)." : "self.") + fact.instance + ".");
        break;
      case Fact::Object::kAlias:
      case Fact::Object::kExpression:
      case Fact::Object::kOneOf:
        break;
    }
  }

  /// Behind the dot of `self.Base::score(1)`; what qualifies the name stays.
  unsigned object_part_end(const Fact& call) const {
    if (!call.object_end) return call.at.begin;
    unsigned end = call.object_end;
    while (end < call.name.begin && in_.text[end] != '.' && in_.text[end] != '>') ++end;
    if (end == call.name.begin) return call.name.begin;
    const llvm::StringRef rest = llvm::StringRef(in_.text).slice(end + 1, call.name.begin).trim();
    return rest.ends_with("::") ? end + 1 : call.name.begin;
  }

  /// "kv_cache_length(" with what is written between the name and the parenthesis.
  std::string called(const Fact& fact) const {
    return in_.plan.functions.at(fact.callee) + slice(fact.name.end, fact.open_paren + 1);
  }

  bool is_element(const Fact& call) const {
    const Registered* artifact = in_.registry.find(call.instance);
    return artifact && !artifact->container.empty();
  }

  /// An artifact in an array is an argument of its methods; an object that is made by a call is
  /// made first.
  bool needs_object(const Fact& call) const {
    if (call.object == Fact::Object::kOwn) return false;
    return is_element(call) || call.object == Fact::Object::kExpression;
  }

  /// Before:  self.layers[i].forward(x)              self.kv.set(4).add(5)
  /// After:   layers_forward(self, self.layers[i], x)    (kv_set(self, 4), kv_add(self, 5))
  /// The innermost first, so that it is a part of the text of those around it.
  void paste_objects() {
    std::stable_sort(with_object_.begin(), with_object_.end(), [](const Fact* a, const Fact* b) {
      return a->at.end - a->at.begin < b->at.end - b->at.begin;
    });
    for (const Fact* call : with_object_) {
      std::vector<Edit> all = edits_;
      all.insert(all.end(), pasted_.begin(), pasted_.end());
      const std::string object = render(in_.text, call->at.begin, call->object_end, all);
      const bool arrow = slice(call->object_end, call->name.begin).find("->") != std::string::npos;
      if (is_element(*call)) {
        pasted_.push_back(
            {call->at.begin, call->open_paren + 1,
             called(*call) + object_arguments((arrow ? "*" : "") + object, call->has_arguments)});
      } else {
        pasted_.push_back(
            {call->at.begin, call->open_paren + 1,
             "(" + object + ", " + called(*call) + object_arguments("", call->has_arguments)});
        pasted_.push_back({call->call_end, call->call_end, ")"});
      }
    }
  }

  /// Two instantiations of one text may mean different methods by it.
  void check_agreement() {
    std::map<std::pair<unsigned, unsigned>, const Edit*> seen;
    for (const Edit& edit : edits_) {
      if (edit.begin == edit.end || is_inside_another(edit)) continue;
      const auto [other, fresh] = seen.emplace(std::pair{edit.begin, edit.end}, &edit);
      if (fresh || other->second->text == edit.text) continue;
      Diagnostic d = diagnose(DiagnosticName::instantiations_differ,
                              {method_.slice.file, edit.begin, edit.end},
                              function_of(*other->second), function_of(edit));
      diagnostics_.push_back(std::move(d));
    }
  }

  static std::string function_of(const Edit& edit) {
    return llvm::StringRef(edit.text).split('(').first.str();
  }

  bool is_inside_another(const Edit& edit) const {
    return std::any_of(edits_.begin(), edits_.end(), [&](const Edit& other) {
      return other.begin <= edit.begin && edit.end <= other.end &&
             other.end - other.begin > edit.end - edit.begin;
    });
  }

  /// One listener: the call itself. Several: one call after the other. None: nothing is left.
  void edit_hook(const Fact& fact) {
    if (fact.listeners.empty()) {
      replace_line(fact.at, fact.in_block ? "" : "{}");
      return;
    }
    unsigned close = fact.at.end;
    while (close > fact.open_paren && in_.text[close] != ')') --close;
    if (fact.listeners.size() == 1) {
      replace(fact.at.begin, fact.open_paren + 1, listener_call(fact.listeners[0], fact));
      return;
    }
    std::vector<Edit> all = edits_;
    all.insert(all.end(), pasted_.begin(), pasted_.end());
    const std::string arguments = render(in_.text, fact.open_paren + 1, close, all);
    std::string text;
    for (const std::string& listener : fact.listeners)
      text += (text.empty() ? "" : "\n") + listener_call(listener, fact) + arguments + ");";
    replace(fact.at, fact.in_block ? text : "{ " + text + " }");
  }

  std::string listener_call(const std::string& key, const Fact& fact) const {
    const auto function = in_.plan.functions.find(key);
    const Method& method = *in_.methods.at(key);
    const Registered* artifact = in_.registry.find(method.instance);
    std::string before, element, object = "self." + method.instance;
    if (artifact && !artifact->container.empty()) {
      element = is_local_name("each") ? "each_" + snake_case(artifact->class_name) : "each";
      before = "for (auto& " + element + " : " + object + ") ";
      object = element;
    }
    if (function != in_.plan.functions.end())
      return before + function->second + "(" + object_arguments(element, fact.has_arguments);
    return before + object + "." + method.name + "(";
  }

  /// A statement that goes takes its line with it.
  void replace_line(const FileRange& range, const std::string& text) {
    unsigned begin = range.begin, end = range.end;
    if (text.empty()) {
      while (begin > 0 && in_.text[begin - 1] == ' ') --begin;
      if (end < in_.text.size() && in_.text[end] == '\n' && begin > 0 &&
          in_.text[begin - 1] == '\n')
        ++end;
      else
        begin = range.begin;
    }
    replace(begin, end, text);
  }

  bool is_live(const Fact& use) const {
    if (!is_replaced(edits_, use.at.begin, use.at.end)) return true;
    for (const Fact& hook : facts_)  // several listeners: its arguments are pasted
      if (hook.kind == Kind::kHook && hook.listeners.size() > 1 && hook.open_paren < use.at.begin &&
          use.at.end < hook.at.end)
        return true;
    return false;
  }

  /// Before:  [extra, &self] { return self.kv.n + (self.world.size() > 1 ? extra : 0); }
  /// After:   [&self] { return self.kv.n; }
  void drop_unused_captures() {
    for (const Fact& capture : facts_) {
      if (capture.kind != Kind::kCaptured) continue;
      const std::string name =
          llvm::StringRef(slice(capture.at.begin, capture.at.end)).ltrim("& ").str();
      const auto uses = identifiers(in_.text, capture.name.begin, capture.name.end, name);
      const bool live = std::any_of(uses.begin(), uses.end(), [&](unsigned at) {
        return !is_replaced(edits_, at, at + static_cast<unsigned>(name.size()));
      });
      if (live || uses.empty()) continue;
      unsigned begin = capture.at.begin, end = capture.at.end;
      while (llvm::isSpace(in_.text[end])) ++end;
      if (in_.text[end] == ',') {
        ++end;
        while (llvm::isSpace(in_.text[end])) ++end;
      } else {
        end = capture.at.end;
        while (llvm::isSpace(in_.text[begin - 1])) --begin;
        if (in_.text[begin - 1] == ',') --begin;
      }
      std::string kept;  // what was to stand in front of it
      for (const Edit& edit : edits_)
        if (edit.begin == begin && edit.end == begin) kept = edit.text;
      if (in_.text[end] == ']') kept = llvm::StringRef(kept).rtrim(", ").str();
      edits_.push_back({begin, end, kept});
    }
  }

  bool drop_unused_local() {
    for (const Fact& local : facts_) {
      if (local.kind != Kind::kLocal || is_replaced(edits_, local.at.begin, local.at.end)) continue;
      bool live = false, lost = false;
      for (const Fact& use : facts_)
        if (use.kind == Kind::kUse && use.variable == local.variable)
          (is_live(use) ? live : lost) = true;
      const bool cropped = std::any_of(facts_.begin(), facts_.end(), [](const Fact& fact) {
        return fact.kind == Kind::kFold || fact.kind == Kind::kHook;
      });
      if (live || (!lost && !cropped) || is_said_unseen(local.variable)) continue;
      if (!local.text.empty()) {  // what it is initialized with must still happen
        const Edit quiet = {local.at.begin, local.at.begin, local.text};
        if (std::find(edits_.begin(), edits_.end(), quiet) == edits_.end()) edits_.push_back(quiet);
        continue;
      }
      replace_line(local.at, "");
      edits_.push_back(
          whole_line(in_.text, local.at.begin, with_trailing_comment(in_.text, local.at.end)));
      return true;
    }
    return false;
  }

  void quiet_unused_parameters() {
    for (const Parameter& parameter : method_.parameters) {
      if (parameter.name.empty() || parameter.always_quiet || !parameter.name_range.end) continue;
      bool live = false;
      for (const Fact& use : facts_)
        live = live || (use.kind == Kind::kUse && use.variable == parameter.name_range.begin &&
                        is_live(use));
      live = live || is_said_unseen(parameter.name_range.begin);
      if (!live) replace(parameter.name_range, "/*" + parameter.name + "*/");
    }
  }

  /// Of a branch that Clang did not see, what `self.name` is, its name tells: an own member, a
  /// peer, a method that is emitted.
  bool edit_unseen(unsigned at) {
    static const llvm::Regex kPath(
        "^self *\\. *([A-Za-z_0-9]+)( *\\. *([A-Za-z_0-9]+))?( *\\( *(\\))?)?");
    llvm::SmallVector<llvm::StringRef, 6> match;
    const llvm::StringRef text = llvm::StringRef(in_.text).substr(at);
    if (!kPath.match(text, &match)) return false;
    const std::string first = match[1].str(), second = match[3].str();
    const unsigned name = at + static_cast<unsigned>(match[1].data() - text.data());
    const bool called = !match[4].empty();
    const bool own = method_.instance.empty()
                         ? !in_.registry.find(first)
                         : is_data(method_.class_name, first) || emitted(method_.instance, first);
    if (own && called && second.empty())
      return call_unseen(method_.instance, first, at, name, match[4]);
    if (own) {
      replace(at, name, own_prefix(first));
      return true;
    }
    const Registered* peer = in_.registry.find(first);
    if (!peer || !hoisted_ || !peer->container.empty()) return false;
    if (called) return call_unseen(first, second, at, name, match[4]);
    return second.empty() || is_data(peer->class_name, second);
  }

  bool call_unseen(const std::string& instance, const std::string& name, unsigned at,
                   unsigned name_begin, llvm::StringRef parentheses) {
    const Method* method = emitted(instance, name);
    if (!method) return false;
    const auto function = in_.plan.functions.find(method->key);
    const bool own = instance == method_.instance;
    if (function == in_.plan.functions.end()) {
      if (own) replace(at, name_begin, own_prefix(name));
      return true;
    }
    const unsigned open = parentheses.data() - in_.text.data() + parentheses.find('(');
    if (!hoisted_) return false;
    replace(at, open + 1,
            function->second + "(" +
                object_arguments(own ? element_ : "", !parentheses.ends_with(")")));
    return true;
  }

  /// The one method of that name; null when there are several, or none.
  const Method* emitted(const std::string& instance, const std::string& name) const {
    const Method* out = nullptr;
    for (const auto& [key, method] : in_.methods)
      if (method->instance == instance && method->name == name) {
        if (out) return nullptr;
        out = method;
      }
    return out;
  }

  bool is_data(const std::string& class_name, const std::string& name) const {
    for (const Declaration& declaration : in_.declarations)
      if (declaration.is_artifact && declaration.class_name == class_name)
        for (const Declaration::Part& part : declaration.parts)
          if (part.field == name) return true;
    return false;
  }

  /// Is the variable that is declared at `variable` named in a branch that Clang did not see?
  bool is_said_unseen(unsigned variable) const {
    const std::string name = llvm::StringRef(in_.text)
                                 .substr(variable)
                                 .take_while([](char c) { return llvm::isAlnum(c) || c == '_'; })
                                 .str();
    for (const FileRange& unseen : in_.unseen)
      if (method_.slice.begin <= unseen.begin && unseen.end <= method_.slice.end &&
          !identifiers(in_.text, unseen.begin, unseen.end, name).empty())
        return true;
    return false;
  }

  /// Every `self` of the text must have been seen by the reader, or lie in what was cropped.
  void check_every_self() {
    if (!method_.self_parameter.end) return;
    for (const unsigned at :
         identifiers(in_.text, method_.self_parameter.end, method_.slice.end, "self")) {
      if (is_replaced(edits_, at, at + 4) || is_replaced(in_.gone, at, at + 4)) continue;
      if (within(at, in_.unseen) && edit_unseen(at)) continue;
      const bool seen =
          method_.instance.empty() ||
          std::any_of(facts_.begin(), facts_.end(), [&](const Fact& fact) {
            if (fact.kind == Kind::kLocal || fact.kind == Kind::kFold) return false;
            return fact.at.begin <= at && at < std::max(fact.at.end, fact.at.begin + 1);
          });
      if (seen) continue;
      diagnostics_.push_back(
          diagnose(DiagnosticName::unrewritten_self, {method_.slice.file, at, at + 4}));
    }
  }

  const std::vector<const Method*>& witnesses_;
  const Method& method_;
  const MethodText& in_;
  Diagnostics& diagnostics_;
  bool hoisted_ = false;
  std::string function_;
  std::string element_, element_type_;  // of an artifact in an array: its parameter
  std::vector<Fact> facts_;
  std::vector<Edit> edits_;
  std::vector<const Fact*> with_object_;  // calls whose object becomes an argument
  std::vector<Edit> pasted_;              // these, with the edits that are inside of them
};

}  // namespace

std::vector<Edit> method_edits(const std::vector<const Method*>& witnesses, const MethodText& in,
                               Diagnostics& diagnostics) {
  return Editor(witnesses, in, diagnostics).run();
}

}  // namespace combiner
