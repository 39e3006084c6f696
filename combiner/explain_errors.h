// What Clang says of the bound source → what the author is told: one error per mistake, at the
// artifact's own line, with the candidates and where they are registered.
#pragma once

#include "clang/Basic/Diagnostic.h"
#include "combiner/program.h"

namespace combiner {

struct ClangMessage {
  bool is_error = false;
  bool is_note = false;
  unsigned id = 0;
  std::string text;
  std::string path;
  unsigned begin = 0, end = 0;  // as parsed, before overlays are mapped back
  unsigned line = 0;
};

class CollectMessages : public clang::DiagnosticConsumer {
 public:
  explicit CollectMessages(std::vector<ClangMessage>& out) : out_(out) {}
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level,
                        const clang::Diagnostic& diagnostic) override;

 private:
  std::vector<ClangMessage>& out_;
};

Diagnostics explain_errors(const std::vector<ClangMessage>& messages, const Pass* pass,
                           const Registry& registry, const BoundSource& bound);

}  // namespace combiner
