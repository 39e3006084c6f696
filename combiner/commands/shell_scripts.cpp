#include "combiner/commands/shell_scripts.h"

#include "combiner/commands/help.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

std::vector<std::string> command_names() {
  std::vector<std::string> out;
  for (const Command& command : commands()) out.push_back(command.name);
  return out;
}

/// The words that may stand for an operand, if it is one of few.
std::vector<std::string> words_for(const Operand& operand) {
  return operand.completes == Completes::kCommand ? command_names() : operand.values;
}

/// 'as a shell reads it', as one word that means itself.
std::string quoted(llvm::StringRef text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// ---- bash --------------------------------------------------------------------------------------

// readline cuts words at '=': --device=c is three of them.
constexpr const char kBashFrame[] = R"sh(
_combine_slots() {
  local service
  for service in "${COMP_WORDS[@]:1}"; do
    [[ -f $service ]] && combine list --slots "$service" 2>/dev/null
  done
}

_combine() {
  local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} command=emit i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    [[ ${COMP_WORDS[i]} == -- ]] && return
  done
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  if ((COMP_CWORD > 1)) && [[ " $_combine_commands " == *" ${COMP_WORDS[1]} "* ]]; then
    command=${COMP_WORDS[1]}
  fi
  # --with Slot=Artifact: what stands behind the '=' is completed alone.
  for i in 2 3; do
    if ((COMP_CWORD >= i)) && [[ ${COMP_WORDS[COMP_CWORD-i]} == --with && $option != --with ]]; then
      COMPREPLY=($(compgen -W "$(_combine_slots | sed -n "s/^$option=//p")" -- "$word"))
      return
    fi
  done
  if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then
    COMPREPLY=($(compgen -W "$_combine_commands" -- "$word"))
    return
  fi
  case $command:$option:$word in
)sh";

constexpr const char kBashEnd[] = R"sh(  esac
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

complete -o bashdefault -o default -F _combine combine
)sh";

std::string bash_reply(const std::string& words) {
  return "COMPREPLY=($(compgen -W \"" + words + "\" -- \"$word\")) ;;\n";
}

std::string bash_value(const Command& command, const Option& option) {
  if (option.value.empty()) return "";
  std::string out = "    " + command.name + ":" + option.name + ":*) ";
  if (option.completes == Completes::kSlot) return out + bash_reply("$(_combine_slots)");
  if (option.completes == Completes::kFolder)
    return out + "COMPREPLY=($(compgen -d -- \"$word\")) ;;\n";
  // Without a reply, bash offers files.
  return out + (option.values.empty() ? ";;\n" : bash_reply(llvm::join(option.values, " ")));
}

/// The options of a command, and the words that may be its first operand.
std::string bash_words(const Command& command) {
  std::vector<std::string> options = {"--help"};
  for (const Option& option : command.options) {
    const bool takes_equals = spelled(option).starts_with(option.name + "=");
    options.push_back(option.name + (takes_equals ? "=" : ""));
  }
  std::string out = "    " + command.name + ":*:-*) " + bash_reply(llvm::join(options, " "));
  if (command.operands.empty()) return out;
  const std::vector<std::string> words = words_for(command.operands[0]);
  if (words.empty()) return out;
  return out + "    " + command.name + ":" + command.name + ":*) " +
         bash_reply(llvm::join(words, " "));
}

// ---- zsh ---------------------------------------------------------------------------------------

/// Within [...] and between colons, zsh's own signs are escaped.
std::string zsh_text(llvm::StringRef text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(Completes completes, const std::vector<std::string>& values) {
  if (!values.empty()) return "(" + llvm::join(values, " ") + ")";
  if (completes == Completes::kSlot) return "_combine_slots";
  if (completes == Completes::kFolder) return "_files -/";
  return completes == Completes::kFile ? "_files" : "";
}

std::string zsh_option(const Option& option) {
  const std::string help = "[" + zsh_text(option.help) + "]";
  if (option.value.empty()) return quoted(option.name + help);
  const std::string form = option.name + (option.name.starts_with("--") ? "=" : "");
  return quoted("*" + form + help + ":" + zsh_text(llvm::StringRef(option.value).lower()) + ":" +
                zsh_action(option.completes, option.values));
}

std::string zsh_case(const Command& command) {
  std::string out = "    " + command.name + ")\n      _arguments";
  for (const Option& option : command.options) out += " \\\n        " + zsh_option(option);
  for (size_t i = 0; i < command.operands.size(); ++i) {
    const Operand& operand = command.operands[i];
    const std::string place = operand.repeats ? "*" : std::to_string(i + 1);
    out += " \\\n        " + quoted(place + ":" + llvm::StringRef(operand.name).lower() + ":" +
                                    zsh_action(operand.completes, words_for(operand)));
  }
  if (!command.behind.empty()) out += " \\\n        '*::arguments:_normal'";
  return out + " ;;\n";
}

// ---- fish --------------------------------------------------------------------------------------

std::string fish_option(const std::string& when, const Option& option) {
  const bool is_long = option.name.starts_with("--");
  std::string out = "complete -c combine -n " + quoted(when) + (is_long ? " -l " : " -s ") +
                    option.name.substr(is_long ? 2 : 1);
  if (!option.values.empty())
    out += " -x -a " + quoted(llvm::join(option.values, " "));
  else if (option.completes == Completes::kSlot)
    out += " -x -a '(__combine_slots)'";
  else if (option.completes == Completes::kFolder)
    out += " -x -a '(__fish_complete_directories)'";
  else if (!option.value.empty())
    out += option.completes == Completes::kFile ? " -r" : " -x";
  return out + " -d " + quoted(option.help) + "\n";
}

std::string fish_command(const Command& command, const std::string& others) {
  const bool is_default = &command == &commands().front();
  const std::string when = is_default ? "not __fish_seen_subcommand_from " + others
                                      : "__fish_seen_subcommand_from " + command.name;
  std::string out = "complete -c combine -n __fish_use_subcommand -a " + command.name + " -d " +
                    quoted(command.summary) + "\n";
  for (const Option& option : command.options) out += fish_option(when, option);
  for (const Operand& operand : command.operands)
    if (const auto words = words_for(operand); !words.empty())
      out += "complete -c combine -n " + quoted(when) + " -f -a " + quoted(llvm::join(words, " ")) +
             "\n";
  return out;
}

}  // namespace

std::string bash_script() {
  std::string out = "# bash completion for combine, printed by `combine completion bash`.\n" +
                    ("_combine_commands=" + quoted(llvm::join(command_names(), " "))) + "\n" +
                    kBashFrame;
  for (const Command& command : commands())
    for (const Option& option : command.options) out += bash_value(command, option);
  for (const Command& command : commands()) out += bash_words(command);
  return out + kBashEnd;
}

std::string zsh_script() {
  std::string out =
      "#compdef combine\n# zsh completion for combine, printed by `combine completion zsh`.\n\n"
      "_combine_slots() {\n  local service\n  local -a slots\n  for service in $words; do\n"
      "    [[ -f $service ]] && slots+=(${(f)\"$(combine list --slots $service 2>/dev/null)\"})\n"
      "  done\n  compadd -S '' -- $slots\n}\n\n_combine() {\n  local command=emit\n"
      "  local -a commands\n  commands=(\n";
  for (const Command& command : commands())
    out += "    " + quoted(zsh_text(command.name) + ":" + zsh_text(command.summary)) + "\n";
  out +=
      "  )\n  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n"
      "    _describe -t commands 'command' commands\n    _files -g '*.h'\n    return\n  fi\n"
      "  if ((${commands[(I)$words[2]:*]})); then\n    command=$words[2]\n    shift words\n"
      "    ((CURRENT--))\n  fi\n  case $command in\n";
  for (const Command& command : commands()) out += zsh_case(command);
  return out + "  esac\n}\n\n_combine \"$@\"\n";
}

std::string fish_script() {
  std::vector<std::string> others = command_names();
  others.erase(others.begin());
  std::string out =
      "# fish completion for combine, printed by `combine completion fish`.\n"
      "function __combine_slots\n  for service in (commandline -opc)\n"
      "    test -f $service; and combine list --slots $service 2>/dev/null\n  end\nend\n\n";
  for (const Command& command : commands()) out += fish_command(command, llvm::join(others, " "));
  return out;
}

}  // namespace combiner
