// combine test ARTIFACT...: tests of artifacts, derived, built and run.
#include "combiner/commands/combine_service.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/derive_tests.h"
#include "combiner/write_file.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

Derived derive(const Request& request, const Invocation& invocation) {
  return derive_tests(request, invocation.value("--artifact"), llvm::vfs::getRealFileSystem());
}

int test(const Invocation& invocation) {
  int status = 0;
  for (size_t i = 0; i < invocation.operands.size(); ++i) {
    Request request = request_of(invocation, i);
    request.device = Device::kCpu;
    const Derived derived = derive(request, invocation);
    say(derived.diagnostics, derived.sources);
    if (has_errors(derived.diagnostics)) {
      status = 2;
      continue;
    }
    for (const DerivedTest& one : derived.tests)
      if (invocation.has("--dump"))
        llvm::outs() << one.facts;
      else
        llvm::outs() << one.printed.text;
  }
  return status;
}

}  // namespace

Command test_command() {
  Command out;
  out.name = "test";
  out.summary = "tests of an artifact alone, derived from what it says and does";
  out.operands = {{.name = "ARTIFACT",
                   .missing = "which artifact? Give its header, e.g. artifacts/compress/none.h",
                   .completes = Completes::kFile,
                   .repeats = true}};
  out.options = {
      {"--print", "", "print the test, and do nothing with it"},
      {"--artifact", "NAME", "of a header that declares several: this one alone"},
      {"--dump", "VALUE", "print what the test is derived from, and stop", {"facts"}},
      {"--with", "PARAMETER=VALUE", "of an artifact that is a template; else its defaults"},
  };
  out.examples = {{"combine test artifacts/compress/streaming_llm.h",
                   "writes, builds and runs generated/tests/streaming_llm_test.cpp"}};
  out.run = test;
  return out;
}

}  // namespace combiner
