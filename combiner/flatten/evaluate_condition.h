// The words of an #if → its value, when every compiler agrees on it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace combiner {

/// What is known of a macro at one place.
struct MacroKnowledge {
  std::optional<bool> defined = {};  // nothing: one compiler defines it, another does not
  std::optional<std::vector<std::string>> body = {};  // when its text is the same in each
  std::vector<std::string> parameters = {};           // of a macro that is called
  bool is_called = false;
};

using MacroLookup = std::function<MacroKnowledge(const std::string& name)>;

/// `words` are the tokens behind #if or #elif. Nothing: compilers may differ, or it cannot be read.
std::optional<bool> evaluate_condition(const std::vector<std::string>& words,
                                       const MacroLookup& lookup);

/// What a macro that no text of the program defines is on this platform, whatever the compiler:
/// operating systems and architectures are known, compilers and their features are not.
std::optional<bool> platform_defines(const std::string& name, bool defined_here);

}  // namespace combiner
