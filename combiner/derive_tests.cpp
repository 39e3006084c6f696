#include "combiner/derive_tests.h"

#include "combiner/main_text.h"
#include "combiner/read_artifact.h"
#include "combiner/read_peer_types.h"
#include "combiner/read_sources.h"
#include "combiner/run_apart.h"
#include "combiner/testing_library.h"

namespace combiner {
namespace {

/// The test of one artifact, and what is kept beside it.
DerivedTest derive_test(ArtifactFacts facts, const TestingLibrary& library,
                        const std::string& folder, bool accepts, Files files, Derived& out) {
  DerivedTest test;
  const std::string stem = folder + "/" + snake_case(facts.name);
  test.path = stem + "_test.cpp";
  test.kept_path = stem + ".kept";
  test.golden_path = stem + ".golden";
  if (const auto text = files->getBufferForFile(test.kept_path))
    test.kept = (*text)->getBuffer().str();
  const SourceFile file = {relative(test.kept_path, out.sources.root), test.kept_path, test.kept};
  const Result<std::vector<KeptFailure>> kept = read_kept(file);
  if (!kept.diagnostics.empty()) out.sources.files[test.kept_path] = file;  // for their excerpts
  out.diagnostics.insert(out.diagnostics.end(), kept.diagnostics.begin(), kept.diagnostics.end());
  const bool has_golden = accepts || files->exists(test.golden_path);
  const std::string golden = snake_case(facts.name) + ".golden";
  test.printed = print_test(facts, library, {*kept.value, has_golden ? golden : ""});
  const Diagnostics& unclear = test.printed.diagnostics;
  out.diagnostics.insert(out.diagnostics.end(), unclear.begin(), unclear.end());
  test.facts = std::move(facts);
  return test;
}

}  // namespace

Derived derive_tests(const Request& request, const DeriveOptions& options, Files files) {
  Derived out;
  note_stage("read_sources");
  Result<SourceTree> sources = read_sources(request, {}, *files);
  out.diagnostics = std::move(sources.diagnostics);
  if (!sources.value || has_errors(out.diagnostics)) return out;
  out.sources = std::move(*sources.value);

  note_stage("read_artifact");
  Result<std::vector<ArtifactFacts>> read =
      read_artifacts(request, out.sources, options.artifact, files);
  out.diagnostics.insert(out.diagnostics.end(), read.diagnostics.begin(), read.diagnostics.end());
  if (!read.value || has_errors(out.diagnostics)) return out;

  if (!options.service.empty()) {
    note_stage("read_peer_types");
    const Diagnostics said =
        read_peer_types(request, options.service, files, out.sources, *read.value);
    out.diagnostics.insert(out.diagnostics.end(), said.begin(), said.end());
    if (has_errors(said)) return out;
  }

  note_stage("print_test");
  const TestingLibrary library = read_testing_library(request.home, *files);
  const std::string place =
      options.folder.empty() ? out.sources.root + "/generated/tests" : options.folder;
  for (ArtifactFacts& facts : *read.value)
    out.tests.push_back(derive_test(std::move(facts), library, place, options.accepts, files, out));
  return out;
}

}  // namespace combiner
