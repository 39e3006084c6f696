#include "combiner/mutate.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "combiner/clang_arguments.h"
#include "combiner/find_mutants.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Parallel.h"

namespace combiner {
namespace {

using Form = Mutant::Form;

/// Parses a header, and the same header with other text in it.
class Header {
 public:
  Header(const Request& request, const SourceTree& sources, Files files)
      : path_(request.service),
        text_(sources.files.at(path_).text),
        files_(std::move(files)),
        arguments_(clang_arguments(request, sources, Side::kHost, "c++23", path_)) {
    arguments_.insert(arguments_.begin() + 1, {"-ferror-limit=0", "-w"});
    read_headers(sources.third_party);
  }

  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }

  /// Gives back its memory: there may be a thousand texts, at tens of MiB each.
  Parsed parsed(const std::string& text) const {
    return parse({.arguments = arguments_,
                  .files = with_texts(files_, {{path_, text}}),
                  .local_files = {path_},
                  .preamble = headers_,
                  .gives_back = true});
  }

  /// The lines that Clang's errors speak of; 0 for an error that names none.
  std::set<unsigned> wrong_lines(const std::string& text) const {
    const Parsed result = parsed(text);
    std::set<unsigned> out;
    bool is_error = false;
    for (const ClangMessage& message : result.messages) {
      if (!message.is_note) is_error = message.is_error;
      if (is_error && message.path == path_) out.insert(message.line);
    }
    if (result.failed && out.empty()) out.insert(0);
    return out;
  }

 private:
  /// Third-party headers once, for there are many texts to parse.
  void read_headers(const std::set<std::string>& includes) {
    if (includes.empty()) return;
    for (const std::string& include : includes) headers_.text += "#include " + include + "\n";
    std::vector<std::string> arguments = arguments_;
    arguments.back() = kPreamblePath;
    headers_.parsed = parse_headers(headers_.text, arguments, files_);
    if (!headers_.parsed) headers_ = {};
  }

  const std::string path_;
  const std::string text_;
  const Files files_;
  std::vector<std::string> arguments_;
  Preamble headers_;
};

Diagnostics errors_of(const Parsed& parsed, const std::string& path) {
  Diagnostics out;
  for (const ClangMessage& message : parsed.messages)
    if (message.is_error)
      out.push_back(
          diagnose(DiagnosticName::cpp, {message.path, message.begin, message.end}, message.text));
  if (out.empty()) out.push_back(diagnose(DiagnosticName::cannot_read, {}, path, "Clang failed"));
  return out;
}

/// In the order of the text, each text once.
std::vector<Mutant> sorted(std::vector<Mutant> mutants, const std::string& text) {
  std::stable_sort(mutants.begin(), mutants.end(), [](const Mutant& a, const Mutant& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::unordered_set<std::string> seen = {text};
  llvm::erase_if(mutants,
                 [&](const Mutant& each) { return !seen.insert(text_of(each, text)).second; });
  for (Mutant& mutant : mutants) {
    const Region region = region_of({"", mutant.begin, mutant.end}, text);
    mutant.line = region.line;
    mutant.column = region.column;
  }
  return mutants;
}

void number(std::vector<Mutant>& mutants) {
  for (unsigned id = 0; Mutant& mutant : mutants) mutant.id = ++id;
}

unsigned last_line(const Mutant& mutant) {
  return mutant.line + std::count(mutant.before.begin(), mutant.before.end(), '\n');
}

bool stands_on(const Mutant& mutant, const std::set<unsigned>& lines) {
  const auto next = lines.lower_bound(mutant.line);
  return lines.contains(0) || (next != lines.end() && *next <= last_line(mutant));
}

/// Those that Clang takes alone, among those that `is_asked`.
std::vector<Mutant> taken_alone(const std::vector<Mutant>& mutants, const Header& header,
                                llvm::function_ref<bool(const Mutant&)> is_asked) {
  std::vector<char> wrong(mutants.size(), false);
  llvm::parallelFor(0, mutants.size(), [&](size_t i) {
    if (is_asked(mutants[i]))
      wrong[i] = !header.wrong_lines(text_of(mutants[i], header.text())).empty();
  });
  std::vector<Mutant> out;
  for (size_t i = 0; i < mutants.size(); ++i)
    if (!wrong[i]) out.push_back(mutants[i]);
  return out;
}

/// What does not parse is no mutant; what parses alone and not beside the others stays alone.
std::vector<Mutant> that_parse(std::vector<Mutant> mutants, const Header& header,
                               unsigned declared_at) {
  const auto wrong_lines = [&] {
    number(mutants);
    return header.wrong_lines(schemata_of(mutants, header.text(), declared_at));
  };
  const std::set<unsigned> suspect = wrong_lines();
  mutants = taken_alone(mutants, header, [&](const Mutant& mutant) {
    return mutant.form == Form::kAlone || stands_on(mutant, suspect);
  });
  for (std::set<unsigned> wrong = wrong_lines(); !wrong.empty(); wrong = wrong_lines()) {
    bool any = false;
    for (Mutant& mutant : mutants) {
      if (mutant.form == Form::kAlone || !stands_on(mutant, wrong)) continue;
      mutant.form = Form::kAlone;
      any = true;
    }
    if (!any) break;
  }
  return mutants;
}

}  // namespace

Result<Mutations> mutate(const Request& request, const SourceTree& sources, Files files) {
  const Header header(request, sources, std::move(files));
  const Parsed parsed = header.parsed(header.text());
  if (parsed.failed) return {std::nullopt, errors_of(parsed, header.path())};
  Mutations out;
  out.declared_at = first_declaration(*parsed.pass);
  out.mutants =
      that_parse(sorted(find_mutants(*parsed.pass), header.text()), header, out.declared_at);
  return {std::move(out), {}};
}

}  // namespace combiner
