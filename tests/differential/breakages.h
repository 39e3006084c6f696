// What the breakages of breakages.json call. $COOP_BREAKAGE says which of them is there; without it
// the combiner is sound.
#pragma once

#include <cstdlib>
#include <string>

#include "combiner/values.h"

namespace combiner {

inline bool broken(const std::string& breakage) {
  const char* wanted = std::getenv("COOP_BREAKAGE");
  return wanted && breakage == wanted;
}

/// The next artifact of the same class; itself when there is none.
inline std::string twin_of(const std::string& name, const Registry& registry) {
  const Registered* artifact = registry.find(name);
  for (const Registered& other : registry.artifacts)
    if (artifact && other.name != name && other.class_name == artifact->class_name)
      return other.name;
  return name;
}

inline std::string first_of_class(const std::string& name, const Registry& registry) {
  const Registered* artifact = registry.find(name);
  for (const Registered& other : registry.artifacts)
    if (artifact && other.class_name == artifact->class_name && other.container.empty())
      return other.name;
  return name;
}

/// Who is registered first of those with a member of that name; empty when nobody has one.
inline std::string first_with(const std::string& member, const Registry& registry) {
  for (const Registered& artifact : registry.artifacts)
    for (const Member& field : artifact.configuration)
      if (field.name == member) return artifact.name;
  return "";
}

}  // namespace combiner
