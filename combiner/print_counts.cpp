#include "combiner/print_counts.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// What stands behind `counts:`, and who counts it.
struct Countable {
  std::string words;    // e.g. rows dropped
  std::string counter;  // e.g. rows_dropped
};

std::vector<Countable> countable(const std::vector<CallableMethod>& methods, bool has_rounds) {
  std::vector<Countable> out;
  if (has_rounds)
    for (const char* what : {"appended", "dropped", "kept"})
      out.push_back({"rows " + std::string(what), "rows_" + std::string(what)});
  for (const CallableMethod& one : methods)
    out.push_back({"calls of " + one.name, "calls_of(\"" + one.name + "\")"});
  return out;
}

Diagnostic uncountable(const WordAnnotation& said, const std::vector<std::string>& known) {
  const std::vector<std::string> near = nearest(said.words, known);
  return diagnose(DiagnosticName::malformed_annotation, said.at,
                  "nothing counts '" + said.words + "'" +
                      (near.empty() ? "" : "; did you mean '" + near[0] + "'") +
                      "; what can be counted: " + llvm::join(known, ", "));
}

/// What is said of the artifact, or of one of its methods.
std::optional<WordAnnotation> ties_of(const ArtifactFacts& facts) {
  if (facts.said.ties) return facts.said.ties;
  for (const MethodFacts& method : facts.methods)
    if (method.said.ties) return method.said.ties;
  return std::nullopt;
}

}  // namespace

PrintedCounts print_counts(const ArtifactFacts& facts, const std::vector<CallableMethod>& methods,
                           const std::string& header, bool holds_laws) {
  PrintedCounts out;
  const auto add = [&](const std::string& test, const char* needed) {
    out.text += test + "\n";
    out.headers.insert(needed);
    ++out.count;
  };
  const std::vector<Countable> all = countable(methods, header == "testing/compressor.h");
  std::vector<std::string> known;
  for (const Countable& one : all) known.push_back(one.words);
  for (const FieldFacts& field : facts.fields) {
    if (!field.said.counts) continue;
    const auto counted = llvm::find_if(
        all, [&](const Countable& one) { return one.words == field.said.counts->words; });
    if (counted == all.end())
      out.diagnostics.push_back(uncountable(*field.said.counts, known));
    else
      add("COOP_COUNTS(" + facts.name + ", " + field.name + ", " + counted->counter + ")",
          "testing/counts.h");
  }
  const std::optional<WordAnnotation> ties = ties_of(facts);
  if (ties && holds_laws && (header == "testing/compressor.h" || header == "testing/sampler.h"))
    add("COOP_TIES(" + facts.name + ", " + ties->words + ")", "testing/ties.h");
  else if (ties)
    out.untested.push_back({"ties: " + ties->words,
                            "only compressors and samplers are known to "
                            "choose among equals"});
  return out;
}

}  // namespace combiner
