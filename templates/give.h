// What is handed over to an owner is gone from who had it.
#pragma once

#include <type_traits>
#include <utility>

/// What was handed over, std::move(blocks), is as if it were new.
template <class... T>
void emptied(T&&... given) {
  const auto empty = []<class One>(One& one) {
    if constexpr (!std::is_const_v<One>) one = One();
  };
  ((std::is_lvalue_reference_v<T> ? void() : empty(given)), ...);
}

/// Rank 0 gives, and all ranks get the result, or what is thrown. `others` says what is gone from
/// them, once the owner has it.
template <class World, class Owned, class F, class G>
auto give(World& world, Owned& owned, F call, G others) {
  if constexpr (std::is_void_v<decltype(call())>) {
    once(world, owned, call);
    if (world.rank() != 0) others();
  } else {
    auto result = once(world, owned, call);
    if (world.rank() != 0) others();
    return result;
  }
}
