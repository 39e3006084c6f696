#include "combiner/flatten/read_program.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "clang/Driver/CreateInvocationFromArgs.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/HeaderSearch.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "combiner/explain_errors.h"
#include "combiner/flatten/record_declarations.h"
#include "combiner/flatten/record_inclusions.h"
#include "combiner/record_preprocessor.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

namespace path = llvm::sys::path;

struct ReadSource {
  SourceProgram program;
  Diagnostics diagnostics;
};

/// Parses, with the recorder in place, and reads the syntax tree before it goes.
class Read : public clang::ASTFrontendAction {
 public:
  Read(int source, SourceProgram& program) : source_(source), program_(program) {}

 protected:
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance&,
                                                        llvm::StringRef) override {
    return std::make_unique<clang::ASTConsumer>();
  }
  bool BeginSourceFileAction(clang::CompilerInstance& compiler) override {
    compiler.getPreprocessor().addPPCallbacks(
        record_inclusions(compiler.getPreprocessor(), source_, program_, entry_of_));
    return true;
  }
  void EndSourceFileAction() override {
    clang::CompilerInstance& compiler = getCompilerInstance();
    clang::DiagnosticsEngine& diagnostics = compiler.getDiagnostics();
    const bool goes_on = compiler.getLangOpts().CUDA && !diagnostics.hasFatalErrorOccurred();
    if (diagnostics.hasErrorOccurred() && !goes_on) return;
    note_guards(compiler);
    note_repeats(compiler);
    record_declarations(compiler.getASTContext(), entry_of_, program_);
  }

 private:
  void note_guards(clang::CompilerInstance& compiler) {
    clang::HeaderSearch& search = compiler.getPreprocessor().getHeaderSearchInfo();
    for (const auto& [file, index] : entry_of_) {
      const auto entry = compiler.getSourceManager().getFileEntryRefForID(file);
      if (!entry || !search.getExistingFileInfo(*entry)) continue;
      clang::HeaderFileInfo& info = search.getFileInfo(*entry);
      Entry& of = program_.entries[index];
      if (const auto* guard = info.getControllingMacro(search.getExternalLookup()))
        of.guard = guard->getName().str();
      of.is_guarded = info.isPragmaOnce || of.defines.count(of.guard) > 0;
    }
  }

  /// A library's header without a guard is written wherever it is included. What only wraps the
  /// compiler's own (<stdlib.h>, <math.h>) has its guard there.
  void note_repeats(clang::CompilerInstance& compiler) {
    clang::HeaderSearch& search = compiler.getPreprocessor().getHeaderSearchInfo();
    clang::FileManager& files = compiler.getFileManager();
    for (Entry& entry : program_.entries)
      for (auto& [hash, inclusion] : entry.inclusions) {
        const auto file = files.getOptionalFileRef(inclusion.target);
        if (inclusion.is_local || !file || !search.getExistingFileInfo(*file)) continue;
        clang::HeaderFileInfo& info = search.getFileInfo(*file);
        if (info.isPragmaOnce || info.getControllingMacro(search.getExternalLookup())) continue;
        const auto text = files.getBufferForFile(*file);
        inclusion.repeats = text && !(*text)->getBuffer().contains("include_next");
      }
  }

  const int source_;
  SourceProgram& program_;
  std::map<clang::FileID, int> entry_of_;
};

/// Clang refuses some CUDA that nvcc takes (`max(1, 2u)`). A word that it could not resolve means
/// everything of its name, so nothing is lost; nvcc has the last word.
void let_nvcc_decide(Diagnostics& errors) {
  if (errors.empty()) return;
  Diagnostic first = errors.front();
  Diagnostic d =
      diagnose(DiagnosticName::clang_refuses_cuda, first.at, first.message, errors.size());
  errors = {std::move(d)};
}

/// The first mistake, and every other in another place; Clang's notes stay with their error.
Diagnostics errors_of(const std::vector<ClangMessage>& messages) {
  Diagnostics out;
  for (const ClangMessage& message : messages) {
    if (message.is_note && !out.empty()) {
      if (!message.path.empty() && out.back().notes.size() < 3)
        out.back().notes.push_back({message.text, {message.path, message.begin, message.end}});
    } else if (message.is_error) {
      out.push_back(
          diagnose(DiagnosticName::cpp, {message.path, message.begin, message.end}, message.text));
    }
  }
  return out;
}

ReadSource read_source(const SourceCommand& command, int index, const std::string& cuda_path,
                       llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files) {
  ReadSource out;
  const std::vector<std::string> arguments = parse_arguments(command, cuda_path);
  std::vector<const char*> spelled;
  for (const std::string& argument : arguments) spelled.push_back(argument.c_str());
  clang::DiagnosticOptions options;
  clang::CreateInvocationOptions create;
  std::vector<ClangMessage> messages;
  create.Diags =
      clang::CompilerInstance::createDiagnostics(*files, options, new CollectMessages(messages));
  create.VFS = files;
  create.RecoverOnError = true;
  std::shared_ptr<clang::CompilerInvocation> invocation = clang::createInvocation(spelled, create);
  const auto wrong = std::find_if(messages.begin(), messages.end(),
                                  [](const ClangMessage& message) { return message.is_error; });
  if (!invocation || wrong != messages.end()) {
    const bool is_told = wrong != messages.end();
    out.diagnostics.push_back(
        diagnose(DiagnosticName::cannot_read, {}, command.file,
                 is_told ? wrong->text : "Clang does not understand its flags"));
    return out;
  }
  if (invocation->getLangOpts().CUDA && invocation->getTargetOpts().SDKVersion.empty())
    invocation->getTargetOpts().SDKVersion = llvm::VersionTuple(12, 9);  // lost with -nocudalib
  invocation->getFrontendOpts().DisableFree = false;
  out.program.is_cuda = invocation->getLangOpts().CUDA;
  out.program.is_c = !invocation->getLangOpts().CPlusPlus;
  clang::CompilerInstance compiler(invocation);
  compiler.setVirtualFileSystem(files);
  compiler.setVerboseOutputStream(llvm::nulls());
  messages.clear();
  compiler.createDiagnostics(new CollectMessages(messages));
  Read action(index, out.program);
  if (!compiler.ExecuteAction(action) || compiler.getDiagnostics().hasErrorOccurred())
    out.diagnostics = errors_of(messages);
  if (out.program.is_cuda && !compiler.getDiagnostics().hasFatalErrorOccurred())
    let_nvcc_decide(out.diagnostics);
  for (const auto& [macro, is_undef] : invocation->getPreprocessorOpts().Macros)
    if (!is_undef) out.program.defines.push_back(macro);
  return out;
}

/// Adds what one source saw to the whole, with the whole's numbers.
void join(SourceProgram& whole, SourceProgram part, std::map<std::string, Symbol>& known) {
  std::vector<Symbol> renumbered;
  for (const std::string& name : part.symbols) {
    const auto [found, fresh] = known.try_emplace(name, whole.symbols.size());
    if (fresh) whole.symbols.push_back(name);
    renumbered.push_back(found->second);
  }
  auto symbol = [&](Symbol old) { return old == kNoSymbol ? old : renumbered[old]; };
  auto set = [&](std::set<Symbol>& symbols) {
    std::set<Symbol> out;
    for (Symbol old : symbols)
      if (old != kNoSymbol) out.insert(symbol(old));
    symbols = std::move(out);
  };
  auto item = [&](Item& of) {
    for (Symbol& old : of.declares) old = symbol(old);
    set(of.triggers);
    set(of.uses);
    set(of.spaces);
  };
  const int first = whole.entries.size();
  for (Entry& entry : part.entries) {
    if (entry.parent >= 0) entry.parent += first;
    for (auto& [hash, inclusion] : entry.inclusions)
      if (inclusion.entry >= 0) inclusion.entry += first;
    for (Item& of : entry.items) item(of);
    for (Space& space : entry.spaces)
      for (Symbol& old : space.symbols) old = symbol(old);
    for (auto* words : {&entry.meanings, &entry.declared})
      for (auto& [offset, meanings] : *words)
        for (Symbol& old : meanings) old = symbol(old);
    whole.entries.push_back(std::move(entry));
  }
  item(part.from_third_parties);
  whole.from_third_parties.uses.insert(part.from_third_parties.uses.begin(),
                                       part.from_third_parties.uses.end());
  whole.from_third_parties.uses_names.merge(part.from_third_parties.uses_names);
  whole.texts.merge(part.texts);
  for (auto& [file, inclusions] : part.skipped_inclusions)
    whole.skipped_inclusions[file].merge(inclusions);
  whole.consulted_macros.merge(part.consulted_macros);
  for (std::string& macro : part.defines)
    if (std::find(whole.defines.begin(), whole.defines.end(), macro) == whole.defines.end())
      whole.defines.push_back(std::move(macro));
  whole.is_cuda = whole.is_cuda || part.is_cuda;
  whole.is_c = part.is_c;
}

}  // namespace

std::vector<std::string> parse_arguments(const SourceCommand& command,
                                         const std::string& cuda_path) {
  auto absolute = [&](llvm::StringRef name) {
    llvm::SmallString<256> out(name);
    if (!path::is_absolute(name)) {
      out = command.directory;
      path::append(out, name);
    }
    path::remove_dots(out, /*remove_dot_dot=*/true);
    return out.str().str();
  };
  const auto language = std::find(command.flags.begin(), command.flags.end(), "-x");
  const bool says = language != command.flags.end() && language + 1 != command.flags.end();
  const bool is_cuda = says ? *(language + 1) == "cuda" : path::extension(command.file) == ".cu";
  std::vector<std::string> out = {COOP_CLANG, "-fsyntax-only", "-w",
                                  "-resource-dir=" COOP_CLANG_RESOURCES};
  if (!says && path::extension(command.file) == ".c") out.insert(out.end(), {"-x", "c"});
  if (is_cuda)
    out.insert(out.end(), {"-x", "cuda", "--cuda-path=" + cuda_path, "--no-cuda-version-check",
                           "--cuda-gpu-arch=sm_90", "-nocudalib", "--cuda-host-only", "-isystem",
                           cuda_path + "/include/cccl"});
  if (!says && path::extension(command.file) == ".c")
    out.insert(out.end(), {"-x", "c"});  // clang++ would take it for C++
  static const std::vector<std::string> kFolders = {"-I",         "-isystem", "-iquote",
                                                    "-idirafter", "-include", "-imacros"};
  for (size_t i = 0; i < command.flags.size(); ++i) {
    const llvm::StringRef flag = command.flags[i];
    bool is_folder = false;
    for (const std::string& folder : kFolders) {
      llvm::StringRef rest = flag;
      if (is_folder || !rest.consume_front(folder)) continue;
      if (folder == "-I" && rest.starts_with("=")) continue;
      if (rest.empty() && i + 1 == command.flags.size()) continue;
      const std::string value = absolute(rest.empty() ? command.flags[++i] : rest.str());
      is_folder = true;
      out.insert(out.end(), {folder, value});
    }
    if (is_folder) continue;
    if ((flag == "-D" || flag == "-U") && i + 1 < command.flags.size())
      out.push_back(flag.str() + command.flags[++i]);
    else if (flag.starts_with("-D") || flag.starts_with("-U") || flag.starts_with("-std=") ||
             flag.starts_with("-m") || flag == "-pthread" || flag == "-fopenmp" ||
             flag == "-fno-exceptions" || flag == "-fno-rtti" || flag == "-funsigned-char" ||
             flag == "-fsigned-char" || flag == "-fno-char8_t" || flag == "-nostdinc" ||
             flag == "-fms-extensions" || flag == "-fpermissive" || flag == "-ansi")
      out.push_back(flag.str());
    else if (flag == "-x" && i + 1 < command.flags.size())
      out.insert(out.end(), {"-x", command.flags[++i]});
  }
  out.push_back(command.file);
  return out;
}

Result<SourceProgram> read_program(const std::vector<SourceCommand>& commands,
                                   const std::string& cuda_path,
                                   llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files,
                                   const std::function<void(const std::string&)>& progress) {
  std::vector<ReadSource> parts(commands.size());
  std::atomic<size_t> next = 0;
  std::mutex telling;
  auto work = [&] {
    for (size_t i = next++; i < commands.size(); i = next++) {
      parts[i] = read_source(commands[i], i, cuda_path, files);
      if (!progress) continue;
      const std::lock_guard lock(telling);
      progress(commands[i].file);
    }
  };
  std::vector<std::thread> workers;
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 1; i < std::min(cores, commands.size()); ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  Result<SourceProgram> out;
  out.value.emplace();
  out.value->commands = commands;
  std::map<std::string, Symbol> known;
  for (ReadSource& part : parts) {
    out.diagnostics.insert(out.diagnostics.end(), part.diagnostics.begin(), part.diagnostics.end());
    join(*out.value, std::move(part.program), known);
  }
  return out;
}

}  // namespace combiner
