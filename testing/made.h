// A number → a small value of whatever type, when all that is known of it is its type.
#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace coop::testing {

inline unsigned next_number(unsigned& seed) {
  seed = seed * 1664525u + 1013904223u;
  return seed >> 24;
}

template <class T>
T made(unsigned& seed);

/// Becomes whatever a member of an aggregate is.
struct AnyMember {
  unsigned* seed;
  template <class T>
  operator T() const {
    return made<T>(*seed);
  }
};

template <size_t>
using AnyMemberAt = AnyMember;

template <class T, size_t... kIndex>
constexpr bool takes_members(std::index_sequence<kIndex...>) {
  return requires(unsigned* seed) { T{AnyMemberAt<kIndex>{seed}...}; };
}

template <class T, size_t... kIndex>
T made_of(unsigned& seed, std::index_sequence<kIndex...>) {
  return T{AnyMemberAt<kIndex>{&seed}...};
}

/// Every member is set, as far as there are no more than 24: zeros would be all alike.
template <class T, size_t kCount = 24>
T made_aggregate(unsigned& seed) {
  if constexpr (kCount == 0 || takes_members<T>(std::make_index_sequence<kCount>()))
    return made_of<T>(seed, std::make_index_sequence<kCount>());
  else
    return made_aggregate<T, kCount - 1>(seed);
}

/// Numbers are from 1 on, since an artifact may divide by what a peer has; containers hold three.
template <class T>
T made(unsigned& seed) {
  if constexpr (std::is_same_v<T, bool>) {
    return next_number(seed) % 2 == 1;
  } else if constexpr (std::is_enum_v<T>) {
    return static_cast<T>(next_number(seed) % 2);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<T>(1 + next_number(seed) % 8);
  } else if constexpr (std::is_pointer_v<T>) {
    return nullptr;
  } else if constexpr (std::is_convertible_v<const char*, T>) {
    return T(next_number(seed) % 2 ? "one" : "two");
  } else if constexpr (requires(T container) {
                         container.push_back(made<typename T::value_type>(seed));
                       }) {
    T out;
    for (int i = 0; i < 3; ++i) out.push_back(made<typename T::value_type>(seed));
    return out;
  } else if constexpr (requires(T one) { one.emplace(made<typename T::value_type>(seed)); }) {
    T out;  // an optional, or a set
    if (next_number(seed) % 2) out.emplace(made<typename T::value_type>(seed));
    return out;
  } else if constexpr (std::is_aggregate_v<T>) {
    return made_aggregate<T>(seed);
  } else {
    return T();
  }
}

/// The same each time.
template <class T>
T made_anew() {
  unsigned seed = 2166136261u;
  return made<T>(seed);
}

}  // namespace coop::testing
