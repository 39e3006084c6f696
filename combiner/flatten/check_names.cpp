#include "combiner/flatten/check_names.h"

#include <algorithm>

#include "combiner/flatten/read_program.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {
namespace {

/// The flags of all sources but those that find local headers and define macros.
SourceCommand flat_command(const SourceProgram& program, const std::string& path) {
  SourceCommand out{path, program.commands.front().directory, {}};
  const std::vector<std::string>& flags = program.commands.front().flags;
  static const std::vector<std::string> kGone = {"-I",       "-iquote", "-include",
                                                 "-imacros", "-D",      "-x"};
  for (size_t i = 0; i < flags.size(); ++i) {
    const auto gone = std::find_if(kGone.begin(), kGone.end(), [&](const std::string& flag) {
      return llvm::StringRef(flags[i]).starts_with(flag);
    });
    if (gone == kGone.end())
      out.flags.push_back(flags[i]);
    else if (flags[i] == *gone)
      ++i;
  }
  // Whatever the flat file is called.
  const char* language = program.is_cuda ? "cuda" : program.is_c ? "c" : "c++";
  out.flags.insert(out.flags.end(), {"-x", language});
  return out;
}

class Checker {
 public:
  Checker(const SourceProgram& program, const Renames& renames, const FlatText& flat,
          const PrintedFlat& printed)
      : program_(program), renames_(renames), flat_(flat), printed_(printed) {}

  /// Where an offset of the flat file comes from; an empty file: it is nobody's text.
  FileRange original(unsigned offset) const {
    const int chunk = chunk_at(offset);
    if (chunk < 0) return {};
    const FlatText::Chunk& of = flat_.chunks[chunk];
    if (of.file.empty()) return {};
    const unsigned at = of.begin + (offset - printed_.positions[chunk]);
    return {of.file, at, at + 1};
  }

  Diagnostics compare(const SourceProgram& again) {
    const Entry& entry = again.entries.front();
    for (const auto& [offset, meanings] : entry.meanings) {
      const int chunk = chunk_at(offset);
      if (chunk < 0 || flat_.chunks[chunk].entry < 0 || meanings.empty()) continue;
      const FlatText::Chunk& of = flat_.chunks[chunk];
      const Entry& before = program_.entries[of.entry];
      const unsigned at = of.begin + (offset - printed_.positions[chunk]);
      const auto meant = before.meanings.find(at);
      if (meant == before.meanings.end() || meant->second.empty()) continue;
      const std::set<std::string> then = identities(program_, meant->second);
      const std::set<std::string> now = identities(again, meanings);
      const bool agree = std::any_of(now.begin(), now.end(),
                                     [&](const std::string& one) { return then.count(one) > 0; });
      if (!then.empty() && !now.empty() && !agree)
        report(DiagnosticName::means_another, of.file, at);
    }
    for (const auto& [offset, place] : entry.macro_uses) compare_macro(offset, place);
    return std::move(out_);
  }

 private:
  int chunk_at(unsigned offset) const {
    auto next = std::upper_bound(printed_.positions.begin(), printed_.positions.end(), offset);
    if (next == printed_.positions.begin()) return -1;
    const int chunk = std::prev(next) - printed_.positions.begin();
    return offset < printed_.positions[chunk] + flat_.chunks[chunk].text.size() ? chunk : -1;
  }

  /// A symbol of one file alone says which, and the flat file is another; a new name is an old one.
  /// Empty: it has no name by which to tell (an unnamed union).
  std::string identity(const SourceProgram& program, Symbol symbol) const {
    const llvm::StringRef name = program.symbols[symbol];
    const size_t usr = name.find("c:");
    llvm::StringRef rest = usr == llvm::StringRef::npos ? name : name.substr(usr + 2);
    rest = rest.substr(std::min(rest.find('@'), rest.size()));
    if (rest.contains('.')) return "";  // told apart by its file
    std::string out, word;
    for (char c : (rest + "@").str()) {
      if (llvm::isAlnum(c) || c == '_') {
        word += c;
        continue;
      }
      const auto before = renames_.before.find(word);
      const bool is_offset =
          out.ends_with('@') && !word.empty() &&
          llvm::StringRef(word).find_first_not_of("0123456789") == llvm::StringRef::npos;
      if (!is_offset) out += before == renames_.before.end() ? word : before->second;
      out += c;
      word.clear();
    }
    return out;
  }

  std::set<std::string> identities(const SourceProgram& program,
                                   const std::vector<Symbol>& symbols) const {
    std::set<std::string> out;
    for (Symbol symbol : symbols)
      if (std::string one = identity(program, symbol); !one.empty()) out.insert(std::move(one));
    return out;
  }

  void compare_macro(unsigned offset, const std::string& place) {
    const int chunk = chunk_at(offset);
    if (chunk < 0 || flat_.chunks[chunk].entry < 0) return;
    const FlatText::Chunk& of = flat_.chunks[chunk];
    const Entry& before = program_.entries[of.entry];
    const unsigned at = of.begin + (offset - printed_.positions[chunk]);
    const auto meant = before.macro_uses.find(at);
    if (meant == before.macro_uses.end()) {
      if (!guards(program_.texts.at(of.file), at))
        report(DiagnosticName::means_another, of.file, at);
      return;
    }
    if (place.empty() || meant->second.empty()) return;
    const FileRange now = original(std::stoul(place.substr(place.rfind(':') + 1)));
    if (now.file.empty() || now.file + ":" + std::to_string(now.begin) == meant->second) return;
    if (text_of_line(now.file, now.begin) == text_of_place(meant->second)) return;
    report(DiagnosticName::means_another, of.file, at);
  }

  /// X of `#ifndef X` `#define X`: what that guards is above.
  static bool guards(const SourceText& text, unsigned offset) {
    const int index = text.directive_at(offset);
    if (index < 0 || index + 1 == static_cast<int>(text.directives.size())) return false;
    const std::string macro = macro_not_defined(text, text.directives[index]);
    const Directive& next = text.directives[index + 1];
    return next.kind == Directive::Kind::kDefine && next.name == macro;
  }

  /// A macro's definition, word by word: two that differ by white space alone are one.
  std::vector<std::string> text_of_line(const std::string& file, unsigned offset) const {
    const SourceText& text = program_.texts.at(file);
    const int index = text.directive_at(offset);
    std::vector<std::string> out;
    if (index < 0) return out;
    const Directive& directive = text.directives[index];
    for (size_t i = directive.first_word; i < directive.last_word; ++i)
      if (text.words[i].kind != Word::Kind::kComment) out.push_back(text.spelling(text.words[i]));
    return out;
  }
  std::vector<std::string> text_of_place(const std::string& place) const {
    const size_t colon = place.rfind(':');
    return text_of_line(place.substr(0, colon), std::stoul(place.substr(colon + 1)));
  }

  void report(DiagnosticName name, const std::string& file, unsigned at) {
    const SourceText& text = program_.texts.at(file);
    const size_t word = text.word_at(at);
    if (word == text.words.size()) return;
    const std::string spelled = text.spelling(text.words[word]);
    if (!told_.insert({file, spelled}).second) return;
    out_.push_back(diagnose(name, {file, at, text.words[word].end}, spelled));
  }

  const SourceProgram& program_;
  const Renames& renames_;
  const FlatText& flat_;
  const PrintedFlat& printed_;
  Diagnostics out_;
  std::set<std::pair<std::string, std::string>> told_;
};

}  // namespace

NamesChecked check_names(const SourceProgram& program, const Renames& renames, const FlatText& flat,
                         const PrintedFlat& printed, const std::string& path,
                         const std::string& cuda_path) {
  NamesChecked out;
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  memory->addFile(path, 0, llvm::MemoryBuffer::getMemBufferCopy(printed.emission.text, path));
  auto files =
      llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
  files->pushOverlay(memory);
  const auto again = read_program({flat_command(program, path)}, cuda_path, files, nullptr);
  Checker checker(program, renames, flat, printed);
  for (const Diagnostic& error : again.diagnostics) {
    if (error.severity() == Severity::kWarning) continue;  // said of the sources
    const std::string& text = printed.emission.text;
    const unsigned line =
        1 + std::count(text.begin(), text.begin() + std::min<size_t>(error.at.begin, text.size()),
                       '\n');
    const bool is_here = error.at.file == path;
    out.diagnostics.push_back(diagnose(DiagnosticName::emission_does_not_parse,
                                       is_here ? checker.original(error.at.begin) : FileRange(),
                                       is_here ? line : 0, error.message));
  }
  out.parses = out.diagnostics.empty();
  if (out.parses) out.diagnostics = checker.compare(*again.value);
  return out;
}

}  // namespace combiner
