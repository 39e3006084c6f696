#include "combiner/derive_tests.h"

#include "combiner/main_text.h"
#include "combiner/read_artifact.h"
#include "combiner/read_sources.h"
#include "combiner/run_apart.h"
#include "combiner/testing_library.h"

namespace combiner {

Derived derive_tests(const Request& request, const std::string& name, Files files) {
  Derived out;
  note_stage("read_sources");
  Result<SourceTree> sources = read_sources(request, {}, *files);
  out.diagnostics = std::move(sources.diagnostics);
  if (!sources.value || has_errors(out.diagnostics)) return out;
  out.sources = std::move(*sources.value);

  note_stage("read_artifact");
  Result<std::vector<ArtifactFacts>> read = read_artifacts(request, out.sources, name, files);
  out.diagnostics.insert(out.diagnostics.end(), read.diagnostics.begin(), read.diagnostics.end());
  if (!read.value || has_errors(out.diagnostics)) return out;

  note_stage("print_test");
  const TestingLibrary library = read_testing_library(request.home, *files);
  for (ArtifactFacts& facts : *read.value) {
    PrintedTest printed = print_test(facts, library);
    const std::string file = snake_case(facts.name) + "_test.cpp";
    out.tests.push_back({std::move(facts), file, std::move(printed)});
  }
  return out;
}

}  // namespace combiner
