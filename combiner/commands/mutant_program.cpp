#include "combiner/commands/mutant_program.h"

#include "combiner/commands/build_test.h"
#include "combiner/mutate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// Those of the artifact, and of what stands outside of other ones; without those that stand alone.
std::vector<Mutant> mutants_of(const DerivedTest& test, const SourceTree& sources,
                               std::vector<Mutant> all, size_t& left_out) {
  const FileRange& name = test.facts.at;
  llvm::erase_if(all, [&](const Mutant& mutant) {
    return llvm::any_of(sources.outlines.at(test.facts.path).structs, [&](const auto& one) {
      const bool is_own = one.range.begin <= name.begin && name.end <= one.range.end;
      return !is_own && one.range.begin <= mutant.begin && mutant.end <= one.range.end;
    });
  });
  const size_t count = all.size();
  llvm::erase_if(all, [](const Mutant& mutant) { return mutant.form == Mutant::Form::kAlone; });
  left_out += count - all.size();
  return all;
}

/// Is its line one of which the compiler speaks?
bool is_named_in(llvm::StringRef errors, const std::string& path, const Mutant& mutant) {
  const std::string place = path + ":" + std::to_string(mutant.line) + ":";
  return errors.contains(place);
}

}  // namespace

MutantProgram build_mutants(const Request& request, const SourceTree& sources,
                            const DerivedTest& test) {
  MutantProgram out;
  const Result<Mutations> found = mutate(request, sources, llvm::vfs::getRealFileSystem());
  if (!found.value) {
    out.problem = "it does not parse alone\n";
    return out;
  }
  out.mutants = mutants_of(test, sources, found.value->mutants, out.left_out);
  SourceTree mutated = sources;
  const std::string text = sources.files.at(test.facts.path).text;
  for (;;) {
    const std::string& schemata = mutated.files.at(test.facts.path).text =
        schemata_of(out.mutants, text, found.value->declared_at);
    const BuiltTest built = build_test(test.printed.text, mutated, request.home, request.cache,
                                       TestTarget::kTest, {{test.facts.path, schemata}});
    out.program = built.program;
    out.problem = built.problem;
    if (built.problem.empty()) return out;
    const size_t count = out.mutants.size();
    llvm::erase_if(out.mutants, [&](const Mutant& mutant) {
      return is_named_in(built.problem, test.facts.path, mutant);
    });
    out.left_out += count - out.mutants.size();
    if (count == out.mutants.size()) return out;
  }
}

Ended run_mutant(const std::string& program, unsigned id, const std::vector<std::string>& words,
                 std::vector<std::string> environment, double limit) {
  std::vector<std::string> command = {program};
  command.insert(command.end(), words.begin(), words.end());
  // Many mistakes crash, and nobody reads where.
  environment.insert(environment.end(),
                     {"MUT=" + std::to_string(id),
                      "ASAN_OPTIONS=detect_leaks=0:max_allocation_size_mb=2048:"
                      "hard_rss_limit_mb=4096:symbolize=0",
                      "UBSAN_OPTIONS=halt_on_error=1:symbolize=0", "OMP_NUM_THREADS=1"});
  return run_to_its_end(command, environment, limit);
}

}  // namespace combiner
