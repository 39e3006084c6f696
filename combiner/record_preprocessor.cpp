#include "combiner/record_preprocessor.h"

#include "clang/Lex/Lexer.h"
#include "clang/Lex/MacroArgs.h"
#include "clang/Lex/MacroInfo.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/TokenConcatenation.h"
#include "combiner/statement_text.h"
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

bool holds(const FileRange& outer, const FileRange& inner) {
  return outer.file == inner.file && outer.begin <= inner.begin && inner.end <= outer.end;
}

class Recorder : public clang::PPCallbacks {
 public:
  Recorder(clang::Preprocessor& preprocessor, const std::set<std::string>& local, Preprocessed& out)
      : preprocessor_(preprocessor),
        sources_(preprocessor.getSourceManager()),
        concatenation_(preprocessor),
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

  void HasInclude(clang::SourceLocation, llvm::StringRef name, bool,
                  clang::OptionalFileEntryRef found, clang::SrcMgr::CharacteristicKind) override {
    if (found && local_.count(without_dots(found->getName()))) local_probes_.insert(name.str());
  }

  void FileChanged(clang::SourceLocation, FileChangeReason reason,
                   clang::SrcMgr::CharacteristicKind, clang::FileID previous) override {
    if (reason == ExitFile) leave(previous);
  }

  void MacroDefined(const clang::Token& name, const clang::MacroDirective* directive) override {
    if (!is_local(sources_.getFileID(name.getLocation()))) return;
    const clang::MacroInfo* info = directive->getMacroInfo();
    note_directive(name, info->getDefinitionEndLoc(), definition_of(info));
  }

  void MacroUndefined(const clang::Token& name, const clang::MacroDefinition&,
                      const clang::MacroDirective*) override {
    if (is_local(sources_.getFileID(name.getLocation())))
      note_directive(name, name.getLocation(), {});
  }

  /// Every token that reaches the parser.
  void token(const clang::Token& token) {
    const clang::SourceLocation location = token.getLocation();
    if (!location.isMacroID() || token.isAnnotation()) {
      expansion_ = nullptr;
      return;
    }
    const auto [file, begin] = sources_.getDecomposedExpansionLoc(location);
    if (file != file_ || begin != begin_) {
      expansion_ = nullptr;
      file_ = file;
      begin_ = begin;
      const std::string path = path_of(sources_, file);
      if (!local_.count(path)) return;
      expansion_ = &out_.expansions[{path, begin}];
      before_ = last_ = clang::Token();
      before_.startToken();
      last_.startToken();
    }
    if (!expansion_) return;
    const bool first = expansion_->text.empty();
    if (!first && (token.hasLeadingSpace() || token.isAtStartOfLine() ||
                   concatenation_.AvoidConcat(before_, last_, token)))
      expansion_->text += ' ';
    expansion_->text += preprocessor_.getSpelling(token);
    before_ = last_;
    last_ = token;
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
    open(at, condition.getEnd(), value == CVK_True, without_local_probes(spelling(condition)));
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
    branch(at, condition.getEnd(), value == CVK_True, without_local_probes(spelling(condition)));
  }
  void Else(clang::SourceLocation at, clang::SourceLocation) override { branch(at, at, true, ""); }
  void Endif(clang::SourceLocation at, clang::SourceLocation) override {
    if (open_.empty()) return;
    ConditionalBlock block = std::move(open_.back());
    open_.pop_back();
    if (block.file.empty()) return;
    std::tie(block.end_begin, block.end) = line(at, at);
    settle(block, sources_.getBufferData(sources_.getFileID(at)));
    add(std::move(block));
  }

 private:
  void use(const clang::Token& token, const clang::MacroDefinition& definition,
           clang::SourceRange range) {
    const clang::MacroInfo* info = definition.getMacroInfo();
    if (!info) return;
    if (info->isBuiltinMacro()) {
      note_invocation(info, range);
      return;
    }
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
    use.definition = definition_of(info);
    use.local = local_.count(use.definition.file) > 0;
    for (const clang::Token& part : info->tokens())
      use.makes_text = use.makes_text || part.is(clang::tok::hash);
    note_invocation(info, range);
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

  FileRange definition_of(const clang::MacroInfo* info) {
    const clang::SourceLocation defined = sources_.getFileLoc(info->getDefinitionLoc());
    return {path_of(sources_, sources_.getFileID(defined)), sources_.getFileOffset(defined),
            sources_.getFileOffset(sources_.getFileLoc(info->getDefinitionEndLoc()))};
  }

  /// The range of the outermost invocation, and whether its expansion is the same for every
  /// compiler.
  void note_invocation(const clang::MacroInfo* info, clang::SourceRange range) {
    const clang::CharSourceRange whole = sources_.getExpansionRange(range);
    if (!is_local(sources_.getFileID(whole.getBegin()))) return;
    const std::string file = path_of(sources_, sources_.getFileID(whole.getBegin()));
    const bool portable = !info->isBuiltinMacro() && local_.count(definition_of(info).file) > 0;
    const unsigned begin = sources_.getFileOffset(whole.getBegin());
    const unsigned end =
        sources_.getFileOffset(whole.getEnd()) +
        clang::Lexer::MeasureTokenLength(whole.getEnd(), sources_, preprocessor_.getLangOpts());
    Expansion& expansion = out_.expansions[{file, begin}];
    expansion.at = {file, begin, std::max(expansion.at.end, end)};
    while (!around_.empty() && !holds(around_.back()->at, expansion.at)) around_.pop_back();
    around_.push_back(&expansion);  // an argument is expanded inside of the outer one
    for (Expansion* outer : around_) outer->portable = outer->portable && portable;
  }

  void note_directive(const clang::Token& name, clang::SourceLocation end, FileRange definition) {
    const auto [first, last] = line(name.getLocation(), end);
    const std::string file = path_of(sources_, sources_.getFileID(name.getLocation()));
    out_.directives.push_back(
        {preprocessor_.getSpelling(name), {file, first, last}, std::move(definition)});
  }

  /// A file is complete once it is left: what it includes was left before.
  void leave(clang::FileID file) {
    const std::string path = path_of(sources_, file);
    if (!local_.count(path) || out_.text.count(path)) return;
    out_.text[path] = sources_.getBufferData(file).str();
    out_.order.push_back(path);
    out_.seen[path] = out_.third_party.size();
  }

  std::string spelling(clang::SourceRange range) {
    return clang::Lexer::getSourceText(clang::CharSourceRange::getTokenRange(range), sources_,
                                       preprocessor_.getLangOpts())
        .str();
  }

  /// A condition on the compiler, on __CUDA_ARCH__, on a third party's macro, or on a macro that
  /// was chosen by such a condition. Its macros are read from the text: Clang saw those of one
  /// branch only.
  void settle(ConditionalBlock& block, llvm::StringRef text) {
    static const llvm::Regex kTarget(
        "__CUDA_ARCH__|__CUDACC__|__NVCC__|__GNU|__clang__|_MSC_VER|_OPENMP|__has_|__AVX|__SSE|"
        "__ARM|__x86_64__|__aarch64__|__FMA__|__F16C__|__BMI|__cplusplus|__cpp_|__SIZEOF_|"
        "__OPTIMIZE__|__FAST_MATH__|NDEBUG");
    static const llvm::Regex kDefine("^[ \t]*#[ \t]*define[ \t]+([A-Za-z0-9_]+)");
    for (const auto& branch : block.branches) {
      block.for_the_compiler |= kTarget.match(branch.condition);
      for (const std::string& macro : chosen_by_compiler_)
        block.for_the_compiler |=
            !identifiers(branch.condition, 0, branch.condition.size(), macro).empty();
    }
    if (!block.for_the_compiler || block.branches.empty()) return;
    llvm::SmallVector<llvm::StringRef> lines;
    text.slice(block.branches[0].begin, block.end).split(lines, '\n');
    for (const llvm::StringRef line : lines)
      if (llvm::SmallVector<llvm::StringRef, 2> match; kDefine.match(line, &match))
        chosen_by_compiler_.insert(match[1].str());
  }

  /// `__has_include("kernels/attend.h")` of a local header that is there is no question to whoever
  /// compiles the emission, which has the header's text.
  std::string without_local_probes(std::string condition) {
    static const llvm::Regex kProbe("__has_include[ \t]*\\([ \t]*[\"<]([^\">]*)[\">][ \t]*\\)");
    llvm::SmallVector<llvm::StringRef, 2> match;
    for (size_t from = 0; kProbe.match(llvm::StringRef(condition).drop_front(from), &match);) {
      const size_t begin = match[0].data() - condition.data(), size = match[0].size();
      const bool is_local = local_probes_.count(match[1].str()) > 0;
      if (is_local) condition.replace(begin, size, "1");
      from = begin + (is_local ? 1 : size);
    }
    local_probes_.clear();
    return condition;
  }

  bool asks_third_party(llvm::StringRef condition) {
    for (const std::string& word : words(condition, 0, condition.size())) {
      const auto* macro = preprocessor_.getMacroInfo(preprocessor_.getIdentifierInfo(word));
      if (!macro) continue;
      const clang::FileID file = sources_.getFileID(macro->getDefinitionLoc());
      if (sources_.getFileEntryRefForID(file) && !is_local(file)) return true;
    }
    return false;
  }

  std::pair<unsigned, unsigned> line(clang::SourceLocation begin, clang::SourceLocation end) {
    const llvm::StringRef text = sources_.getBufferData(sources_.getFileID(begin));
    const unsigned from = sources_.getFileOffset(begin);
    const unsigned to = sources_.getFileOffset(sources_.getFileLoc(end.isValid() ? end : begin));
    const size_t start = from == 0 ? 0 : text.rfind('\n', from) + 1;
    const size_t stop = text.find('\n', std::max(from, to));
    return {start, stop == llvm::StringRef::npos ? text.size() : stop + 1};
  }

  /// Of a file that is read twice, a branch that was taken once is there: the second time
  /// `#ifndef FIRST_H` hides what the first time it let through.
  void add(ConditionalBlock block) {
    for (ConditionalBlock& known : out_.conditionals) {
      if (known.file != block.file || known.end != block.end) continue;
      for (size_t i = 0; i < block.branches.size(); ++i)
        known.branches[i].taken |= block.branches[i].taken;
      return;
    }
    out_.conditionals.push_back(std::move(block));
  }

  void open(clang::SourceLocation at, clang::SourceLocation end, bool taken,
            std::string condition) {
    const clang::FileID file = sources_.getFileID(at);
    open_.push_back({is_local(file) ? path_of(sources_, file) : "", {}, 0, 0});
    branch(at, end, taken, std::move(condition));
  }

  void branch(clang::SourceLocation at, clang::SourceLocation end, bool taken,
              std::string condition) {
    if (open_.empty() || open_.back().file.empty()) return;
    open_.back().for_the_compiler |= asks_third_party(condition);
    bool before = false;
    for (const auto& other : open_.back().branches) before = before || other.taken;
    const auto [from, to] = line(at, end);
    open_.back().branches.push_back({from, to, taken && !before, std::move(condition)});
  }

  clang::Preprocessor& preprocessor_;
  clang::SourceManager& sources_;
  clang::TokenConcatenation concatenation_;
  const std::set<std::string>& local_;
  Preprocessed& out_;
  // The invocation whose tokens arrive.
  clang::FileID file_;
  unsigned begin_ = 0;
  Expansion* expansion_ = nullptr;  // null when it is not local
  std::vector<Expansion*> around_;  // invocations, each in an argument of the one before
  clang::Token before_, last_;
  std::vector<ConditionalBlock> open_;
  std::set<std::string> chosen_by_compiler_;  // macros
  std::set<std::string> local_probes_;  // names that __has_include found, of the next condition
  llvm::DenseMap<clang::FileID, bool> is_local_;
};

}  // namespace

std::string path_of(const clang::SourceManager& sources, clang::FileID file) {
  const auto entry = sources.getFileEntryRefForID(file);
  return entry ? without_dots(entry->getName()) : "";
}

std::vector<FileRange> ConditionalBlock::unseen() const {
  std::vector<FileRange> out;
  for (size_t i = 0; i < branches.size(); ++i)
    if (!branches[i].taken)
      out.push_back(
          {file, branches[i].end, i + 1 < branches.size() ? branches[i + 1].begin : end_begin});
  return out;
}

std::unique_ptr<clang::PPCallbacks> record_preprocessor(clang::Preprocessor& preprocessor,
                                                        const std::set<std::string>& local_files,
                                                        Preprocessed& out) {
  auto recorder = std::make_unique<Recorder>(preprocessor, local_files, out);
  preprocessor.setTokenWatcher(
      [recorder = recorder.get()](const clang::Token& token) { recorder->token(token); });
  return recorder;
}

}  // namespace combiner
