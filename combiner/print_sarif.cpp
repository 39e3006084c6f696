#include "combiner/print_sarif.h"

#include <algorithm>

#include "combiner/values.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

namespace combiner {
namespace {

using llvm::json::Array;
using llvm::json::Object;

Object text_of(const std::string& text) { return Object{{"text", text}}; }

const char* level_of(Severity severity) {
  return severity == Severity::kWarning ? "warning" : "error";
}

std::string encoded(llvm::StringRef path) {
  std::string out;
  for (const char c : path)
    if (llvm::isAlnum(c) || llvm::StringRef("/-._~").contains(c))
      out += c;
    else
      out += "%" + llvm::toHex(llvm::StringRef(&c, 1));
  return out;
}

/// Bytes → code points, in the line of `offset`.
unsigned column_of(const std::string& text, unsigned offset, unsigned column) {
  const auto line = text.begin() + (std::min<size_t>(offset, text.size()) - (column - 1));
  return 1 + std::count_if(line, line + (column - 1), [](char c) { return (c & 0xC0) != 0x80; });
}

class Writer {
 public:
  Writer(const SourceTree& sources, const std::string& directory)
      : sources_(sources), directory_(directory) {}

  Object result(const Diagnostic& diagnostic) const {
    std::string message = diagnostic.message;
    Array related, fixes;
    for (const Note& note : diagnostic.all_notes()) {
      if (note.at.file.empty())
        message += "\n" + note.message;
      else
        related.push_back(Object{{"id", static_cast<int>(related.size())},
                                 {"message", text_of(note.message)},
                                 {"physicalLocation", place(note.at)}});
      if (note.fix) fixes.push_back(fix(note));
    }
    Object out{{"ruleId", diagnostic.dashed_name()},
               {"ruleIndex", static_cast<int>(diagnostic.name)},
               {"level", level_of(diagnostic.severity())},
               {"message", text_of(message)},
               {"locations", Array()}};
    if (!diagnostic.at.file.empty())
      out["locations"] = Array{Object{{"physicalLocation", place(diagnostic.at)}}};
    if (!related.empty()) out["relatedLocations"] = std::move(related);
    if (!fixes.empty()) out["fixes"] = std::move(fixes);
    return out;
  }

 private:
  Object artifact(const std::string& path) const {
    const std::string below = relative(path, directory_);
    if (below == path) return Object{{"uri", "file://" + encoded(path)}};
    return Object{{"uri", encoded(below)}, {"uriBaseId", "SRCROOT"}};
  }

  Object region(const FileRange& at) const {
    const auto found = sources_.files.find(at.file);
    if (found == sources_.files.end()) return Object{{"startLine", 1}};
    const std::string& text = found->second.text;
    const Region where = region_of(at, text);
    return Object{{"startLine", where.line},
                  {"startColumn", column_of(text, at.begin, where.column)},
                  {"endLine", where.end_line},
                  {"endColumn", column_of(text, std::max(at.begin, at.end), where.end_column)}};
  }

  Object place(const FileRange& at) const {
    return Object{{"artifactLocation", artifact(at.file)}, {"region", region(at)}};
  }

  Object fix(const Note& note) const {
    return Object{{"description", text_of(note.message)},
                  {"artifactChanges",
                   Array{Object{{"artifactLocation", artifact(note.fix->at.file)},
                                {"replacements",
                                 Array{Object{{"deletedRegion", region(note.fix->at)},
                                              {"insertedContent", text_of(note.fix->text)}}}}}}}};
  }

  const SourceTree& sources_;
  const std::string& directory_;
};

Array rules() {
  Array out;
  for (const DiagnosticKind& kind : diagnostic_kinds())
    out.push_back(Object{
        {"id", kind.name},
        {"shortDescription", text_of(kind.text == "{0}" ? "what Clang says" : kind.text)},
        {"help", text_of(kind.mend.empty() ? "the message says what there is to say" : kind.mend)},
        {"defaultConfiguration", Object{{"level", level_of(kind.severity)}}}});
  return out;
}

}  // namespace

std::string print_sarif(const Diagnostics& diagnostics, const SourceTree& sources,
                        const std::string& directory, const std::string& version) {
  const Writer writer(sources, directory);
  Array results;
  for (const Diagnostic& diagnostic : diagnostics) results.push_back(writer.result(diagnostic));
  Object driver{{"name", "combine"}, {"version", version}, {"rules", rules()}};
  Object run{{"tool", Object{{"driver", std::move(driver)}}},
             {"columnKind", "unicodeCodePoints"},
             {"originalUriBaseIds",
              Object{{"SRCROOT", Object{{"uri", "file://" + encoded(directory) + "/"}}}}},
             {"invocations", Array{Object{{"executionSuccessful", !has_errors(diagnostics)}}}},
             {"results", std::move(results)}};
  Object document{
      {"$schema",
       "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs", Array{std::move(run)}}};
  return llvm::formatv("{0:2}\n", llvm::json::Value(std::move(document))).str();
}

}  // namespace combiner
