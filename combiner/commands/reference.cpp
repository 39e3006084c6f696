#include "combiner/commands/reference.h"

#include "combiner/commands/command.h"
#include "combiner/commands/help.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// What commands read beside their options, and how they end.
const std::vector<std::pair<std::string, std::string>> kEnvironment = {
    {"COOP_HOME", "where Coop's own artifacts, kernels and headers are"},
    {"CUDA_PATH", "the CUDA toolkit, unless --cuda-path says"},
    {"NO_COLOR", "if it is not empty, nothing is coloured"},
    {"XDG_CACHE_HOME", "what is kept between runs is in its folder coop; else in ~/.cache/coop"},
};
const std::vector<std::pair<std::string, std::string>> kExitStatus = {
    {"0", "fine"},
    {"1", "the input is wrong, or, for check, the written file is stale"},
    {"2", "the command line is wrong"},
};
const std::string kDescription =
    "Binds the artifacts of a service to each other, drops what is not reached, and rewrites their "
    "authors' text into one file of plain C++20 or CUDA, which compiles alone. Progress is shown "
    "on "
    "a terminal, once a second has passed.";

/// Text → roff: no letter of it is a command.
std::string roff(llvm::StringRef text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += out.ends_with("\n") ? ".PP\n" : "\n";  // an empty line parts paragraphs
    else if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '`')
      out += "\\(ga";
    else if (c == '~')
      out += "\\(ti";
    else if (c == '^')
      out += "\\(ha";
    else
      out += c;
  }
  return out.starts_with(".") ? "\\&" + out : out;
}

std::string roff_entry(const std::string& term, const std::string& text) {
  return ".TP\n.B " + roff(term) + "\n" + roff(text) + "\n";
}

std::string roff_of(const Command& command) {
  std::string out = ".SS " + roff(usage_of(command)) + "\n" + roff(command.summary) + ".\n.PP\n" +
                    roff(command.help) + "\n";
  for (const Option& option : command.options) out += roff_entry(spelled(option), option.help);
  if (!command.examples.empty()) out += ".PP\nExamples:\n";
  for (const Example& example : command.examples) out += roff_entry(example.line, example.meaning);
  return out;
}

/// Text → Markdown: no tag, and no cell of a table that ends early.
std::string markdown(llvm::StringRef text) {
  std::string out;
  for (const char c : text) {
    if (c == '<' || c == '|' || c == '*') out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_table(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = "| | |\n|---|---|\n";
  for (const auto& [left, right] : rows) {
    std::string cell;  // a bar would end the cell, even within code
    for (const char c : left) cell += c == '|' ? "\\|" : std::string(1, c);
    out += "| `" + cell + "` | " + markdown(right) + " |\n";
  }
  return out;
}

std::string markdown_of(const Command& command) {
  std::string out = "## " + command.name + "\n\n" + markdown(command.summary) + "\n\n```\n" +
                    usage_of(command) + "\n```\n\n" + markdown(command.help) + "\n";
  std::vector<std::pair<std::string, std::string>> options;
  for (const Option& option : command.options) options.push_back({spelled(option), option.help});
  if (!options.empty()) out += "\n" + markdown_table(options);
  if (!command.examples.empty()) out += "\n```\n";
  for (const Example& example : command.examples)
    out += "# " + example.meaning + "\n" + example.line + "\n";
  return out + (command.examples.empty() ? "\n" : "```\n\n");
}

}  // namespace

std::string man_page() {
  std::string out = ".TH COMBINE 1 \"\" \"coop " COOP_VERSION "\" \"User Commands\"\n.SH NAME\n" +
                    roff("combine - artifacts written alone become one flat program") +
                    "\n.SH SYNOPSIS\n";
  for (const Command& command : commands())
    out += ".B " + roff(usage_of(command)) + (&command == &commands().back() ? "\n" : "\n.br\n");
  out += ".SH DESCRIPTION\n" + roff(kDescription) + "\n.SH COMMANDS\n";
  for (const Command& command : commands()) out += roff_of(command);
  out += ".SH ENVIRONMENT\n";
  for (const auto& [name, meaning] : kEnvironment) out += roff_entry(name, meaning);
  out += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitStatus) out += roff_entry(code, meaning);
  return out;
}

std::string markdown_reference() {
  std::string out =
      "<!-- Printed by `combine man --format=markdown`; target `bless` writes it again. -->\n"
      "# Commands\n\n" +
      kDescription + "\n\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command& command : commands()) rows.push_back({usage_of(command), command.summary});
  out += markdown_table(rows) + "\n";
  for (const Command& command : commands()) out += markdown_of(command);
  return out + "## Environment\n\n" + markdown_table(kEnvironment) + "\n## Exit status\n\n" +
         markdown_table(kExitStatus);
}

}  // namespace combiner
