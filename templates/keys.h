// Whose share a key is in, where what is sharded by keys has one at each rank.
#pragma once

#include <type_traits>

/// The remainder from 0 on, of negative keys as well: the same wherever it is asked.
template <class Key>
int rank_of_key(Key key, int ranks) {
  static_assert(std::is_integral_v<Key> && !std::is_same_v<Key, bool>, "a key is an integer");
  const auto rest = key % static_cast<std::common_type_t<Key, int>>(ranks);
  if constexpr (std::is_signed_v<Key>)
    if (rest < 0) return static_cast<int>(rest + ranks);
  return static_cast<int>(rest);
}
