// A command as a row of a table. Parsing, --help, completion and the man page are made from the
// rows; none of them knows a command by its name.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace combiner {

/// What a shell offers where a value or an operand is due.
enum class Completes { kNothing, kFile, kFolder, kSlot, kCommand };

struct Option {
  std::string name = {};                 // e.g. --device, -o
  std::string value = {};                // e.g. DEVICE; of a switch, nothing
  std::string help = {};                 // e.g. "cuda (default) or cpu"
  std::vector<std::string> values = {};  // e.g. cuda, cpu; no others will do, but for none at all
  Completes completes = Completes::kNothing;
  bool is_range = false;  // two values, e.g. cpu..cuda
};

/// What stands on the command line without a dash.
struct Operand {
  std::string name = {};     // e.g. SERVICE
  std::string missing = {};  // said when it is not given, e.g. "which service? Give its header"
  std::vector<std::string> values = {};
  Completes completes = Completes::kNothing;
  bool repeats = false;   // the last one may be given many times, e.g. FILE...
  bool optional = false;  // the last one may be left out
};

struct Example {
  std::string line;     // e.g. combine list services/decode.h
  std::string meaning;  // e.g. "what an artifact of the service can reach"
};

struct Command;

/// A command line, understood: each word has its place, and no value is checked but for what the
/// table says of it.
struct Invocation {
  const Command* command = nullptr;
  std::map<std::string, std::vector<std::string>> options;  // by name, in the order given
  std::vector<std::string> operands;
  std::vector<std::string> behind;  // the words behind --

  bool has(const std::string& option) const { return options.contains(option); }

  /// The value that was given last, or `otherwise`.
  std::string value(const std::string& option, const std::string& otherwise = "") const {
    const auto found = options.find(option);
    return found == options.end() ? otherwise : found->second.back();
  }
};

struct Command {
  std::string name;     // e.g. run
  std::string summary;  // e.g. "write, compile and run it; what follows -- goes to it"
  std::vector<Operand> operands;
  std::string behind;  // what may follow --, e.g. ARGUMENTS
  std::string help;    // paragraphs behind the summary; lines are wrapped where they are shown
  std::vector<Option> options;
  std::vector<Example> examples;
  int (*run)(const Invocation& invocation);  // 0 fine, 1 the input is wrong, 2 wrong usage
};

/// Every command, in the order of --help. The first is the one whose name may be left out.
const std::vector<Command>& commands();

/// Commands for who works on Coop itself: they run and have --help, but no list names them.
const std::vector<Command>& hidden_commands();

}  // namespace combiner
