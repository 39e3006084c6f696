// What is kept between runs: whole, or not at all.
#include "combiner/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace combiner {
namespace {

class Kept : public testing::Test {
 protected:
  Kept() : folder_(testing::TempDir() + "/coop_kept." + std::to_string(getpid())), cache_(folder_) {
    std::filesystem::remove_all(folder_);
  }
  ~Kept() override {
    std::filesystem::remove_all(folder_);
    unsetenv("COOP_CACHE_MIB");
  }

  std::string find(const std::string& key) const {
    const auto entry = cache_.find(key);
    return entry ? entry->text.str() : "nothing";
  }
  std::string only_file() const {
    return std::filesystem::directory_iterator(folder_)->path().string();
  }
  static std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  }

  const std::string folder_;
  const Cache cache_;
};

TEST_F(Kept, IsFoundByItsKeyAlone) {
  const std::string text = std::string("any\0bytes\n", 10);
  cache_.keep("key", text);
  EXPECT_EQ(find("key"), text);
  EXPECT_EQ(find("ke"), "nothing");
  cache_.keep("key", "newer");
  EXPECT_EQ(find("key"), "newer");
}

TEST_F(Kept, AnotherKeyUnderItsNameIsNotFound) {
  cache_.keep("first", "text");
  const std::string first = only_file();
  cache_.keep("second", "other");
  for (const auto& file : std::filesystem::directory_iterator(folder_))
    if (file.path() != first) write(file.path(), read(first));  // as if both had one hash
  EXPECT_EQ(find("second"), "nothing");
}

// Every single bit of a small entry, and every shorter length.
TEST_F(Kept, WhatIsTornOrChangedIsNotFound) {
  cache_.keep("key", "text");
  const std::string file = only_file(), whole = read(file);
  for (size_t i = 0; i < whole.size(); ++i) {
    write(file, whole.substr(0, i));
    EXPECT_EQ(find("key"), "nothing") << "cut at " << i;
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      write(file, changed);
      EXPECT_EQ(find("key"), "nothing") << "bit " << bit << " of byte " << i;
    }
  }
  cache_.keep("key", "text");
  EXPECT_EQ(find("key"), "text");
}

TEST_F(Kept, WhatWasUsedLastStaysWhenThereIsNoRoom) {
  setenv("COOP_CACHE_MIB", "2", 1);
  const std::string large(900 << 10, 'x');
  for (const char* key : {"a", "b"}) {
    cache_.keep(key, large);
    for (const auto& file : std::filesystem::directory_iterator(folder_))
      last_write_time(file.path(), file.last_write_time() - std::chrono::hours(1));
  }
  EXPECT_EQ(find("a"), large);  // so b is the one that nobody used
  cache_.keep("c", large);
  EXPECT_EQ(find("a"), large);
  EXPECT_EQ(find("b"), "nothing");
  EXPECT_EQ(find("c"), large);
}

TEST_F(Kept, NothingWithoutAFolder) {
  const Cache none("");
  none.keep("key", "text");
  EXPECT_FALSE(none.find("key"));
  write(folder_, "a file in its place");
  cache_.keep("key", "text");
  EXPECT_EQ(find("key"), "nothing");
  EXPECT_EQ(read(folder_), "a file in its place");
}

}  // namespace
}  // namespace combiner
