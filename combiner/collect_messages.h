// Clang's messages → plain values, as they come.
#pragma once

#include <string>
#include <vector>

#include "clang/Basic/Diagnostic.h"

namespace combiner {

struct ClangMessage {
  bool is_error = false;
  bool is_note = false;
  unsigned id = 0;
  std::string text;
  std::string path;
  unsigned begin = 0, end = 0;  // as parsed, before overlays are mapped back
  unsigned line = 0;
  std::string spelled_path;  // of a token that a macro's body holds: where it stands there
  unsigned spelled_begin = 0, spelled_end = 0;
  struct Change {  // Clang's own fix; an empty range inserts
    std::string path;
    unsigned begin, end;
    std::string text;
  };
  std::vector<Change> changes;
  std::vector<std::string> members;  // of an unknown member: the names that there are
};

class CollectMessages : public clang::DiagnosticConsumer {
 public:
  explicit CollectMessages(std::vector<ClangMessage>& out) : out_(out) {}
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level,
                        const clang::Diagnostic& diagnostic) override;

 private:
  std::vector<ClangMessage>& out_;
};

}  // namespace combiner
