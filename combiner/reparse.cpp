// Emission → Diagnostics. What was found right before, behind the same headers, is right.
#include "combiner/reparse.h"

#include <algorithm>
#include <thread>

#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/Version.h"
#include "combiner/check_includes.h"
#include "combiner/checked_bodies.h"
#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

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

/// The first error in the order of the text; nothing when all is fine.
std::optional<ClangMessage> first_error(const std::vector<Parsed>& parsed) {
  for (const Parsed& side : parsed) {
    for (const ClangMessage& message : side.messages)
      if (message.is_error) return message;
    ClangMessage nothing;
    nothing.text = "Clang could not start";
    if (side.failed) return nothing;
  }
  return std::nullopt;
}

/// With `preambles`, threads read a part of the bodies each but for those that are `known`, and all
/// of the rest.
std::vector<Parsed> parse_emission(const Request& request, const Emission& emission,
                                   const std::string& standard, const Preambles* preambles,
                                   Files files, unsigned threads_at_most = 1,
                                   const std::set<unsigned>& known = {}) {
  const std::string path = request.device == Device::kCuda ? "/emitted.cu" : "/emitted.cpp";
  const Files overlaid = with_texts(files, {{path, emission.text}});
  const std::vector<Side> sides = sides_of(request);
  const unsigned parts = std::max<size_t>(1, threads_at_most / sides.size());
  std::vector<Parsed> out(sides.size() * parts);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < out.size(); ++i)
    threads.emplace_back([&, i, side = sides[i / parts]] {
      ParseInput input;
      input.arguments = clang_arguments(request, {}, side, standard, path);
      if (standard == "c++20")  // what is newer is an error, not an extension
        input.arguments.push_back("-Werror=c++23-extensions");
      input.files = overlaid;
      input.local_files = {path};
      if (preambles) input.preamble = preambles->emission(side);
      input.bodies = {.part = i % parts, .parts = parts, .known = known};
      out[i] = parse(input);
    });
  for (std::thread& thread : threads) thread.join();
  return out;
}

/// What decides whether an emission compiles, but for itself; empty when the headers are unknown.
std::string key_of(const Request& request, const Preambles& preambles) {
  std::string out = clang::getClangFullVersion();
  for (const Side side : sides_of(request)) {
    const auto headers = preambles.emission(side).parsed;
    if (!headers) return "";
    out += "\n" + llvm::join(clang_arguments(request, {}, side, "c++20", ""), " ");
    for (const FileStamp& header : headers->headers)
      if (header.kind == FileStamp::kRead)
        out += "\n" + header.path + " " + llvm::utohexstr(header.content);
  }
  return out;
}

/// Behind the headers that were parsed while Clang read the bound source. They are more than it
/// includes, so "no" may also be said of what is right.
bool all_compile(const std::vector<Parsed>& parts) {
  return std::all_of(parts.begin(), parts.end(), [](const Parsed& part) {
    return !part.failed && includes_what_it_names(*part.pass);
  });
}

/// An emission that compiles, as the next one of this service will need it.
class LastEmission {
 public:
  LastEmission(const Request& request, const std::string& headers, const Preambles& preambles)
      : cache_(preambles.cache()), key_("bodies that compile 1, " + headers + "\n") {
    key_ += request.service;
    for (const auto& [slot, artifact] : request.with) key_ += "\n" + slot + "=" + artifact;
  }

  std::optional<ChangedBodies> compare(const std::string& text) const {
    const auto entry = cache_.find(key_);
    const auto before = entry ? read_checked_bodies(entry->text) : std::nullopt;
    return before ? changed_bodies(*before, text) : std::nullopt;
  }

  void keep(const CheckedBodies& checked) const { cache_.keep(key_, serialize(checked)); }

 private:
  const Cache& cache_;
  std::string key_;
};

bool compiles_beside(const Request& request, const Emission& emission, const std::string& headers,
                     const Preambles& preambles, Files files) {
  constexpr unsigned kThreads = 4;
  const LastEmission last(request, headers, preambles);
  if (const auto changed = last.compare(emission.text)) {
    const unsigned sides = sides_of(request).size();
    if (all_compile(parse_emission(request, emission, "c++20", &preambles, files, sides,
                                   changed->unchanged))) {
      last.keep(changed->now);
      return true;
    }
  }
  const std::vector<Parsed> parts =
      parse_emission(request, emission, "c++20", &preambles, files, kThreads);
  if (!all_compile(parts)) return false;
  std::vector<std::shared_ptr<Pass>> passes;
  for (const Parsed& part : parts) passes.push_back(part.pass);
  last.keep(checked_bodies(emission.text, passes));
  return true;
}

}  // namespace

Diagnostics reparse(const Request& request, const Emission& emission, const SourceTree& sources,
                    const Preambles& preambles, Files files) {
  if (const std::string headers = key_of(request, preambles); !headers.empty()) {
    const std::string key = "emission that compiles 1, " + headers + "\n" + emission.text;
    if (preambles.cache().find(key)) return {};
    if (compiles_beside(request, emission, headers, preambles, files)) {
      preambles.cache().keep(key, "");
      return {};
    }
  }
  const auto error = first_error(parse_emission(request, emission, "c++20", nullptr, files));
  if (!error) return {};
  if (first_error(parse_emission(request, emission, "c++23", nullptr, files)))
    return {diagnose(DiagnosticName::emission_does_not_parse, {}, error->line, error->text)};
  const FileRange at = in_source(emission, *error, sources);
  if (error->id == clang::diag::err_cxx20_deducing_this)
    return {refuse_self(emission, *error, at, sources)};
  return {diagnose(DiagnosticName::newer_than_cpp20, at, error->text)};
}

}  // namespace combiner
