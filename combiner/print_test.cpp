#include "combiner/print_test.h"

#include <algorithm>
#include <set>

#include "combiner/describe_call.h"
#include "combiner/diagnostics.h"
#include "combiner/emission_text.h"
#include "combiner/format_text.h"
#include "combiner/guess_range.h"
#include "combiner/known_form.h"
#include "combiner/print_counts.h"
#include "combiner/print_peers.h"
#include "combiner/print_refusals.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// What every artifact is held to, by macros of its own; and by name, if it has a method.
constexpr const char* kUniversal = "testing/universal.h";
constexpr const char* kNoKind = "testing/no_kind.h";
constexpr const char* kCompressors = "testing/compressor.h";
constexpr const char* kCaches = "testing/cache.h";

/// Asked where the author says a range.
constexpr const char* kOfRanges = "what_is_meant_is_not_refused";

class Print {
 public:
  Print(const ArtifactFacts& facts, const TestingLibrary& library)
      : facts_(facts),
        library_(library),
        hooks_(hooks_as_peer(facts)),
        stand_ins_(stand_ins(facts, hooks_, library)),
        subject_(facts.name == "Subject" ? "TheSubject" : "Subject"),
        form_(known_form(facts)) {
    out_.untested = facts.untested;
    for (const StandIn& stand_in : stand_ins_)
      for (const PeerMember* member : stand_in.unknown) tell_unknown(stand_in, *member);
  }

  PrintedTest run(const Beside& beside) {
    describe_fields();
    choose_header();
    if (calls_)
      describe_known_calls();
    else if (const std::string reason = needs_its_kind(); reason.empty())
      describe_methods();
    else
      for (const MethodFacts& method : facts_.methods)
        out_.untested.push_back({method.name, reason});
    choose_laws();
    for (const KeptFailure& one : beside.kept) add_kept(one);
    golden_ = methods_.empty() ? "" : beside.golden;
    examples_ = print_examples(facts_, callable_, header_ == kCompressors || header_ == kCaches);
    if (!calls_) refusals_ = print_refusals(facts_, callable_, header_ == kCompressors);
    counts_ = print_counts(facts_, callable_, header_, holds_laws_);
    out_.diagnostics = examples_.diagnostics;
    llvm::append_range(out_.diagnostics, counts_.diagnostics);
    llvm::append_range(out_.untested, counts_.untested);
    Diagnostics ignored;
    const std::string artifact = classes() + subject() + description();
    const auto style = style_of("", ignored);
    out_.text = banner() + format_text(includes(false) + artifact + tests(), style);
    out_.fuzz = banner() + format_text(includes(true) + artifact + fuzzed(), style);
    return std::move(out_);
  }

 private:
  // ---- what is described --------------------------------------------------------------------

  void describe_fields() {
    for (const FieldFacts& field : facts_.fields) {
      const ValueKind kind = field.type.kind;
      const bool is_number = kind == ValueKind::kBool || kind == ValueKind::kInteger ||
                             kind == ValueKind::kReal || kind == ValueKind::kEnum;
      if (!is_number) {
        out_.untested.push_back({field.name, "a scenario holds no " + field.type.spelled});
        continue;
      }
      const bool counts = field.said.counts.has_value();  // it is no setting
      const std::string range =
          counts ? "{0, 0}" : guess_range(field.type, field.initializer, field.said.range);
      fields_.push_back("field_of<" + subject_ + ">(\"" + field.name + "\", &" + subject_ +
                        "::" + field.name + ", " +
                        (says_all(field) ? "said(" + range + ")" : range) + ")");
      if (!counts && !is_excepted("field_matters", field.name))
        relevance_.push_back((field.is_read ? "COOP_FIELD_MATTERS(" : "COOP_FIELD_IS_READ(") +
                             facts_.name + ", " + field.name + ")");
    }
  }

  /// A model tells of new tokens first, then says that it is time.
  std::vector<const MethodFacts*> in_order_of_calls() const {
    const auto turn = [](const MethodFacts* method) {
      const llvm::StringRef name = method->name;
      if (name.starts_with("before_")) return 0;
      if (name.starts_with("after_attend")) return 1;
      return method->is_hook() ? 2 : 3;
    };
    std::vector<const MethodFacts*> out;
    for (const MethodFacts& method : facts_.methods) out.push_back(&method);
    llvm::stable_sort(out, [&](const auto* a, const auto* b) { return turn(a) < turn(b); });
    return out;
  }

  /// A range of which the author says both ends, and no end is a guess.
  static bool says_all(const FieldFacts& field) {
    const auto& range = field.said.range;
    return range && !range->lowest.empty() && !range->highest.empty() && !field.said.counts;
  }

  void describe_methods() {
    for (const MethodFacts* each : in_order_of_calls()) {
      const MethodFacts& method = *each;
      DescribedCall call = describe_call(method, facts_.kind, library_);
      if (!call.obstacle.empty()) {
        out_.untested.push_back({method.name, call.obstacle});
        tell_unread(method);
        continue;
      }
      const std::string name = unique_name(method.name);
      methods_.push_back(method_text(method, name, call));
      callable_.push_back({name, &method, call});
      if (method.name == "after_reset")
        continue;  // what it clears, only another sequence would miss
      if (is_excepted("method_matters", method.name) ||
          is_excepted(method.said, "method_matters", ""))
        continue;
      relevance_.push_back("COOP_METHOD_MATTERS(" + facts_.name + ", " + name + ")");
      for (size_t i = 0; i < call.parameters.size(); ++i)
        if (call.parameters[i].matters)
          relevance_.push_back((method.parameters[i].is_read ? "COOP_PARAMETER_MATTERS("
                                                             : "COOP_PARAMETER_IS_READ(") +
                               facts_.name + ", " + name + ", " + std::to_string(i) + ", " +
                               test_name(name, call.parameters[i].name) + ")");
    }
  }

  /// Arrays that a method names and never looks at: that takes no call to be seen.
  void tell_unread(const MethodFacts& method) {
    const std::string name = unique_name(method.name);
    for (size_t i = 0; i < method.parameters.size(); ++i) {
      const ParameterFacts& one = method.parameters[i];
      if (!one.is_read && !one.name.empty() && one.type.kind == ValueKind::kPointer)
        relevance_.push_back("COOP_PARAMETER_IS_READ(" + facts_.name + ", " + name + ", " +
                             std::to_string(i) + ", " + test_name(name, one.name) + ")");
    }
  }

  /// Of overloads, the second is called <name>_2.
  std::string unique_name(const std::string& name) {
    const int count = ++overloads_[name];
    return count == 1 ? name : name + "_" + std::to_string(count);
  }

  /// A parameter as the name of its test says it: <method>_<parameter> may be a method, too.
  std::string test_name(const std::string& method, std::string parameter) const {
    for (bool taken = true; taken;) {
      const std::string name = method + "_" + parameter;
      taken = std::any_of(facts_.methods.begin(), facts_.methods.end(),
                          [&](const MethodFacts& one) { return one.name == name; }) ||
              std::any_of(facts_.fields.begin(), facts_.fields.end(),
                          [&](const FieldFacts& one) { return one.name == name; });
      if (taken) parameter += "_parameter";
    }
    return parameter;
  }

  std::string method_text(const MethodFacts& method, const std::string& name,
                          const DescribedCall& call) const {
    std::vector<std::string> parameters;
    for (const DescribedCall::Parameter& one : call.parameters) parameters.push_back(one.text);
    const bool by_reference = llvm::StringRef(method.result.spelled).contains('&');
    const std::string given = call.arguments.empty() ? "Given&" : "Given& given";
    const std::string role = method.is_hook()       ? "Role::kHook"
                             : method.reaches_peers ? "Role::kReachesPeers"
                                                    : "";
    std::string out = "method_of<" + subject_ + ">(\"" + name + "\", [](" + subject_ + "& self, " +
                      given + ")" + (by_reference ? " -> decltype(auto)" : "") + " { return self." +
                      method.name + "(" + call.arguments + "); }";
    if (!parameters.empty() || !role.empty()) out += ", {" + llvm::join(parameters, ", ") + "}";
    return out + (role.empty() ? "" : ", " + role) + ")";
  }

  /// A slip of the pen, mostly, where all is known of the peer.
  void tell_unknown(const StandIn& stand_in, const PeerMember& member) {
    if (!stand_in.reference) return;
    std::vector<std::string> known = stand_in.reference->data;
    for (const auto& [name, overloads] : stand_in.reference->methods) known.push_back(name);
    const std::vector<std::string> near = nearest(member.name, known);
    out_.untested.push_back({stand_in.peer->name + "." + member.name,
                             "the reference " + stand_in.peer->name + " cannot be asked for it so" +
                                 (near.empty() ? "" : "; it has " + llvm::join(near, ", "))});
  }

  // ---- which laws ---------------------------------------------------------------------------

  void choose_laws() {
    if (methods_.empty()) {  // nothing that anything could matter to
      std::erase_if(relevance_, [](llvm::StringRef one) { return !one.contains("_IS_READ("); });
      return;
    }
    for (const StandIn& stand_in : stand_ins_)
      for (const PeerMember& member : stand_in.peer->members)
        if (can_lie(stand_in, member) && !is_excepted("answer_matters", member.name))
          relevance_.push_back("COOP_ANSWER_MATTERS(" + facts_.name + ", " +
                               known_as(stand_in, member) + ", " + member.name + ")");
    add_laws(kUniversal);
    if (holds_laws_ || header_ == kNoKind) add_laws(header_);
  }

  /// The header of its kind, if its laws can be asked of it.
  void choose_header() {
    const std::string own = header_of_its_kind();
    holds_laws_ = library_.laws.count(own) > 0;
    if (holds_laws_) {
      header_ = own;
      for (const auto& [header, calls] : library_.calls)
        if (header == own || library_.is_included(header, own)) calls_ = &calls;
    } else if (reaches("kv_cache")) {
      header_ = kCompressors;  // which fills the cache in rounds
    } else if (facts_.kind == ArtifactKind::kNone) {
      header_ = kNoKind;
    }
  }

  /// Empty unless its peers, and the methods by which others know it, are those that laws know.
  std::string header_of_its_kind() const {
    switch (facts_.kind) {
      case ArtifactKind::kCompressor:
        return knows_what_it_does() && reaches("kv_cache") ? kCompressors : "";
      case ArtifactKind::kCacheManager:
        if (!form_.empty()) return kCaches;
        return knows_what_it_does() && reaches("pool") ? "testing/cache_manager.h" : "";
      case ArtifactKind::kAttention:
        return !form_.empty() && knows_what_it_does() && reaches("kv_cache") ? "testing/attention.h"
                                                                             : "";
      case ArtifactKind::kModel:
        return !form_.empty() && knows_what_it_does() ? "testing/model.h" : "";
      case ArtifactKind::kLoader:
        return form_.empty() ? "" : "testing/loader.h";
      case ArtifactKind::kSampler:
        return "testing/sampler.h";
      case ArtifactKind::kAllocator:
        return "testing/allocator.h";
      case ArtifactKind::kNone:
        break;
    }
    return "";
  }

  /// Why calls in any order, with any arguments, would say nothing; empty if they do.
  std::string needs_its_kind() const {
    const bool is_model = facts_.kind == ArtifactKind::kModel;
    const bool is_attention = facts_.kind == ArtifactKind::kAttention;
    const bool is_kv_cache =
        facts_.kind == ArtifactKind::kCacheManager && !reaches("pool") &&
        std::any_of(facts_.methods.begin(), facts_.methods.end(), [](const MethodFacts& one) {
          return one.parameters.size() == 3 && one.result.kind == ValueKind::kNothing &&
                 std::all_of(one.parameters.begin(), one.parameters.end(),
                             [](const ParameterFacts& parameter) {
                               return parameter.type.kind == ValueKind::kInteger;
                             });
        });
    if (holds_laws_ || !(is_model || is_attention || is_kv_cache)) return "";
    return std::string("a ") + name_of(facts_.kind) +
           " wants its calls in order, and this one is not of a form that is known";
  }

  /// Its kind says how it is called.
  void describe_known_calls() {
    std::vector<std::string> called;
    for (const MethodFacts& method : facts_.methods) called.push_back(method.name);
    for (const KnownMethod& known : form_)
      if (!known.definition.empty()) called.push_back(known.name);
    std::set<std::string> told;
    for (const std::string& name : called)
      if (calls_->methods.count(name) && told.insert(name).second)
        if (!is_excepted("method_matters", name))
          relevance_.push_back("COOP_METHOD_MATTERS(" + facts_.name + ", " + name + ")");
    methods_.push_back(calls_->function + "<" + subject_ + ">()");
    if (header_ == kCaches) add_answers();
  }

  /// What a cache tells of itself is called in a test as it is in an example: with a layer at most.
  void add_answers() {
    for (const MethodFacts& method : facts_.methods) {
      const bool is_answer = method.result.kind == ValueKind::kInteger &&
                             method.parameters.size() <= 1 && calls_->methods.count(method.name);
      if (!is_answer) continue;
      DescribedCall call;
      for (const ParameterFacts& one : method.parameters)
        call.parameters.push_back({one.name, "", false, ""});
      callable_.push_back({method.name, &method, call});
    }
  }

  bool reaches(const std::string& reference) const {
    return std::any_of(stand_ins_.begin(), stand_ins_.end(), [&](const StandIn& one) {
      return one.reference && one.reference->peer == reference;
    });
  }

  static bool is_unknown(const StandIn& stand_in, const PeerMember& member) {
    return std::count(stand_in.unknown.begin(), stand_in.unknown.end(), &member) > 0;
  }

  /// What a stand-in calls itself.
  static std::string known_as(const StandIn& stand_in, const PeerMember& member) {
    return is_unknown(stand_in, member) ? stand_in.peer->name : stand_in.reference->peer;
  }

  /// May another answer make a difference, and can what stands in for the peer give one?
  bool can_lie(const StandIn& stand_in, const PeerMember& member) const {
    const bool is_used = std::any_of(member.results.begin(), member.results.end(),
                                     [](const std::string& result) { return result != "nothing"; });
    return is_used && member.is_call && !stand_in.peer->is_indexed &&
           (is_unknown(stand_in, member) || stand_in.reference->tells.count(member.name));
  }

  /// Laws of a kind look at reference peers: they must have been asked for all that was done.
  bool knows_what_it_does() const {
    return std::any_of(stand_ins_.begin(), stand_ins_.end(),
                       [](const StandIn& one) { return one.reference; }) &&
           std::all_of(stand_ins_.begin(), stand_ins_.end(),
                       [](const StandIn& one) { return !one.reference || one.unknown.empty(); });
  }

  /// Its own, and those of the headers that it includes.
  void add_laws(const std::string& header) {
    static const std::set<std::string> kByMacro = {"boundary_values", "peers_preconditions_hold"};
    if (!listed_.insert(header).second || !library_.laws.count(header)) return;
    const bool any_range = llvm::any_of(facts_.fields, says_all);
    for (const Law& law : library_.laws.at(header))
      if (!kByMacro.count(law.name) && (any_range || law.name != kOfRanges) &&
          law.is_asked_for_by(facts_) && !is_excepted(law.name, ""))
        laws_.push_back(law.name);
    for (const std::string& included : library_.includes.at(header)) add_laws(included);
  }

  /// A law that the author has taken out takes its scenarios along.
  void add_kept(const KeptFailure& kept) {
    const Law* law = library_.find(kept.law);
    const bool is_asked =
        law && (law->header == header_ || library_.is_included(law->header, header_) ||
                (law->header == "testing/contracts.h" && facts_.has_promises));
    if (!is_asked)
      out_.untested.push_back({"kept " + kept.name(), "no law that it is held to is called so"});
    else if (!is_excepted(kept.law, ""))
      kept_.push_back("COOP_KEPT(" + facts_.name + ", " + kept.law + ", " +
                      std::to_string(kept.number) + ", " +
                      llvm::StringRef(kept.scenario).drop_front(sizeof "Scenario" - 1).str() + ")");
  }

  bool is_excepted(const std::string& law, const std::string& field) {
    return is_excepted(facts_.said, law, field);
  }

  bool is_excepted(const Annotations& said, const std::string& law, const std::string& field) {
    for (const ExceptAnnotation& one : said.exceptions) {
      const bool all = one.fields.empty() || field.empty();
      if (one.law != law || (!all && !std::count(one.fields.begin(), one.fields.end(), field)))
        continue;
      excepted_.insert(law + (one.fields.empty() ? "" : " (" + llvm::join(one.fields, ", ") + ")") +
                       (one.reason.empty() ? "" : ": " + one.reason));
      return true;
    }
    return false;
  }

  // ---- text ---------------------------------------------------------------------------------

  std::string banner() const {
    const std::string service = facts_.service.empty() ? "" : "--service " + facts_.service + " ";
    std::string out = wrap_comment("Tests of " + facts_.name + ", derived by `combine test " +
                                   service + facts_.file + "`.");
    out += wrap_comment(
        "To change them, write to the artifact: ranges, contracts, examples, exceptions "
        "(docs/testing.md).");
    out += wrap_comment("Kind:  " + std::string(name_of(facts_.kind)) + ", since " +
                        facts_.kind_reason);
    std::vector<std::string> peers;
    for (const StandIn& stand_in : stand_ins_) {
      std::vector<std::string> members;
      for (const PeerMember& member : stand_in.peer->members) members.push_back(member.name);
      peers.push_back(stand_in.peer->name + " {" + llvm::join(members, ", ") + "}");
    }
    if (!peers.empty()) out += wrap_comment("Peers: " + llvm::join(peers, ", "));
    for (const std::string& one : excepted_) out += wrap_comment("Excepted by the author: " + one);
    for (const Untested& one : out_.untested)
      out += wrap_comment("Not tested: " + one.name + ", since " + one.reason);
    return out;
  }

  std::string includes(bool is_fuzz) const {
    std::set<std::string> headers = {header_};
    for (const StandIn& stand_in : stand_ins_) {
      // A header of laws includes what they look at.
      if (stand_in.reference &&
          (header_ == kUniversal || !library_.is_included(stand_in.reference->header, header_)))
        headers.insert(stand_in.reference->header);
      if (stand_in.is_declared()) headers.insert("testing/fake_peer.h");
    }
    if (facts_.has_contracts) headers.insert("testing/contracts.h");
    if (!refusals_.empty()) headers.insert("testing/refusals.h");
    if (is_fuzz) {
      headers.insert("testing/fuzz.h");
    } else {
      if (examples_.count > 0) headers.insert("testing/example.h");
      if (!golden_.empty()) headers.insert("testing/golden.h");
      headers.insert(counts_.headers.begin(), counts_.headers.end());
    }
    std::set<std::string> peers;  // those of which the types are named
    for (const StandIn& stand_in : stand_ins_)
      if (stand_in.is_declared() && !stand_in.peer->header.empty())
        peers.insert(stand_in.peer->header);
    std::string out = "#include \"" + facts_.file + "\"\n\n";
    for (const std::string& header : peers) out += "#include \"" + header + "\"\n";
    for (const std::string& header : headers) out += "#include \"" + header + "\"\n";
    // Inside of the namespace its names come first.
    return out + (facts_.takes_test_names ? "\nnamespace coop::testing {\n\n"
                                          : "\nusing namespace coop::testing;\n\n");
  }

  /// A type of the artifact's, where a name of testing/ may be another.
  std::string global(const std::string& type) const {
    const bool is_said = llvm::StringRef(type).starts_with("::");
    return (facts_.takes_test_names && !is_said ? "::" : "") + type;
  }

  std::string classes() const {
    std::string out;
    for (const StandIn& stand_in : stand_ins_) out += print_class(stand_in);
    return out;
  }

  std::string subject() const {
    std::string out =
        "/// The artifact as it is written, beside a reference for each peer that it "
        "reaches.\nstruct " +
        subject_ + " : " + global(facts_.type) + " {\n";
    const bool wants_device = std::any_of(
        stand_ins_.begin(), stand_ins_.end(),
        [](const StandIn& one) { return one.reference && one.reference->takes_device; });
    if (facts_.uses_device || wants_device) out += "  Device device;\n";
    if (facts_.uses_world)
      out +=
          "  struct {\n    int rank() const { return 0; }\n    int size() const { return 1; }\n"
          "  } world;\n";
    if (header_ == kCaches) out += "  KvList kv_list;  // what it was told to keep\n";
    std::string looks;
    for (const StandIn& stand_in : stand_ins_) {
      out += print_member(stand_in);
      looks += print_look(stand_in);
      const ReferencePeer* reference = stand_in.reference;
      if (reference && reference->peer != stand_in.peer->name)  // laws know it by that name
        out += "  " + stand_in.class_name + "& " + reference->peer + " = " + stand_in.peer->name +
               ";\n";
    }
    if (holds_laws_)
      for (const KnownMethod& known : form_)
        if (!known.definition.empty()) out += "\n  " + known.definition;
    if (!looks.empty())
      out += "\n  void look_at_peers(std::vector<std::string>& seen) const {\n" + looks + "  }\n";
    return out + "};\n\n";
  }

  std::string description() const {
    std::string out = "/// What a scenario may set and call.\nconst Description<" + subject_ +
                      "> kDescription{\n.name = \"" + facts_.name + "\",\n";
    if (!fields_.empty()) out += ".fields = {" + llvm::join(fields_, ",\n") + "},\n";
    if (calls_)
      out += ".methods = " + methods_[0] + ",\n";
    else if (!methods_.empty())
      out += ".methods = {" + llvm::join(methods_, ",\n") + "},\n";
    return out + "};\n\n";
  }

  std::string tests() {
    std::string out;
    for (const std::string& one : kept_) out += one + "\n";
    out += "COOP_SMOKE(" + facts_.name + ")\n";
    if (!stand_ins_.empty() && !methods_.empty()) out += "COOP_PEERS(" + facts_.name + ")\n";
    if (facts_.has_promises) out += "COOP_CONTRACTS(" + facts_.name + ")\n";
    for (const std::string& one : relevance_) out += one + "\n";
    for (const std::string& one : refusals_) out += one + "\n";
    if (!laws_.empty()) out += "COOP_LAWS(" + facts_.name + ", " + llvm::join(laws_, ", ") + ")\n";
    out_.checks = relevance_.size() + refusals_.size() + laws_.size() + facts_.has_promises +
                  examples_.count + counts_.count;
    out += counts_.text;
    if (!golden_.empty()) out += "COOP_GOLDEN(" + facts_.name + ", \"" + golden_ + "\")\n";
    out += examples_.text;
    return out + (facts_.takes_test_names ? "\n}  // namespace coop::testing\n" : "");
  }

  /// Every law that one scenario can break.
  std::string fuzzed() const {
    const auto line = [&](const std::string& law) {
      return "COOP_FUZZ(" + facts_.name + ", " + law + ")\n";
    };
    std::string out = line("boundary_values");
    if (!stand_ins_.empty() && !methods_.empty()) out += line("peers_preconditions_hold");
    if (facts_.has_promises) out += line("contracts_hold");
    for (const std::string& law : laws_) out += line(law);
    return out;
  }

  const ArtifactFacts& facts_;
  const TestingLibrary& library_;
  const PeerFacts hooks_;
  const std::vector<StandIn> stand_ins_;
  const std::string subject_;
  const std::vector<KnownMethod> form_;
  std::map<std::string, int> overloads_;
  std::vector<std::string> fields_, methods_, relevance_, refusals_, laws_, kept_;
  std::vector<CallableMethod> callable_;
  std::string golden_;  // the name of the file
  PrintedExamples examples_;
  PrintedCounts counts_;
  std::set<std::string> excepted_;
  std::string header_ = kUniversal;
  bool holds_laws_ = false;            // those of header_
  std::set<std::string> listed_;       // headers whose laws are
  const KnownCalls* calls_ = nullptr;  // of header_
  PrintedTest out_;
};

}  // namespace

PrintedTest print_test(const ArtifactFacts& facts, const TestingLibrary& library,
                       const Beside& beside) {
  return Print(facts, library).run(beside);
}

}  // namespace combiner
