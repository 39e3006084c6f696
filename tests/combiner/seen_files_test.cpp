// What was asked of a file system, and whether it would answer the same again.
#include "combiner/seen_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace combiner {
namespace {

namespace fs = std::filesystem;

class SeenFilesTest : public testing::Test {
 protected:
  SeenFilesTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "empty");
    write("read.h", "one");
    write("asked.h", "one");
    EXPECT_TRUE(seen_->getBufferForFile((folder_ / "read.h").string()));
    EXPECT_TRUE(seen_->exists((folder_ / "asked.h").string()));
    EXPECT_TRUE(seen_->exists((folder_ / "empty").string()));
    EXPECT_FALSE(seen_->getBufferForFile((folder_ / "absent.h").string()));
  }

  void write(const char* name, const char* text) { std::ofstream(folder_ / name) << text; }

  bool unchanged(bool old = false) {
    auto stamps = seen_->seen();
    if (!stamps) return false;
    const auto now = std::chrono::system_clock::now();
    note_times(*stamps, old ? now + std::chrono::hours(1) : now, *files_);
    change_();
    return are_unchanged(*stamps, *files_);
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
  const llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files_ = llvm::vfs::getRealFileSystem();
  const llvm::IntrusiveRefCntPtr<SeenFiles> seen_ = llvm::makeIntrusiveRefCnt<SeenFiles>(files_);
  std::function<void()> change_ = [] {};
};

TEST_F(SeenFilesTest, NothingChanged) {
  EXPECT_EQ(seen_->seen()->size(), 4u);
  EXPECT_TRUE(unchanged());
  EXPECT_TRUE(unchanged(/*old=*/true));
}

TEST_F(SeenFilesTest, ATextOfTheSameSizeAndTime) {
  change_ = [&] {
    const auto time = fs::last_write_time(folder_ / "read.h");
    write("read.h", "two");
    fs::last_write_time(folder_ / "read.h", time);
  };
  EXPECT_FALSE(unchanged());
}

TEST_F(SeenFilesTest, ANewTimeAlone) {
  change_ = [&] {
    fs::last_write_time(folder_ / "read.h",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
  };
  EXPECT_TRUE(unchanged(/*old=*/true));
}

TEST_F(SeenFilesTest, WhatNobodyRead) {
  change_ = [&] { write("asked.h", "another"); };
  EXPECT_TRUE(unchanged());
}

TEST_F(SeenFilesTest, WhatWasNotThere) {
  change_ = [&] { write("absent.h", ""); };
  EXPECT_FALSE(unchanged());
}

TEST_F(SeenFilesTest, WhatIsThereNoLonger) {
  change_ = [&] { fs::remove(folder_ / "asked.h"); };
  EXPECT_FALSE(unchanged());
}

TEST_F(SeenFilesTest, AFileInsteadOfAFolder) {
  change_ = [&] {
    fs::remove(folder_ / "empty");
    write("empty", "");
  };
  EXPECT_FALSE(unchanged());
}

TEST_F(SeenFilesTest, TwoTextsOfOneFileAreNoAnswer) {
  write("read.h", "two");
  EXPECT_TRUE(seen_->getBufferForFile((folder_ / "read.h").string()));
  EXPECT_FALSE(seen_->seen());
}

TEST_F(SeenFilesTest, AreReadAsTheyWereWritten) {
  std::string text;
  add_stamps(text, *seen_->seen());
  Fields fields(text);
  EXPECT_EQ(read_stamps(fields), *seen_->seen());
  EXPECT_FALSE(fields.failed());
  Fields torn(llvm::StringRef(text).drop_back());
  read_stamps(torn);
  EXPECT_TRUE(torn.failed());
}

}  // namespace
}  // namespace combiner
