#include "combiner/commands/options.h"

#include <algorithm>
#include <cstdlib>

#include "combiner/commands/help.h"
#include "combiner/diagnostics.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

/// "; did you mean '--device'?", or nothing when nothing is near.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  const std::vector<std::string> near = nearest(word, candidates);
  return near.empty() ? "" : "; did you mean '" + near.front() + "'?";
}

/// {"cuda", "cpu"} → "cuda or cpu"
std::string choice(const std::vector<std::string>& values) {
  std::string out;
  for (size_t i = 0; i < values.size(); ++i)
    out += (i == 0 ? "" : i + 1 == values.size() ? " or " : ", ") + values[i];
  return out;
}

void check_value(const std::string& name, const std::vector<std::string>& values,
                 const std::string& given, const Command& command) {
  if (values.empty() || std::find(values.begin(), values.end(), given) != values.end()) return;
  usage_error("no " + llvm::StringRef(name).lower() + " '" + given + "': " + choice(values),
              &command);
}

void take_value(const Option& option, const std::string& value, Invocation& out) {
  llvm::SmallVector<llvm::StringRef, 2> parts = {value};
  if (option.is_range) {
    parts.clear();
    llvm::StringRef(value).split(parts, "..", /*MaxSplit=*/1);
  }
  for (const llvm::StringRef part : parts)
    check_value(option.value, option.values, part.str(), *out.command);
  out.options[option.name].push_back(value);
}

/// Takes the option at `words[i]`, and its value, which may be the next word.
void take_option(const std::vector<std::string>& words, size_t& i, Invocation& out) {
  const auto [name, given] = llvm::StringRef(words[i]).split('=');
  const std::vector<Option>& options = out.command->options;
  const auto option = std::find_if(options.begin(), options.end(),
                                   [&](const Option& option) { return option.name == name; });
  if (option == options.end()) {
    std::vector<std::string> names;
    for (const Option& known : options) names.push_back(known.name);
    usage_error("unknown option '" + words[i] + "'" + suggestion(name.str(), names), out.command);
  }
  const bool has_value = name.size() < words[i].size();
  std::string value = given.str();
  if (option->value.empty() && has_value)
    usage_error(option->name + " takes no value", out.command);
  if (!option->value.empty() && !has_value) {
    if (i + 1 == words.size()) usage_error(option->name + " wants a value", out.command);
    value = words[++i];
  }
  take_value(*option, value, out);
}

void check_operands(const Invocation& invocation) {
  const std::vector<Operand>& wanted = invocation.command->operands;
  const std::vector<std::string>& given = invocation.operands;
  const bool many = !wanted.empty() && wanted.back().repeats;
  if (given.size() > wanted.size() && !many) {
    const std::string& word = given[wanted.size()];
    if (wanted.empty()) usage_error("what is '" + word + "'?", invocation.command);
    usage_error("one " + llvm::StringRef(wanted.back().name).lower() + " at a time: '" +
                    given[wanted.size() - 1] + "' and '" + word + "'",
                invocation.command);
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (i < given.size())
      check_value(wanted[i].name, wanted[i].values, given[i], *invocation.command);
    else if (!wanted[i].optional)
      usage_error(wanted[i].missing, invocation.command);
  }
}

/// The first word names a command, or is the operand of the one whose name may be left out.
const Command* take_command(std::vector<std::string>& words) {
  const std::string word = words.empty() ? "" : words.front();
  if (const Command* command = find_command(word)) {
    words.erase(words.begin());
    return command;
  }
  // A word that is neither a file nor looks like one was meant as a command.
  const bool is_plain = !word.empty() && word.find_first_of("-./") == std::string::npos;
  if (is_plain && !llvm::sys::fs::exists(word)) unknown_command(word);
  return &commands().front();
}

}  // namespace

void usage_error(const std::string& message, const Command* command) {
  const bool has_own_help = command && command != &commands().front();
  llvm::errs() << "combine: error: " << message << " (see combine "
               << (has_own_help ? command->name + " " : "") << "--help)\n";
  std::exit(2);
}

void unknown_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.push_back(command.name);
  usage_error("no command '" + name + "'" + suggestion(name, names));
}

const Command* find_command(const std::string& name) {
  for (const std::vector<Command>* table : {&commands(), &hidden_commands()})
    for (const Command& command : *table)
      if (command.name == name) return &command;
  return nullptr;
}

Invocation parse_words(std::vector<std::string> words) {
  Invocation out;
  out.command = take_command(words);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") {
      out.behind.assign(words.begin() + i + 1, words.end());
      if (out.command->behind.empty()) usage_error("nothing may follow -- here", out.command);
      break;
    }
    if (words[i].size() > 1 && words[i][0] == '-')
      take_option(words, i, out);
    else
      out.operands.push_back(words[i]);
  }
  check_operands(out);
  return out;
}

}  // namespace combiner
