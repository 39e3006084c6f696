// BoundSource, parsed: Clang's view of it. Clang pointers live here and in crop.h alone.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "clang/AST/ASTContext.h"
#include "clang/Frontend/CompilerInstance.h"
#include "combiner/values.h"

namespace combiner {

struct MacroUse {
  std::string name;
  FileRange at;          // the whole invocation, in a local file
  FileRange definition;  // from the name to the last token of the body; of a third party: its file
  bool local = false;
  bool makes_text = false;  // #argument: what the author wrote becomes a string
  auto operator<=>(const MacroUse&) const = default;
};

/// What the outermost invocation of a macro becomes.
struct Expansion {
  FileRange at;          // the invocation, in a local file
  std::string text;      // its tokens, with spaces
  bool portable = true;  // no macro of a third party or of the compiler is in it
};

/// `#define` or `#undef` in a local file.
struct MacroDirective {
  std::string name;
  FileRange at;          // the lines, with the newline
  FileRange definition;  // of #define: as in MacroUse
};

struct ConditionalBlock {  // #if ... #endif
  struct Branch {
    unsigned begin, end;  // of the directive's line, with its newline
    bool taken;
    std::string condition;
  };
  std::string file;
  std::vector<Branch> branches;
  unsigned end_begin = 0, end = 0;  // of the #endif line
  bool for_the_compiler = false;    // decided by whoever compiles the emission, not here

  /// The branches that Clang did not see.
  std::vector<FileRange> unseen() const;
};

struct InclusionEdge {
  std::string from;     // a local file
  unsigned offset;      // of the #
  std::string spelled;  // e.g. <vector>
  std::string target;   // path
};

/// What the preprocessor saw in one pass.
struct Preprocessed {
  std::map<std::string, std::string> text;  // of every local file, as parsed
  std::vector<std::string> order;           // local files, each after what it includes
  std::vector<InclusionEdge> third_party;   // local file → third-party header
  std::map<std::string, size_t> seen;  // local file → how many of third_party stand before its end
  std::vector<InclusionEdge> local;    // local file → local file
  std::map<std::string, std::set<std::string>> graph;  // every file → what it includes
  std::vector<MacroUse> macros;
  std::vector<MacroUse> configuration;  // of a local file's macro, by a third party's text
  std::map<std::string, std::set<std::string>> undefined;  // asked for by third parties: by whom
  std::vector<MacroDirective> directives;
  std::map<std::pair<std::string, unsigned>, Expansion> expansions;  // by file and begin
  std::vector<ConditionalBlock> conditionals;
};

/// One pass of Clang over the bound source, host or device.
class Pass {
 public:
  Pass(std::unique_ptr<clang::CompilerInstance> compiler,
       std::unique_ptr<clang::FrontendAction> action, Preprocessed preprocessed);
  ~Pass();
  clang::ASTContext& context() const { return compiler_->getASTContext(); }
  clang::SourceManager& sources() const { return compiler_->getSourceManager(); }
  const clang::LangOptions& language() const { return compiler_->getLangOpts(); }
  const Preprocessed& preprocessed() const { return preprocessed_; }

 private:
  std::unique_ptr<clang::CompilerInstance> compiler_;
  std::unique_ptr<clang::FrontendAction> action_;
  Preprocessed preprocessed_;
};

struct Program {
  std::shared_ptr<Pass> host;
  std::shared_ptr<Pass> device;  // CUDA only
};

}  // namespace combiner
