// What travels between processes: a value ↔ its bytes.
//
// Structs of a fixed layout are copied as they lie in memory, so both ends have to be of one build;
// a std::string, a std::vector and what else has a length of its own is that length, then the
// parts. Bytes that came in are never trusted: what is cut off, too long or too large is an error.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using Bytes = std::string;

constexpr size_t kLargestMessage = 16 << 20;

/// What is left to read of bytes that came in.
struct Reader {
  std::string_view rest;
  /// A few bytes may stand for many empty objects, so what they become is bounded as well.
  size_t memory_left = 4 * kLargestMessage;

  std::string_view take(size_t size) {
    if (size > rest.size()) throw std::runtime_error("a message that is cut off");
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  }
};

/// Structs whose bytes are all there is to them. A pointer would mean nothing at the other end.
template <class T>
struct Wire {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> &&
                    (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_aggregate_v<T>),
                "only numbers, enums, plain structs of these, std::string, std::vector, "
                "std::optional, std::pair and std::span travel between processes");

  static void put(Bytes& bytes, const T& value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  static T get(Reader& reader) {
    const std::string_view taken = reader.take(sizeof(T));
    if (std::is_same_v<T, bool> && taken[0] != 0 && taken[0] != 1)
      throw std::runtime_error("a bool that is neither true nor false");
    T value;
    std::memcpy(&value, taken.data(), sizeof value);
    return value;
  }
};

/// The number of elements that follow: each takes at least one byte, and `size` bytes of memory.
inline uint32_t get_count(Reader& reader, size_t size) {
  const uint32_t count = Wire<uint32_t>::get(reader);
  if (count > reader.rest.size()) throw std::runtime_error("a length beyond the message's end");
  if (count > reader.memory_left / size) throw std::runtime_error("a message that is too large");
  reader.memory_left -= count * size;
  return count;
}

template <class T>
void put_elements(Bytes& bytes, const T& elements) {
  if (elements.size() > kLargestMessage) throw std::length_error("more than a message can hold");
  Wire<uint32_t>::put(bytes, static_cast<uint32_t>(elements.size()));
  for (const auto& element : elements)
    Wire<std::remove_cvref_t<decltype(element)>>::put(bytes, element);
}

template <>
struct Wire<std::string> {
  static void put(Bytes& bytes, std::string_view value) { put_elements(bytes, value); }
  static std::string get(Reader& reader) {
    return std::string(reader.take(get_count(reader, sizeof(char))));
  }
};

template <class T>
struct Wire<std::vector<T>> {
  static void put(Bytes& bytes, const std::vector<T>& value) { put_elements(bytes, value); }
  static std::vector<T> get(Reader& reader) {
    std::vector<T> value(get_count(reader, sizeof(T)));
    for (auto&& element : value) element = Wire<T>::get(reader);
    return value;
  }
};

template <class T>
struct Wire<std::optional<T>> {
  static void put(Bytes& bytes, const std::optional<T>& value) {
    Wire<bool>::put(bytes, value.has_value());
    if (value) Wire<T>::put(bytes, *value);
  }
  static std::optional<T> get(Reader& reader) {
    if (!Wire<bool>::get(reader)) return std::nullopt;
    return Wire<T>::get(reader);
  }
};

template <class A, class B>
struct Wire<std::pair<A, B>> {
  static void put(Bytes& bytes, const std::pair<A, B>& value) {
    Wire<A>::put(bytes, value.first);
    Wire<B>::put(bytes, value.second);
  }
  static std::pair<A, B> get(Reader& reader) {
    A first = Wire<A>::get(reader);
    return {std::move(first), Wire<B>::get(reader)};
  }
};

/// A view travels as what it views.
template <>
struct Wire<std::string_view> : Wire<std::string> {};
template <class T>
struct Wire<std::span<T>> : Wire<std::vector<std::remove_const_t<T>>> {
  static void put(Bytes& bytes, std::span<T> value) { put_elements(bytes, value); }
};
