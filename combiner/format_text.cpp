#include "combiner/format_text.h"

#include "clang/Tooling/Core/Replacement.h"
#include "combiner/emission_text.h"

namespace combiner {

clang::format::FormatStyle style_of(const std::string& text, Diagnostics& diagnostics) {
  auto usual = clang::format::getGoogleStyle(clang::format::FormatStyle::LK_Cpp);
  usual.ColumnLimit = kColumns;
  usual.SortIncludes = {};
  if (text.empty()) return usual;
  auto style = usual;
  std::string problem;
  auto hear = [](const llvm::SMDiagnostic& heard, void* problem) {
    *static_cast<std::string*>(problem) =
        "line " + std::to_string(heard.getLineNo()) + ": " + heard.getMessage().str();
  };
  const std::error_code error =
      clang::format::parseConfiguration(llvm::MemoryBufferRef(text, ".clang-format"), &style,
                                        /*AllowUnknownOptions=*/false, hear, &problem);
  style.SortIncludes = {};
  if (!error) return style;
  diagnostics.push_back(
      diagnose(DiagnosticName::unreadable_style, {}, problem.empty() ? error.message() : problem));
  return usual;
}

std::string format_text(const std::string& text, const clang::format::FormatStyle& style) {
  const clang::tooling::Range all(0, text.size());
  const auto replacements = clang::format::reformat(style, text, {all}, "emitted.cpp");
  auto formatted = clang::tooling::applyAllReplacements(text, replacements);
  if (formatted) return *formatted;
  llvm::consumeError(formatted.takeError());
  return text;
}

}  // namespace combiner
