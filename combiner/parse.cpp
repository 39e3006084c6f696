#include "combiner/parse.h"

#include "clang/Basic/FileManager.h"
#include "clang/Basic/Stack.h"
#include "clang/Driver/CreateInvocationFromArgs.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "clang/Serialization/ASTWriter.h"
#include "combiner/instantiate_all.h"
#include "combiner/record_preprocessor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

namespace combiner {

const char kPreamblePath[] = "/coop/third_party.h";

namespace {

constexpr char kParsedPath[] = "/coop/third_party.pch";

class KeepAst : public clang::ASTFrontendAction {
 public:
  explicit KeepAst(const ParseInput& input) : bodies_(input.bodies), check_all_(input.check_all) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance&,
                                                        llvm::StringRef) override {
    return check_all_.empty() ? choose_bodies(bodies_) : instantiate_all(check_all_);
  }

 private:
  const Bodies bodies_;
  const std::string check_all_;
};

class WriteAst : public clang::ASTFrontendAction {
 public:
  llvm::StringRef written() const { return {buffer_->Data.data(), buffer_->Data.size()}; }

 protected:
  struct Consumer : clang::PCHGenerator {
    Consumer(clang::CompilerInstance& compiler, std::shared_ptr<clang::PCHBuffer> buffer)
        : PCHGenerator(compiler.getPreprocessor(), compiler.getModuleCache(), kParsedPath, "",
                       std::move(buffer), compiler.getCodeGenOpts(), {},
                       /*AllowASTWithErrors=*/false, /*IncludeTimestamps=*/false) {}
    bool shouldSkipFunctionBody(clang::Decl* decl) override { return is_skipped(decl, {}); }
  };

  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler,
                                                        llvm::StringRef) override {
    return std::make_unique<Consumer>(compiler, buffer_);
  }
  clang::TranslationUnitKind getTranslationUnitKind() override { return clang::TU_Prefix; }

 private:
  std::shared_ptr<clang::PCHBuffer> buffer_ = std::make_shared<clang::PCHBuffer>();
};

std::shared_ptr<clang::CompilerInvocation> invocation_of(const std::vector<std::string>& arguments,
                                                         Files files) {
  clang::noteBottomOfStack();  // it goes on elsewhere before this one is full
  std::vector<const char*> spelled;
  for (const std::string& argument : arguments) spelled.push_back(argument.c_str());
  clang::DiagnosticOptions options;
  clang::CreateInvocationOptions create;
  create.Diags = clang::CompilerInstance::createDiagnostics(*files, options,
                                                            new clang::IgnoringDiagConsumer());
  create.VFS = files;
  std::shared_ptr<clang::CompilerInvocation> out = clang::createInvocation(spelled, create);
  if (!out) return nullptr;
  if (out->getLangOpts().CUDA && out->getTargetOpts().SDKVersion.empty())
    out->getTargetOpts().SDKVersion = llvm::VersionTuple(12, 9);  // lost with -nocudalib
  out->getFrontendOpts().DisableFree = true;                      // the process ends soon
  out->getFrontendOpts().SkipFunctionBodies = true;               // those of is_skipped
  return out;
}

/// Hears when the preamble's text ends: what it has mentioned until then must be no macro of the
/// files behind it, for an author may have defined it in front of the include.
class WatchPreamble : public clang::PPCallbacks {
 public:
  WatchPreamble(clang::Preprocessor& preprocessor, const Preamble& preamble, bool& fits)
      : preprocessor_(preprocessor), preamble_(preamble), fits_(fits) {}

  void FileChanged(clang::SourceLocation, FileChangeReason reason,
                   clang::SrcMgr::CharacteristicKind, clang::FileID previous) override {
    if (reason != ExitFile || path_of(preprocessor_.getSourceManager(), previous) != kPreamblePath)
      return;
    const clang::IdentifierTable& mentioned = preprocessor_.getIdentifierTable();
    for (const std::string& macro : preamble_.macros)
      fits_ = fits_ && mentioned.find(macro) == mentioned.end();
  }

 private:
  clang::Preprocessor& preprocessor_;
  const Preamble& preamble_;
  bool& fits_;
};

/// Puts the preamble in front of the main file, and returns where Clang finds it.
Files put_in_front(const Preamble& preamble, Files files, clang::CompilerInvocation& invocation) {
  if (preamble.text.empty()) return files;
  clang::PreprocessorOptions& options = invocation.getPreprocessorOpts();
  std::map<std::string, std::string> texts = {{kPreamblePath, preamble.text}};
  if (!preamble.parsed) {
    options.Includes.push_back(kPreamblePath);
    return with_texts(files, texts);
  }
  options.ImplicitPCHInclude = kParsedPath;
  // Whoever keeps parsed headers has compared all of it, with more than times.
  options.DisablePCHOrModuleValidation = clang::DisableValidationForModuleKind::PCH;
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  memory->addFile(kParsedPath, 0,
                  llvm::MemoryBuffer::getMemBuffer(preamble.parsed->ast, kParsedPath,
                                                   /*RequiresNullTerminator=*/false));
  auto out = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(with_texts(files, texts));
  out->pushOverlay(memory);
  return out;
}

std::unique_ptr<clang::CompilerInstance> compiler_of(
    std::shared_ptr<clang::CompilerInvocation> invocation, Files files,
    clang::DiagnosticConsumer* consumer) {
  auto out = std::make_unique<clang::CompilerInstance>(std::move(invocation));
  out->setVirtualFileSystem(files);
  out->createDiagnostics(consumer);
  out->createFileManager();
  if (!out->createTarget()) return nullptr;
  return out;
}

/// What was read, and what was looked for in vain: there it would be found first.
std::optional<std::vector<FileStamp>> stamps_of(const SeenFiles& files) {
  auto out = files.seen();
  if (out)
    llvm::erase_if(*out, [](const FileStamp& stamp) {
      return stamp.kind != FileStamp::kRead && stamp.kind != FileStamp::kAbsent;
    });
  return out;
}

std::string words_of(clang::IdentifierTable& identifiers) {
  std::string out = "\n";
  for (const auto& identifier : identifiers) (out += identifier.getKey()) += '\n';
  return out;
}

}  // namespace

Pass::Pass(std::unique_ptr<clang::CompilerInstance> compiler,
           std::unique_ptr<clang::FrontendAction> action, Preprocessed preprocessed)
    : compiler_(std::move(compiler)),
      action_(std::move(action)),
      preprocessed_(std::move(preprocessed)) {}

Pass::~Pass() { action_->EndSourceFile(); }

Files with_texts(Files files, const std::map<std::string, std::string>& texts) {
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const auto& [path, text] : texts)
    memory->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(text, path));
  auto out = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(files);
  out->pushOverlay(memory);
  return out;
}

std::string explain_arguments(const std::vector<std::string>& arguments, Files files) {
  const auto invocation = invocation_of(arguments, files);
  return invocation ? llvm::join(invocation->getCC1CommandLine(), "\n") : "";
}

Parsed parse(const ParseInput& input) {
  Parsed out;
  if (const ParsedHeaders* known = input.preamble.parsed.get())
    for (const std::string& macro : input.preamble.macros)
      out.preamble_fits = out.preamble_fits && !known->mentions(macro);
  if (!out.preamble_fits) return out;
  const auto invocation = invocation_of(input.arguments, input.files);
  if (!invocation) return out;
  invocation->getFrontendOpts().DisableFree = !input.gives_back;
  const Files files = put_in_front(input.preamble, input.files, *invocation);
  auto compiler = compiler_of(invocation, files, new CollectMessages(out.messages));
  if (!compiler) return out;
  auto action = std::make_unique<KeepAst>(input);
  Preprocessed preprocessed;
  if (input.preamble.parsed) preprocessed.graph = input.preamble.parsed->graph;
  if (!action->BeginSourceFile(*compiler, compiler->getFrontendOpts().Inputs[0])) return out;
  compiler->getPreprocessor().addPPCallbacks(std::make_unique<WatchPreamble>(
      compiler->getPreprocessor(), input.preamble, out.preamble_fits));
  if (!input.local_files.empty())
    compiler->getPreprocessor().addPPCallbacks(
        record_preprocessor(compiler->getPreprocessor(), input.local_files, preprocessed));
  if (llvm::Error error = action->Execute()) llvm::consumeError(std::move(error));
  if (!input.local_files.empty()) {  // the main file is never left
    clang::SourceManager& sources = compiler->getSourceManager();
    const std::string main = path_of(sources, sources.getMainFileID());
    preprocessed.text[main] = sources.getBufferData(sources.getMainFileID()).str();
    preprocessed.order.push_back(main);
    preprocessed.seen[main] = preprocessed.third_party.size();
  }
  out.failed = compiler->getDiagnostics().hasErrorOccurred();
  out.pass =
      std::make_shared<Pass>(std::move(compiler), std::move(action), std::move(preprocessed));
  return out;
}

std::shared_ptr<ParsedHeaders> parse_headers(const std::string& text,
                                             const std::vector<std::string>& arguments,
                                             Files files) {
  const auto seen = llvm::makeIntrusiveRefCnt<SeenFiles>(std::move(files));
  files = with_texts(seen, {{kPreamblePath, text}});
  const auto invocation = invocation_of(arguments, files);
  if (!invocation) return nullptr;
  // What these headers instantiate for themselves is done once and for all.
  invocation->getLangOpts().PCHInstantiateTemplates = true;
  const auto compiler = compiler_of(invocation, files, new clang::IgnoringDiagConsumer());
  if (!compiler) return nullptr;
  WriteAst action;
  Preprocessed preprocessed;
  if (!action.BeginSourceFile(*compiler, compiler->getFrontendOpts().Inputs[0])) return nullptr;
  compiler->getPreprocessor().addPPCallbacks(
      record_preprocessor(compiler->getPreprocessor(), {}, preprocessed));
  if (llvm::Error error = action.Execute()) llvm::consumeError(std::move(error));
  std::shared_ptr<ParsedHeaders> out;
  if (auto stamps = stamps_of(*seen); stamps && !compiler->getDiagnostics().hasErrorOccurred()) {
    out = std::make_shared<ParsedHeaders>();
    out->headers = std::move(*stamps);
    out->graph = std::move(preprocessed.graph);
    out->words = words_of(compiler->getPreprocessor().getIdentifierTable());
    out->memory = llvm::MemoryBuffer::getMemBufferCopy(action.written());
    out->ast = out->memory->getBuffer();
  }
  action.EndSourceFile();
  return out;
}

}  // namespace combiner
