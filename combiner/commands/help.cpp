#include "combiner/commands/help.h"

#include <algorithm>

#include "combiner/commands/options.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

constexpr size_t kColumns = 100;

/// Words in lines, each behind `indent` blanks; an empty line parts paragraphs.
std::string wrapped(llvm::StringRef text, size_t indent) {
  if (const auto [first, rest] = text.split("\n\n"); !rest.empty())
    return wrapped(first, indent) + "\n" + wrapped(rest, indent);
  std::string out;
  llvm::SmallVector<llvm::StringRef> words;
  text.split(words, ' ', -1, /*KeepEmpty=*/false);
  size_t column = 0;
  for (llvm::StringRef word : words) {
    const bool fits = column + 1 + word.size() <= kColumns;
    if (column == 0 || !fits) {
      if (column != 0) out += "\n";
      out += std::string(indent, ' ');
      column = indent;
    } else {
      out += " ";
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

/// Two columns; what is too wide for the first gets a line of its own.
std::string row(const std::string& left, const std::string& right, size_t width) {
  const std::string text = wrapped(right, width + 4);
  if (left.size() > width) return "  " + left + "\n" + text;
  return "  " + left + text.substr(2 + left.size());
}

std::string table(const std::vector<std::pair<std::string, std::string>>& rows, size_t limit) {
  size_t width = 0;
  for (const auto& [left, right] : rows)
    if (left.size() <= limit) width = std::max(width, left.size());
  std::string out;
  for (const auto& [left, right] : rows) out += row(left, right, width);
  return out;
}

std::string table_of(const std::vector<Option>& options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Option& option : options) rows.push_back({spelled(option), option.help});
  return table(rows, 24);
}

std::string text_of(const std::vector<Example>& examples) {
  std::string out;
  for (const Example& example : examples)
    out += "  " + example.line + "\n" + wrapped(example.meaning, 6);
  return out;
}

/// `combine help`, `combine help COMMAND`.
int show(const Invocation& invocation) {
  if (invocation.operands.empty()) {
    llvm::outs() << help_of_all();
    return 0;
  }
  const std::string& name = invocation.operands.front();
  const Command* command = find_command(name);
  if (!command) unknown_command(name);
  llvm::outs() << help_of(*command);
  return 0;
}

}  // namespace

std::string spelled(const Option& option) {
  if (option.value.empty()) return option.name;
  const bool apart = !option.name.starts_with("--") || option.value.find('=') != std::string::npos;
  return option.name + (apart ? " " : "=") + option.value + (option.is_range ? "[..OTHER]" : "");
}

std::string usage_of(const Command& command) {
  std::string out = "combine";
  if (&command != &commands().front()) out += " " + command.name;
  if (!command.options.empty()) out += " [options]";
  for (const Operand& operand : command.operands) {
    const bool is_word = operand.values.size() == 1;
    const std::string name =
        (is_word ? operand.values[0] : operand.name) + (operand.repeats ? "..." : "");
    out += operand.optional ? " [" + name + "]" : " " + name;
  }
  return command.behind.empty() ? out : out + " -- ...";
}

std::string help_of_all() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command& command : commands()) rows.push_back({usage_of(command), command.summary});
  const Command& first = commands().front();
  return "combine: artifacts written alone become one flat program.\n\n" + table(rows, 40) + "\n" +
         wrapped(first.help, 0) + "\nOptions\n" + table_of(first.options) + "\nExamples\n" +
         text_of(first.examples);
}

std::string help_of(const Command& command) {
  std::string out = "combine " + command.name + ": " + command.summary + "\n\n  " +
                    usage_of(command) + "\n\n" + wrapped(command.help, 0);
  if (!command.options.empty()) out += "\nOptions\n" + table_of(command.options);
  if (!command.examples.empty()) out += "\nExamples\n" + text_of(command.examples);
  return out;
}

Command help_command() {
  Command out;
  out.name = "help";
  out.summary = "what a command does, its options, and examples";
  out.operands = {{.name = "COMMAND", .completes = Completes::kCommand, .optional = true}};
  out.help = "The same as combine COMMAND --help.";
  out.examples = {{"combine help run", "how a program is compiled and started"}};
  out.run = show;
  return out;
}

}  // namespace combiner
