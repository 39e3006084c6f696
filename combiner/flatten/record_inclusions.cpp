#include "combiner/flatten/record_inclusions.h"

#include "clang/Basic/FileManager.h"
#include "clang/Lex/HeaderSearch.h"
#include "clang/Lex/MacroInfo.h"
#include "combiner/flatten/evaluate_condition.h"
#include "combiner/record_preprocessor.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

using clang::MacroDefinition;
using clang::MacroInfo;
using clang::SourceLocation;
using clang::Token;

class Recorder : public clang::PPCallbacks {
 public:
  Recorder(clang::Preprocessor& preprocessor, int source, SourceProgram& program,
           std::map<clang::FileID, int>& entry_of)
      : preprocessor_(preprocessor),
        sources_(preprocessor.getSourceManager()),
        source_(source),
        program_(program),
        entry_of_(entry_of) {}

  // ---- files ----

  void LexedFileChanged(clang::FileID file, LexedFileChangeReason reason,
                        clang::SrcMgr::CharacteristicKind kind, clang::FileID,
                        SourceLocation) override {
    if (reason != LexedFileChangeReason::EnterFile) return;
    const std::string path = path_of(sources_, file);
    const bool is_main = file == sources_.getMainFileID();
    if (path.empty() || (!is_main && clang::SrcMgr::isSystem(kind))) return;
    Entry entry;
    entry.file = path;
    entry.source = source_;
    const SourceLocation from = sources_.getIncludeLoc(file);
    if (from.isValid()) {
      const auto parent = entry_of_.find(sources_.getFileID(from));
      if (parent != entry_of_.end()) entry.parent = parent->second;
    }
    entry.is_conditional = uncertain_ > 0;
    if (entry.parent >= 0 && program_.entries[entry.parent].is_conditional)
      entry.is_conditional = true;
    const int index = program_.entries.size();
    if (included_ && entry.parent >= 0) {
      program_.entries[entry.parent].inclusions[*included_].entry = index;
      included_.reset();
    }
    program_.entries.push_back(std::move(entry));
    entry_of_[file] = index;
    text_of(path, sources_.getBufferData(file));
  }

  void InclusionDirective(SourceLocation hash, const Token&, llvm::StringRef name, bool angled,
                          clang::CharSourceRange, clang::OptionalFileEntryRef target,
                          llvm::StringRef, llvm::StringRef, const clang::Module*, bool,
                          clang::SrcMgr::CharacteristicKind kind) override {
    included_.reset();
    Entry* entry = entry_at(hash);
    if (!entry) return;
    Inclusion inclusion;
    inclusion.hash = sources_.getFileOffset(hash);
    inclusion.spelled = (angled ? "<" : "\"") + name.str() + (angled ? ">" : "\"");
    if (target) inclusion.target = without_dots(target->getName());
    inclusion.is_local = target && !clang::SrcMgr::isSystem(kind);
    included_ = inclusion.hash;
    entry->inclusions[inclusion.hash] = std::move(inclusion);
  }

  // ---- conditionals ----

  void If(SourceLocation at, clang::SourceRange, ConditionValueKind value) override {
    open(at, value == CVK_True);
  }
  void Ifdef(SourceLocation at, const Token& name, const MacroDefinition& definition) override {
    use(name, definition);
    open(at, static_cast<bool>(definition));
  }
  void Ifndef(SourceLocation at, const Token& name, const MacroDefinition& definition) override {
    use(name, definition);
    open(at, !definition);
  }
  void Elif(SourceLocation at, clang::SourceRange, ConditionValueKind value,
            SourceLocation) override {
    next(at, value == CVK_True);
  }
  void Elifdef(SourceLocation at, const Token& name, const MacroDefinition& definition) override {
    use(name, definition);
    next(at, static_cast<bool>(definition));
  }
  void Elifdef(SourceLocation at, clang::SourceRange, SourceLocation) override { next(at, false); }
  void Elifndef(SourceLocation at, const Token& name, const MacroDefinition& definition) override {
    use(name, definition);
    next(at, !definition);
  }
  void Elifndef(SourceLocation at, clang::SourceRange, SourceLocation) override { next(at, false); }
  void Else(SourceLocation at, SourceLocation) override { next(at, true); }
  void Endif(SourceLocation, SourceLocation) override {
    if (open_.empty()) return;
    leave_branch(open_.back());
    open_.pop_back();
  }

  // ---- macros ----

  void MacroDefined(const Token& name, const clang::MacroDirective* directive) override {
    Entry* entry = entry_at(name.getLocation());
    if (!entry) return;
    entry->defines.insert(preprocessor_.getSpelling(name));
    if (uncertain_ > 0) uncertain_macros_.insert(directive->getMacroInfo());
  }
  void MacroUndefined(const Token& name, const MacroDefinition& definition,
                      const clang::MacroDirective*) override {
    use(name, definition);
    if (uncertain_ > 0 && entry_at(name.getLocation()))
      maybe_defined_.insert(preprocessor_.getSpelling(name));
  }
  void MacroExpands(const Token& name, const MacroDefinition& definition, clang::SourceRange,
                    const clang::MacroArgs*) override {
    use(name, definition);
  }
  void Defined(const Token& name, const MacroDefinition& definition, clang::SourceRange) override {
    use(name, definition);
  }

 private:
  struct Conditional {
    int entry;               // -1: of a third party
    bool uncertain = false;  // some branch so far is taken by one compiler and not by another
    bool decided = false;    // some branch is taken by each that came so far
    bool taken = false;      // Clang took one
    bool is_inside = false;  // the current branch counts in uncertain_
    std::vector<std::pair<int, std::optional<bool>>> branches = {};  // directives, what they say
    size_t settled = 0;  // how many of them have an outcome
  };

  static std::string without_dots(llvm::StringRef name) {
    llvm::SmallString<256> out(name);
    llvm::sys::path::remove_dots(out, /*remove_dot_dot=*/true);
    return out.str().str();
  }

  int index_at(SourceLocation at) const {
    const auto found = entry_of_.find(sources_.getFileID(sources_.getExpansionLoc(at)));
    return found == entry_of_.end() ? -1 : found->second;
  }
  Entry* entry_at(SourceLocation at) {
    const int index = index_at(at);
    return index < 0 ? nullptr : &program_.entries[index];
  }

  const SourceText& text_of(const std::string& path, llvm::StringRef text) {
    const auto found = program_.texts.find(path);
    if (found != program_.texts.end()) return found->second;
    return program_.texts.emplace(path, read_source_text(path, text.str())).first->second;
  }

  /// Which definition a word means; and whether a third party's header depends on one of ours.
  void use(const Token& name, const MacroDefinition& definition) {
    const MacroInfo* info = definition.getMacroInfo();
    if (!info || info->isBuiltinMacro()) return;
    const SourceLocation defined = info->getDefinitionLoc();
    const bool command_line = sources_.isWrittenInCommandLineFile(defined);
    const bool ours = command_line || entry_of_.count(sources_.getFileID(defined));
    const int index = index_at(name.getLocation());
    if (index < 0) {
      if (ours) program_.consulted_macros.insert(preprocessor_.getSpelling(name));
      return;
    }
    const std::string place = ours && !command_line
                                  ? path_of(sources_, sources_.getFileID(defined)) + ":" +
                                        std::to_string(sources_.getFileOffset(defined))
                                  : "";
    Entry& entry = program_.entries[index];
    if (name.getLocation().isMacroID()) {  // LOG_ ## level
      const SourceLocation at = sources_.getExpansionLoc(name.getLocation());
      entry.pasted[sources_.getFileOffset(at)].insert(preprocessor_.getSpelling(name));
      if (!place.empty()) entry.nested_macros[sources_.getFileOffset(at)].insert(place);
      return;
    }
    entry.macro_uses[sources_.getFileOffset(name.getLocation())] = place;
  }

  /// Every branch is evaluated here: none of them sees what another defines.
  void open(SourceLocation at, bool taken) {
    Conditional conditional{index_at(at)};
    if (conditional.entry >= 0) {
      Entry& entry = program_.entries[conditional.entry];
      const SourceText& text = program_.texts.at(entry.file);
      const int first = text.directive_at(sources_.getFileOffset(at));
      for (int index : branches_from(text, first))
        conditional.branches.push_back({index, evaluate(text, text.directives[index], entry)});
    }
    open_.push_back(std::move(conditional));
    branch(open_.back(), at, taken);
  }

  void next(SourceLocation at, bool taken) {
    if (open_.empty()) return;
    leave_branch(open_.back());
    branch(open_.back(), at, taken);
  }

  void leave_branch(Conditional& conditional) {
    uncertain_ -= conditional.is_inside;
    conditional.is_inside = false;
  }

  /// Directive `first`, an #if, with each #elif and #else of its own.
  static std::vector<int> branches_from(const SourceText& text, int first) {
    std::vector<int> out;
    int depth = 0;
    for (size_t i = std::max(first, 0); i < text.directives.size(); ++i) {
      using Kind = Directive::Kind;
      const Kind kind = text.directives[i].kind;
      depth += kind == Kind::kIf;
      if (kind == Kind::kEndif && --depth == 0) break;
      if (depth == 1 && (kind == Kind::kIf || kind == Kind::kElif || kind == Kind::kElse))
        out.push_back(i);
    }
    return out;
  }

  /// Clang tells of no branch behind the one that it takes, so they are settled with that one.
  void branch(Conditional& conditional, SourceLocation at, bool taken) {
    if (conditional.entry < 0) return;
    const SourceText& text = program_.texts.at(program_.entries[conditional.entry].file);
    const int here = text.directive_at(sources_.getFileOffset(at));
    while (conditional.settled < conditional.branches.size()) {
      const auto [index, known] = conditional.branches[conditional.settled];
      if (index > here && !conditional.taken) break;
      ++conditional.settled;
      settle(conditional, text, index, known, index == here && taken && !conditional.taken);
    }
  }

  void settle(Conditional& conditional, const SourceText& text, int index,
              std::optional<bool> known, bool taken) {
    if (known && *known && !taken && !conditional.taken && !conditional.decided) known.reset();
    if (known && !*known && taken) known.reset();
    Branch outcome = Branch::kNever;
    if (!conditional.decided && known != std::optional<bool>(false)) {
      (known ? conditional.decided : conditional.uncertain) = true;
      outcome = !conditional.uncertain ? Branch::kTaken
                : taken                ? Branch::kTakenHere
                                       : Branch::kSkippedHere;
    }
    conditional.taken = conditional.taken || taken;
    program_.entries[conditional.entry].branches[text.directives[index].hash] = outcome;
    if (outcome == Branch::kTakenHere) {
      conditional.is_inside = true;
      ++uncertain_;
    }
    if (outcome == Branch::kSkippedHere) read_skipped(text, index + 1, text.path);
  }

  /// `__has_include("local.h")` at word `at`: the file will be there. Behind it; 0: something else.
  size_t behind_local_probe(const SourceText& text, size_t at, size_t end) const {
    if (text.spelling(text.words[at]) != "__has_include" || at + 3 >= end) return 0;
    size_t close = at + 2;
    while (close < end && text.spelling(text.words[close]) != ")") ++close;
    if (close == end || text.spelling(text.words[at + 1]) != "(") return 0;
    const unsigned begin = text.words[at + 2].begin;
    llvm::StringRef name(text.text.data() + begin, text.words[close - 1].end - begin);
    const bool angled = name.starts_with("<");
    return find_local(name.drop_front().drop_back().str(), angled, text.path).empty() ? 0
                                                                                      : close + 1;
  }

  std::optional<bool> evaluate(const SourceText& text, const Directive& directive, Entry& entry) {
    if (directive.kind == Directive::Kind::kElse) return true;
    std::vector<std::string> words;
    for (size_t i = directive.first_word; i < directive.last_word; ++i) {
      if (text.words[i].kind == Word::Kind::kComment) continue;
      const size_t behind = behind_local_probe(text, i, directive.last_word);
      words.push_back(behind ? "1" : text.spelling(text.words[i]));
      if (!behind) continue;
      entry.local_probes[text.words[i].begin] = text.words[behind - 1].end;
      i = behind - 1;
    }
    if (words.empty()) return std::nullopt;
    auto lookup = [&](const std::string& name) { return know(name, text); };
    const llvm::StringRef keyword = directive.keyword;
    if (keyword == "ifdef" || keyword == "elifdef") return know(words[0], text).defined;
    if (keyword == "ifndef" || keyword == "elifndef") {
      const auto defined = know(words[0], text).defined;
      return defined ? std::optional<bool>(!*defined) : std::nullopt;
    }
    return evaluate_condition(words, lookup);
  }

  MacroKnowledge know(const std::string& name, const SourceText& text) {
    const MacroInfo* info = preprocessor_.getMacroInfo(preprocessor_.getIdentifierInfo(name));
    // A header that another compiler may have read before has a guard of its own in the flat file.
    if (!info && name == include_guard(text)) return {.defined = false};
    if (maybe_defined_.count(name)) return {};
    if (!info) {
      for (const Directive& directive : text.directives)  // its own guard, however it is spelled
        if (directive.kind == Directive::Kind::kDefine && directive.name == name)
          return {.defined = false};
      return {.defined = platform_defines(name, false)};
    }
    const SourceLocation at = info->getDefinitionLoc();
    const bool ours =
        sources_.isWrittenInCommandLineFile(at) || entry_of_.count(sources_.getFileID(at)) > 0;
    if (name == "__has_include") return {.defined = true};  // in every compiler of these days
    if (name == "__cplusplus" && preprocessor_.getLangOpts().CPlusPlus) return {.defined = true};
    if (!ours && (info->isBuiltinMacro() || sources_.isWrittenInBuiltinFile(at))) {
      if (!platform_defines(name, true)) return {};
      return text_of(info);
    }
    if (!ours || uncertain_macros_.count(info)) return {};
    return text_of(info);
  }

  MacroKnowledge text_of(const MacroInfo* info) const {
    MacroKnowledge out{.defined = true, .body = std::vector<std::string>()};
    out.is_called = info->isFunctionLike();
    for (const clang::IdentifierInfo* parameter : info->params())
      out.parameters.push_back(parameter->getName().str());
    for (const Token& token : info->tokens()) out.body->push_back(preprocessor_.getSpelling(token));
    return out;
  }

  // ---- what Clang skips and another compiler may read ----

  /// From directive `first` to the next branch of the same conditional.
  void read_skipped(const SourceText& text, size_t first, const std::string& file) {
    int depth = 0;
    for (size_t i = first; i < text.directives.size(); ++i) {
      const Directive& directive = text.directives[i];
      using Kind = Directive::Kind;
      if (directive.kind == Kind::kIf) ++depth;
      const bool leaves = directive.kind == Kind::kElif || directive.kind == Kind::kElse ||
                          directive.kind == Kind::kEndif;
      if (leaves && depth == 0) return;
      if (directive.kind == Kind::kEndif) --depth;
      if (directive.kind == Kind::kDefine || directive.kind == Kind::kUndef)
        maybe_defined_.insert(directive.name);
      if (directive.kind == Kind::kInclude) note_skipped_include(text, directive, file);
    }
  }

  void note_skipped_include(const SourceText& text, const Directive& directive,
                            const std::string& file) {
    const size_t begin = text.text.find_first_of("\"<", directive.hash);
    if (begin >= directive.end) return;
    const size_t end = text.text.find(text.text[begin] == '<' ? '>' : '"', begin + 1);
    if (end >= directive.end) return;
    Inclusion inclusion;
    inclusion.hash = directive.hash;
    inclusion.spelled = text.text.substr(begin, end + 1 - begin);
    const std::string name = text.text.substr(begin + 1, end - begin - 1);
    inclusion.target = find_local(name, text.text[begin] == '<', file);
    inclusion.is_local = !inclusion.target.empty();
    program_.skipped_inclusions[file][directive.hash] = inclusion;
    if (!inclusion.is_local || program_.texts.count(inclusion.target)) return;
    auto buffer = sources_.getFileManager().getBufferForFile(inclusion.target);
    if (!buffer) return;
    read_skipped(text_of(inclusion.target, (*buffer)->getBuffer()), 0, inclusion.target);
  }

  std::string find_local(const std::string& name, bool angled, const std::string& from) const {
    auto exists = [&](const std::string& directory) {
      llvm::SmallString<256> path(directory);
      llvm::sys::path::append(path, name);
      const auto file = sources_.getFileManager().getOptionalFileRef(path);
      return file ? without_dots(file->getName()) : std::string();
    };
    if (!angled)
      if (std::string found = exists(llvm::sys::path::parent_path(from).str()); !found.empty())
        return found;
    for (const clang::DirectoryLookup& directory :
         preprocessor_.getHeaderSearchInfo().search_dir_range())
      if (directory.isNormalDir() && directory.getDirCharacteristic() == clang::SrcMgr::C_User)
        if (std::string found = exists(directory.getName().str()); !found.empty()) return found;
    return "";
  }

  clang::Preprocessor& preprocessor_;
  clang::SourceManager& sources_;
  const int source_;
  SourceProgram& program_;
  std::map<clang::FileID, int>& entry_of_;
  std::vector<Conditional> open_;
  int uncertain_ = 0;                            // how many open branches only Clang may take
  std::set<const MacroInfo*> uncertain_macros_;  // defined in one
  std::set<std::string> maybe_defined_;          // named by a define that Clang skipped
  std::optional<unsigned> included_;             // the inclusion that is about to be entered
};

}  // namespace

std::unique_ptr<clang::PPCallbacks> record_inclusions(clang::Preprocessor& preprocessor, int source,
                                                      SourceProgram& program,
                                                      std::map<clang::FileID, int>& entry_of) {
  return std::make_unique<Recorder>(preprocessor, source, program, entry_of);
}

}  // namespace combiner
