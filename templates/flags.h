// The command line of an emitted program.
#pragma once

#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

/// Words `--name value` or `--name=value`, taken one option at a time.
class Flags {
 public:
  Flags(int argc, char** argv, const char* summary) : help_(summary) {
    for (int i = 1; i < argc; ++i) words_.push_back(argv[i]);
    help_ += "\n\n";
  }

  /// `value` holds the default, and what the command line says once this returns.
  template <class T>
  void option(const std::string& name, T& value, const std::string& what) {
    std::string shown;
    if constexpr (std::is_same_v<T, std::string>) {
      shown = value.empty() ? "" : " (" + value + ")";
    } else {
      shown = std::to_string(value);
      if (shown.find('.') != shown.npos) shown.erase(shown.find_last_not_of('0') + 1);
      shown = " (" + shown + ")";
    }
    help_ += "  " + name + std::string(name.size() < 26 ? 27 - name.size() : 1, ' ') + what + shown +
             "\n";
    std::string text;
    while (take(name, std::is_same_v<T, bool>, text)) parse(name, text, value);
  }

  template <class T>
  void required(const std::string& name, T& value, const std::string& what) {
    const size_t before = words_.size();
    option(name, value, what + " (required)");
    if (words_.size() == before && missing_.empty()) missing_ = name;
  }

  /// Refuses what no option took; true when help was all that was asked for.
  bool finish() {
    std::string unused;
    if (take("--help", true, unused)) return std::printf("%s", help_.c_str()) >= 0;
    if (!words_.empty()) throw std::runtime_error("unknown option '" + words_[0] + "' (see --help)");
    if (!missing_.empty()) throw std::runtime_error(missing_ + " is required (see --help)");
    return false;
  }

 private:
  bool take(const std::string& name, bool may_stand_alone, std::string& text) {
    for (size_t i = 0; i < words_.size(); ++i) {
      if (words_[i].compare(0, name.size() + 1, name + "=") == 0) {
        text = words_[i].substr(name.size() + 1);
        words_.erase(words_.begin() + i);
        return true;
      }
      if (words_[i] != name) continue;
      if (may_stand_alone) {
        text = "true";
        words_.erase(words_.begin() + i);
        return true;
      }
      if (i + 1 == words_.size()) throw std::runtime_error(name + " wants a value");
      text = words_[i + 1];
      words_.erase(words_.begin() + i, words_.begin() + i + 2);
      return true;
    }
    return false;
  }

  template <class T>
  static void parse(const std::string& name, const std::string& text, T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      value = text;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (text != "true" && text != "false")
        throw std::runtime_error(name + " wants true or false, not '" + text + "'");
      value = text == "true";
    } else {
      std::istringstream in(text);
      if (!(in >> value) || in.peek() != std::istringstream::traits_type::eof())
        throw std::runtime_error(name + " wants a number, not '" + text + "'");
    }
  }

  std::vector<std::string> words_;
  std::string help_;
  std::string missing_;
};
