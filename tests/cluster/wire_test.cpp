// Values survive the way; bytes that are no value of the type are refused, whatever they are.
#include "templates/cluster/wire.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace {

enum class Colour : uint8_t { red, green };

struct Block {
  uint64_t key = 0;
  std::array<float, 3> scores = {};
  Colour colour = Colour::red;
  bool operator==(const Block&) const = default;
};

template <class T>
Bytes put(const T& value) {
  Bytes bytes;
  Wire<T>::put(bytes, value);
  return bytes;
}

template <class T>
auto get(std::string_view bytes) {
  Reader reader{bytes};
  auto value = Wire<T>::get(reader);
  EXPECT_EQ(reader.rest, "");
  return value;
}

/// The value comes back; cut off anywhere it is an error; and no other bytes do harm.
template <class T>
void check(const T& value) {
  const Bytes bytes = put(value);
  EXPECT_EQ(get<T>(bytes), value);
  for (size_t size = 0; size < bytes.size(); ++size) {
    Reader reader{std::string_view(bytes).substr(0, size)};
    EXPECT_THROW(Wire<T>::get(reader), std::runtime_error) << size << " of " << bytes.size();
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    Bytes changed = bytes;
    if (round % 4 == 0) changed.assign(random() % 64, '\0');
    for (int i = random() % 4; i >= 0 && !changed.empty(); --i)
      changed[random() % changed.size()] = static_cast<char>(round % 3 ? random() : 0xff);
    Reader reader{changed};
    try {
      const T read = Wire<T>::get(reader);
      EXPECT_EQ(put(read).size(), changed.size() - reader.rest.size());
    } catch (const std::runtime_error&) {
    }
  }
}

using Totals = std::vector<std::pair<std::string, double>>;

TEST(Wire, ReturnsWhatItWasGiven) {
  check<int32_t>(-7);
  check<double>(0.1);
  check<bool>(true);
  check<Colour>(Colour::green);
  check<Block>({42, {1, 2, 3}, Colour::green});
  check<std::string>({});
  check<std::string>(std::string("a\0b", 3));
  check<std::vector<float>>({1, 2, 3});
  check<std::vector<bool>>({true, false, true});
  check<std::optional<int>>({});
  check<std::optional<int>>(3);
  check<std::optional<std::vector<std::string>>>({{"", "abc"}});
  check<std::vector<std::optional<Block>>>({Block{1, {}, {}}, std::nullopt});
  check<Totals>({{"tokens", 3}, {"", -1}});
}

TEST(Wire, ViewsComeBackAsWhatTheyView) {
  const std::vector<float> values = {1, 2, 3};
  EXPECT_EQ(get<std::span<const float>>(put(std::span<const float>(values))), values);
  EXPECT_EQ(get<std::string_view>(put(std::string_view("abc"))), "abc");
}

TEST(Wire, ABoolIsTrueOrFalse) {
  Reader reader{std::string_view("\2")};
  EXPECT_THROW(Wire<bool>::get(reader), std::runtime_error);
}

/// What `get` says about a length of elements of which `bytes` follow.
template <class T>
std::string refusal(uint32_t length, size_t bytes) {
  const Bytes message = put(length) + Bytes(bytes, '\0');
  Reader reader{message};
  try {
    Wire<T>::get(reader);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(Wire, ALengthIsNotBelieved) {
  EXPECT_EQ(refusal<std::vector<double>>(0xffffffff, 8), "a length beyond the message's end");
  EXPECT_EQ(refusal<std::string>(9, 8), "a length beyond the message's end");
  EXPECT_EQ(refusal<std::vector<double>>(2, 8), "a message that is cut off");
  EXPECT_EQ(refusal<std::vector<double>>(1, 8), "none");
}

TEST(Wire, FewBytesDoNotBecomeManyObjects) {
  using Large = std::array<char, 4096>;
  // Each is one byte here, and 4097 in memory.
  EXPECT_EQ(refusal<std::vector<std::optional<Large>>>(1 << 20, 1 << 20),
            "a message that is too large");
  EXPECT_EQ(refusal<std::vector<std::optional<Large>>>(1000, 1000), "none");
}

}  // namespace
