// The command line of an emitted program.
#pragma once

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

/// Words `--name value` or `--name=value`, taken one option at a time.
class Flags {
 public:
  Flags(int argc, char** argv, const std::string& summary)
      : words_(argv + 1, argv + argc), help_(summary + "\n\n") {}

  /// `value` holds the default, and what the command line says once this returns: whether it does.
  template <class T>
  bool option(const std::string& name, T& value, const std::string& what) {
    std::ostringstream shown;
    shown << std::boolalpha << value;
    help_ += "  " + name + std::string(name.size() < 26 ? 27 - name.size() : 1, ' ') + what +
             (shown.str().empty() ? "\n" : " (" + shown.str() + ")\n");
    const size_t before = words_.size();
    for (size_t i = 0; i < words_.size();) {
      const bool apart = words_[i] == name;
      if (!apart && words_[i].rfind(name + "=", 0) != 0) {
        ++i;
        continue;
      }
      if (apart && i + 1 == words_.size()) throw std::runtime_error(name + " wants a value");
      const std::string text = apart ? words_[i + 1] : words_[i].substr(name.size() + 1);
      words_.erase(words_.begin() + i, words_.begin() + i + (apart ? 2 : 1));
      if constexpr (requires { value = text; }) {
        value = text;
      } else {
        std::istringstream in(text);
        if (in >> std::boolalpha >> value && in.peek() == EOF) continue;
        throw std::runtime_error(name + " does not take '" + text + "' (see --help)");
      }
    }
    return words_.size() != before;
  }

  template <class T>
  void required(const std::string& name, T& value, const std::string& what) {
    if (!option(name, value, what + ", required") && missing_.empty()) missing_ = name;
  }

#if COOP_SINGLE_GPU
  /// Refuses what no option took; true when help was all that was asked for.
  bool finish() const {
    const bool help = std::find(words_.begin(), words_.end(), "--help") != words_.end();
    if (help) return std::printf("%s", help_.c_str()) >= 0;
#else
  /// Refuses what no option took; true when help was all that was asked for, which one rank shows.
  /// Who does not run needs no option.
  bool finish(bool shows, bool runs = true) const {
    const bool help = std::find(words_.begin(), words_.end(), "--help") != words_.end();
    if (help) return !shows || std::printf("%s", help_.c_str()) >= 0;
#endif
    if (!words_.empty())
      throw std::runtime_error("unknown option '" + words_[0] + "' (see --help)");
#if COOP_SINGLE_GPU
    if (!missing_.empty()) throw std::runtime_error(missing_ + " is required (see --help)");
#else
    if (runs && !missing_.empty()) throw std::runtime_error(missing_ + " is required (see --help)");
#endif
    return false;
  }

 private:
  std::vector<std::string> words_;
  std::string help_;
  std::string missing_;
};
