#include "combiner/record_preprocessor.h"

#include "clang/Lex/Lexer.h"
#include "clang/Lex/MacroArgs.h"
#include "clang/Lex/MacroInfo.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

std::string without_dots(llvm::StringRef name) {
  llvm::SmallString<256> out(name);
  llvm::sys::path::remove_dots(out, /*remove_dot_dot=*/true);
  return out.str().str();
}

class Recorder : public clang::PPCallbacks {
 public:
  Recorder(clang::Preprocessor& preprocessor, const std::set<std::string>& local, Preprocessed& out)
      : preprocessor_(preprocessor),
        sources_(preprocessor.getSourceManager()),
        local_(local),
        out_(out) {}

  void InclusionDirective(clang::SourceLocation hash, const clang::Token&, llvm::StringRef name,
                          bool angled, clang::CharSourceRange, clang::OptionalFileEntryRef target,
                          llvm::StringRef, llvm::StringRef, const clang::Module*, bool,
                          clang::SrcMgr::CharacteristicKind) override {
    if (!target) return;
    const std::string from = path_of(sources_, sources_.getFileID(hash));
    const std::string to = without_dots(target->getName());
    out_.graph[from].insert(to);
    if (!local_.count(from)) return;
    const std::string spelled = (angled ? "<" : "\"") + name.str() + (angled ? ">" : "\"");
    InclusionEdge edge{from, sources_.getFileOffset(hash), spelled, to};
    (local_.count(to) ? out_.local : out_.third_party).push_back(edge);
  }

  void FileChanged(clang::SourceLocation, FileChangeReason reason,
                   clang::SrcMgr::CharacteristicKind, clang::FileID previous) override {
    if (reason == ExitFile) leave(previous);
  }

  void MacroExpands(const clang::Token& token, const clang::MacroDefinition& definition,
                    clang::SourceRange range, const clang::MacroArgs*) override {
    use(token, definition, range);
  }

  void Defined(const clang::Token& token, const clang::MacroDefinition& definition,
               clang::SourceRange) override {
    ask(token, definition);
  }

  void If(clang::SourceLocation at, clang::SourceRange condition,
          ConditionValueKind value) override {
    open(at, condition.getEnd(), value == CVK_True, spelling(condition));
  }
  void Ifdef(clang::SourceLocation at, const clang::Token& name,
             const clang::MacroDefinition& definition) override {
    ask(name, definition);
    open(at, at, definition.getMacroInfo() != nullptr, preprocessor_.getSpelling(name));
  }
  void Ifndef(clang::SourceLocation at, const clang::Token& name,
              const clang::MacroDefinition& definition) override {
    ask(name, definition);
    open(at, at, definition.getMacroInfo() == nullptr, preprocessor_.getSpelling(name));
  }
  void Elif(clang::SourceLocation at, clang::SourceRange condition, ConditionValueKind value,
            clang::SourceLocation) override {
    branch(at, condition.getEnd(), value == CVK_True, spelling(condition));
  }
  void Else(clang::SourceLocation at, clang::SourceLocation) override { branch(at, at, true, ""); }
  void Endif(clang::SourceLocation at, clang::SourceLocation) override {
    if (open_.empty()) return;
    ConditionalBlock block = std::move(open_.back());
    open_.pop_back();
    std::tie(block.end_begin, block.end) = line(at, at);
    if (local_.count(block.file)) out_.conditionals.push_back(std::move(block));
  }

 private:
  void use(const clang::Token& token, const clang::MacroDefinition& definition,
           clang::SourceRange range) {
    const clang::MacroInfo* info = definition.getMacroInfo();
    if (!info || info->isBuiltinMacro()) return;
    const clang::CharSourceRange expansion = sources_.getExpansionRange(range);
    const clang::FileID in = sources_.getFileID(expansion.getBegin());
    const bool by_third_party = !is_local(in);
    if (by_third_party && !is_local(sources_.getFileID(info->getDefinitionLoc()))) return;
    const std::string file = path_of(sources_, in);
    MacroUse use;
    use.name = token.getIdentifierInfo()->getName().str();
    const unsigned length =
        clang::Lexer::MeasureTokenLength(expansion.getEnd(), sources_, preprocessor_.getLangOpts());
    use.at = {file, sources_.getFileOffset(expansion.getBegin()),
              sources_.getFileOffset(expansion.getEnd()) + length};
    const clang::SourceLocation defined = sources_.getFileLoc(info->getDefinitionLoc());
    use.definition.file = path_of(sources_, sources_.getFileID(defined));
    use.local = local_.count(use.definition.file) > 0;
    use.definition.begin = sources_.getFileOffset(defined);
    use.definition.end = sources_.getFileOffset(sources_.getFileLoc(info->getDefinitionEndLoc()));
    for (const clang::Token& part : info->tokens())
      use.makes_text = use.makes_text || part.is(clang::tok::hash);
    (by_third_party ? out_.configuration : out_.macros).push_back(std::move(use));
  }

  /// `#ifdef NAME`, `defined(NAME)`.
  void ask(const clang::Token& name, const clang::MacroDefinition& definition) {
    use(name, definition, {name.getLocation(), name.getLocation()});
    const clang::FileID in = sources_.getFileID(name.getLocation());
    if (!definition.getMacroInfo() && !is_local(in))
      out_.undefined[preprocessor_.getSpelling(name)].insert(path_of(sources_, in));
  }

  bool is_local(clang::FileID file) {
    const auto [found, fresh] = is_local_.try_emplace(file, false);
    if (fresh) found->second = local_.count(path_of(sources_, file)) > 0;
    return found->second;
  }

  /// A file is complete once it is left: what it includes was left before.
  void leave(clang::FileID file) {
    const std::string path = path_of(sources_, file);
    if (!local_.count(path) || out_.text.count(path)) return;
    out_.text[path] = sources_.getBufferData(file).str();
    out_.order.push_back(path);
  }

  std::string spelling(clang::SourceRange range) {
    return clang::Lexer::getSourceText(clang::CharSourceRange::getTokenRange(range), sources_,
                                       preprocessor_.getLangOpts())
        .str();
  }

  std::pair<unsigned, unsigned> line(clang::SourceLocation begin, clang::SourceLocation end) {
    const llvm::StringRef text = sources_.getBufferData(sources_.getFileID(begin));
    const unsigned from = sources_.getFileOffset(begin);
    const unsigned to = sources_.getFileOffset(sources_.getFileLoc(end.isValid() ? end : begin));
    const size_t start = from == 0 ? 0 : text.rfind('\n', from) + 1;
    const size_t stop = text.find('\n', std::max(from, to));
    return {start, stop == llvm::StringRef::npos ? text.size() : stop + 1};
  }

  void open(clang::SourceLocation at, clang::SourceLocation end, bool taken,
            std::string condition) {
    open_.push_back({path_of(sources_, sources_.getFileID(at)), {}, 0, 0});
    branch(at, end, taken, std::move(condition));
  }

  void branch(clang::SourceLocation at, clang::SourceLocation end, bool taken,
              std::string condition) {
    if (open_.empty()) return;
    bool before = false;
    for (const auto& other : open_.back().branches) before = before || other.taken;
    const auto [from, to] = line(at, end);
    open_.back().branches.push_back({from, to, taken && !before, std::move(condition)});
  }

  clang::Preprocessor& preprocessor_;
  clang::SourceManager& sources_;
  const std::set<std::string>& local_;
  Preprocessed& out_;
  std::vector<ConditionalBlock> open_;
  llvm::DenseMap<clang::FileID, bool> is_local_;
};

}  // namespace

std::string path_of(const clang::SourceManager& sources, clang::FileID file) {
  const auto entry = sources.getFileEntryRefForID(file);
  return entry ? without_dots(entry->getName()) : "";
}

bool is_for_the_compiler(const ConditionalBlock& block) {
  static const llvm::Regex kTarget(
      "__CUDA_ARCH__|__CUDACC__|__NVCC__|__GNUC__|__clang__|_MSC_VER|_OPENMP|__has_|__AVX|__SSE|"
      "__ARM|__x86_64__|__aarch64__|__FMA__|__cplusplus|NDEBUG");
  for (const auto& branch : block.branches)
    if (kTarget.match(branch.condition)) return true;
  return false;
}

std::unique_ptr<clang::PPCallbacks> record_preprocessor(clang::Preprocessor& preprocessor,
                                                        const std::set<std::string>& local_files,
                                                        Preprocessed& out) {
  return std::make_unique<Recorder>(preprocessor, local_files, out);
}

}  // namespace combiner
