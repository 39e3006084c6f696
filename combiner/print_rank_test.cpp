#include "combiner/print_rank_test.h"

#include <algorithm>

#include "combiner/cross_ranks.h"
#include "combiner/emission_text.h"
#include "combiner/format_text.h"
#include "combiner/main_text.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

/// "model.attention_block" of each `recorded("model.attention_block", ...)`, once and in order.
std::vector<std::string> calls_of(llvm::StringRef text, const std::string& function) {
  std::vector<std::string> out;
  const std::string begin = function + "(\"";
  for (size_t at = 0; (at = text.find(begin, at)) != llvm::StringRef::npos; ++at) {
    const std::string name = text.substr(at + begin.size()).split('"').first.str();
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  }
  return out;
}

/// The rule by which results of ranks make one, or that says that they are the same.
Rule rule_of(const Registry& registry, const std::string& call) {
  const auto [instance, method] = llvm::StringRef(call).split('.');
  for (const Rule& rule : registry.rules_of(instance.str(), method.str()))
    if (combines(rule.name) || rule.name == "same" || rule.name == "keyed") return rule;
  return {};
}

/// Why the author excepts a call: `/// except: same_on_any_ranks (why)`; nothing where he does not.
std::string exception_of(const Registry& registry, const std::string& call) {
  const auto [instance, method] = llvm::StringRef(call).split('.');
  const Registered* artifact = registry.find(instance.str());
  if (!artifact) return "";
  for (const Member& member : artifact->methods) {
    const llvm::StringRef doc = member.doc;
    const size_t at = doc.find("except: same_on_any_ranks");
    if (member.name != method || at == llvm::StringRef::npos) continue;
    return doc.substr(at).split('(').second.split(')').first.str();
  }
  return "";
}

/// "--steps", if run() has such a parameter.
std::string steps_flag(const Registry& registry) {
  for (const Member& parameter : registry.run.parameters)
    if (parameter.name == "steps") return "--steps";
  return "";
}

std::string quoted(llvm::StringRef word) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  llvm::printEscapedString(word, stream);
  return '"' + out + '"';
}

std::string list(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) out.push_back(quoted(word));
  return "{" + llvm::join(out, ", ") + "}";
}

}  // namespace

RankTest print_rank_test(const SourceTree& sources, const Registry& registry,
                         const Emission& emission, const std::string& command,
                         const std::vector<std::string>& arguments) {
  RankTest out;
  const std::string& service = registry.service.name;
  const std::string file = snake_case(service) + ".cpp", suite = service + "_on_ranks";
  out.program_include = "#include \"" + file + "\"";
  std::vector<std::string> collectives, owned = calls_of(emission.text, "recorded_call");
  std::vector<std::string> alone = calls_of(emission.text, "recorded_alone"), excepted;
  std::vector<std::string> calls = calls_of(emission.text, "recorded");
  for (const std::string& call : calls)
    (rule_of(registry, call).name == "keyed" ? owned : collectives).push_back(call);
  calls.insert(calls.end(), alone.begin(), alone.end());
  for (const std::string& call : calls)
    if (!exception_of(registry, call).empty()) excepted.push_back(call);
  out.text = wrap_comment("What crosses ranks in " + service +
                          " is on 2, 3 and 4 of them what it is on one: derived from its rules by");
  out.text += "//   " + command + "\n\n#define main run_program\n" + out.program_include +
              "  // emitted for the node, with a record of what crosses\n#undef main\n\n"
              "#include \"testing/over_ranks.h\"\n\nnamespace {\n\nOverRanks& runs() {\n"
              "  static OverRanks runs(run_program, " +
              list(arguments) + ", " + quoted(steps_flag(registry)) +
              (excepted.empty() ? "" : ", " + list(excepted)) + ");\n  return runs;\n}\n\nTEST(" +
              suite + ", runs_on_any_number_of_them) { " + "runs().expect_that_it_runs(); }\n";
  for (const std::string& call : calls) {
    const Rule rule = rule_of(registry, call);
    if (const std::string why = exception_of(registry, call); !why.empty()) {
      out.text += "\n" + wrap_comment(call + " is excepted: " + why);
      continue;
    }
    const auto source = sources.files.find(rule.at.file);
    const std::string where = source == sources.files.end() ? "" : source->second.name;
    std::string name = call;
    std::replace(name.begin(), name.end(), '.', '_');
    out.text += "\n// [[coop::" + rule.name + "]] in " + where + "\nTEST(" + suite + ", " + name +
                ") { runs().expect_same(" + quoted(call) + ", " + quoted(rule.name) + "); }\n";
    ++out.checks;
  }
  if (!steps_flag(registry).empty())
    out.text += "\nTEST(" + suite + ", cost_of_a_step) {\n  runs().expect_cost(" +
                list(collectives) + ", " + list(owned) + ");\n}\n";
  Diagnostics ignored;
  out.text = format_text(out.text + "\n}  // namespace\n", style_of("", ignored));
  return out;
}

}  // namespace combiner
