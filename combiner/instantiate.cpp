// BoundSource → Program. Host and device passes run side by side; what they say is told once.
#include "combiner/instantiate.h"

#include <set>
#include <thread>

#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/Stack.h"
#include "clang/Driver/CreateInvocationFromArgs.h"
#include "clang/Frontend/FrontendActions.h"
#include "combiner/check_meaning.h"
#include "combiner/clang_arguments.h"
#include "combiner/explain_errors.h"
#include "combiner/instantiate_all.h"
#include "combiner/record_preprocessor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

namespace combiner {
namespace {

using Files = llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>;

/// Whether bodies of third-party functions are read: a second parse of the same headers need not.
enum class ThirdParty { kWhole, kDeclarations };

class SkipBodies : public clang::ASTConsumer {
 public:
  bool shouldSkipFunctionBody(clang::Decl* decl) override {
    const clang::SourceManager& sources = decl->getASTContext().getSourceManager();
    return sources.isInSystemHeader(sources.getFileLoc(decl->getLocation()));
  }
};

class KeepAst : public clang::ASTFrontendAction {
 public:
  explicit KeepAst(ThirdParty third_party, std::string check_all)
      : third_party_(third_party), check_all_(std::move(check_all)) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance&,
                                                        llvm::StringRef) override {
    if (third_party_ == ThirdParty::kDeclarations) return std::make_unique<SkipBodies>();
    if (!check_all_.empty()) return instantiate_all(check_all_);
    return std::make_unique<clang::ASTConsumer>();
  }

 private:
  ThirdParty third_party_;
  std::string check_all_;  // the service whose every method is instantiated; or nothing
};

Files with_overlays(Files files, const std::map<std::string, Overlay>& overlays) {
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const auto& [path, overlay] : overlays)
    memory->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(overlay.text, path));
  auto out = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(files);
  out->pushOverlay(memory);
  return out;
}

struct Parsed {
  std::shared_ptr<Pass> pass;
  std::vector<ClangMessage> messages;
  bool failed = true;
};

Parsed parse(const std::vector<std::string>& arguments, Files files,
             const std::set<std::string>& local_files, ThirdParty third_party,
             const std::string& check_all = "") {
  clang::noteBottomOfStack();  // it goes on elsewhere before this one is full
  std::vector<const char*> spelled;
  for (const std::string& argument : arguments) spelled.push_back(argument.c_str());
  Parsed out;
  clang::DiagnosticOptions options;
  auto quiet = clang::CompilerInstance::createDiagnostics(*files, options,
                                                          new clang::IgnoringDiagConsumer());
  clang::CreateInvocationOptions create;
  create.Diags = quiet;
  create.VFS = files;
  std::shared_ptr<clang::CompilerInvocation> invocation = clang::createInvocation(spelled, create);
  if (!invocation) return out;
  if (invocation->getLangOpts().CUDA && invocation->getTargetOpts().SDKVersion.empty())
    invocation->getTargetOpts().SDKVersion = llvm::VersionTuple(12, 9);  // lost with -nocudalib
  invocation->getFrontendOpts().DisableFree = false;
  invocation->getFrontendOpts().SkipFunctionBodies = third_party == ThirdParty::kDeclarations;
  auto compiler = std::make_unique<clang::CompilerInstance>(invocation);
  compiler->setVirtualFileSystem(files);
  compiler->createDiagnostics(new CollectMessages(out.messages));
  compiler->createFileManager();
  if (!compiler->createTarget()) return out;
  auto action = std::make_unique<KeepAst>(third_party, check_all);
  Preprocessed preprocessed;
  if (!action->BeginSourceFile(*compiler, compiler->getFrontendOpts().Inputs[0])) return out;
  if (!local_files.empty())
    compiler->getPreprocessor().addPPCallbacks(
        record_preprocessor(compiler->getPreprocessor(), local_files, preprocessed));
  if (llvm::Error error = action->Execute()) llvm::consumeError(std::move(error));
  if (!local_files.empty()) {  // the main file is never left
    clang::SourceManager& sources = compiler->getSourceManager();
    const std::string main = path_of(sources, sources.getMainFileID());
    preprocessed.text[main] = sources.getBufferData(sources.getMainFileID()).str();
    preprocessed.order.push_back(main);
  }
  out.failed = compiler->getDiagnostics().hasErrorOccurred();
  out.pass =
      std::make_shared<Pass>(std::move(compiler), std::move(action), std::move(preprocessed));
  return out;
}

unsigned offset_of_line(const std::string& text, unsigned line) {
  size_t begin = 0;
  for (unsigned at = 1; at < line && begin < text.size(); ++at)
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  return begin;
}

std::string trimmed_line(const std::string& text, unsigned begin) {
  return llvm::StringRef(text).slice(begin, text.find('\n', begin)).trim().str();
}

/// The author's line of an emitted one.
FileRange in_source(const Emission& emission, const ClangMessage& message,
                    const SourceTree& sources) {
  for (const Emission::Lines& lines : emission.lines) {
    if (message.line < lines.first || message.line > lines.last) continue;
    for (const auto& [path, file] : sources.files) {
      if (file.name != lines.file) continue;
      // The same line of the author's, if it was not edited; else the one as far below the first.
      const std::string emitted =
          trimmed_line(emission.text, offset_of_line(emission.text, message.line));
      unsigned begin = offset_of_line(file.text, lines.line + (message.line - lines.first));
      for (unsigned line = lines.line; line <= lines.line + 2 * (lines.last - lines.first) + 50;
           ++line)
        if (const unsigned at = offset_of_line(file.text, line);
            trimmed_line(file.text, at) == emitted) {
          begin = at;
          break;
        }
      const unsigned text = file.text.find_first_not_of(' ', begin);
      return {path, text, static_cast<unsigned>(file.text.find('\n', text))};
    }
  }
  return {};
}

/// `this auto& self` that is still there: its struct is no artifact.
Diagnostic refuse_self(const Emission& emission, const ClangMessage& error, FileRange at,
                       const SourceTree& sources) {
  if (const auto file = sources.files.find(at.file); file != sources.files.end())
    if (const size_t word = file->second.text.find("this ", at.begin); word < at.end)
      at = {at.file, static_cast<unsigned>(word), static_cast<unsigned>(word) + 4};
  const llvm::StringRef above =
      llvm::StringRef(emission.text).take_front(offset_of_line(emission.text, error.line));
  llvm::StringRef name = above.substr(above.rfind("struct ")).split(' ').second;
  name = name.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
  return diagnose(DiagnosticName::self_outside_artifact, at, name);
}

}  // namespace

Pass::Pass(std::unique_ptr<clang::CompilerInstance> compiler,
           std::unique_ptr<clang::FrontendAction> action, Preprocessed preprocessed)
    : compiler_(std::move(compiler)),
      action_(std::move(action)),
      preprocessed_(std::move(preprocessed)) {}

Pass::~Pass() { action_->EndSourceFile(); }

Result<Program> instantiate(const Request& request, const SourceTree& sources,
                            const Registry& registry, const BoundSource& bound, Files files) {
  Result<Program> result;
  std::set<std::string> local;
  for (const auto& [path, file] : sources.files) local.insert(path);
  local.insert(bound.main_path);
  const Files overlaid = with_overlays(files, bound.overlays);
  auto run = [&](Side side) {
    return parse(clang_arguments(request, sources, side, "c++23", bound.main_path), overlaid, local,
                 ThirdParty::kWhole, request.check_all ? registry.service.name : "");
  };
  Parsed host, device;
  if (request.device == Device::kCuda) {
    std::thread other([&] { device = run(Side::kDevice); });
    host = run(Side::kHost);
    other.join();
  } else {
    host = run(Side::kHost);
  }
  std::vector<ClangMessage> messages = host.messages;
  if (!host.failed)  // what the host accepts and the device does not
    messages.insert(messages.end(), device.messages.begin(), device.messages.end());
  if (host.failed && host.pass)  // a macro that reached too far explains whatever follows
    CheckMeaning(*host.pass, bound, result.diagnostics).macros();
  if (result.diagnostics.empty())
    result.diagnostics = explain_errors(messages, host.pass.get(), registry, bound);
  if (host.failed || (request.device == Device::kCuda && device.failed)) return result;
  result.value = Program{host.pass, device.pass};
  return result;
}

Diagnostics reparse(const Request& request, const Emission& emission, const SourceTree& sources,
                    Files files) {
  const std::string path = request.device == Device::kCuda ? "/emitted.cu" : "/emitted.cpp";
  const Files overlaid = with_overlays(files, {{path, {emission.text, {}}}});
  auto parse_as = [&](const std::string& standard) {
    std::vector<Side> sides = {Side::kHost};
    if (request.device == Device::kCuda) sides.push_back(Side::kDevice);
    std::vector<Parsed> parsed(sides.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < sides.size(); ++i)
      threads.emplace_back([&, i] {
        auto arguments = clang_arguments(request, {}, sides[i], standard, path);
        if (standard == "c++20")  // what is newer is an error, not an extension
          arguments.push_back("-Werror=c++23-extensions");
        parsed[i] = parse(arguments, overlaid, {}, ThirdParty::kDeclarations);
      });
    for (std::thread& thread : threads) thread.join();
    return parsed;
  };
  auto first_error = [](const std::vector<Parsed>& parsed) -> std::optional<ClangMessage> {
    for (const Parsed& side : parsed) {
      for (const ClangMessage& message : side.messages)
        if (message.is_error) return message;
      ClangMessage nothing;
      nothing.text = "Clang could not start";
      if (side.failed) return nothing;
    }
    return std::nullopt;
  };
  const auto error = first_error(parse_as("c++20"));
  if (!error) return {};
  if (first_error(parse_as("c++23")))
    return {diagnose(DiagnosticName::emission_does_not_parse, {}, error->line, error->text)};
  const FileRange at = in_source(emission, *error, sources);
  if (error->id == clang::diag::err_cxx20_deducing_this)
    return {refuse_self(emission, *error, at, sources)};
  return {diagnose(DiagnosticName::newer_than_cpp20, at, error->text)};
}

}  // namespace combiner
