#include "combiner/write_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

namespace combiner {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class WriteFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "write_file.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  std::string text(const std::string& name) const {
    std::ifstream in(at(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(at(name)) << text;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_))
      out.push_back(entry.path().filename().string());
    return out;
  }

  std::string folder_;
};

TEST_F(WriteFile, MakesTheFoldersOnTheWay) {
  EXPECT_EQ(write_file(at("a/b/out.cpp"), "text"), "");
  EXPECT_EQ(text("a/b/out.cpp"), "text");
}

TEST_F(WriteFile, KeepsThePermissionsOfWhatWasThere) {
  put("out.cpp", "old");
  fs::permissions(at("out.cpp"), fs::perms(0640));
  EXPECT_EQ(write_file(at("out.cpp"), "new"), "");
  EXPECT_EQ(text("out.cpp"), "new");
  EXPECT_EQ(fs::status(at("out.cpp")).permissions(), fs::perms(0640));
}

TEST_F(WriteFile, ALinkStaysAndItsTargetIsReplaced) {
  put("target.cpp", "old");
  fs::create_symlink("target.cpp", at("near.cpp"));
  fs::create_symlink("near.cpp", at("far.cpp"));
  fs::create_symlink("not_yet.cpp", at("dangling.cpp"));
  EXPECT_EQ(write_file(at("far.cpp"), "new"), "");
  EXPECT_EQ(write_file(at("dangling.cpp"), "first"), "");
  EXPECT_EQ(fs::read_symlink(at("far.cpp")), "near.cpp");
  EXPECT_EQ(fs::read_symlink(at("near.cpp")), "target.cpp");
  EXPECT_EQ(text("target.cpp"), "new");
  EXPECT_EQ(text("not_yet.cpp"), "first");
}

TEST_F(WriteFile, ALinkToItselfIsAnError) {
  fs::create_symlink("loop.cpp", at("loop.cpp"));
  EXPECT_THAT(write_file(at("loop.cpp"), "new"), HasSubstr("cannot write"));
}

TEST_F(WriteFile, AFileThatNobodyMayWriteStays) {
  put("out.cpp", "old");
  fs::permissions(at("out.cpp"), fs::perms(0444));
  EXPECT_EQ(write_file(at("out.cpp"), "new"),
            "cannot write '" + at("out.cpp") + "': Permission denied");
  EXPECT_EQ(text("out.cpp"), "old");
}

TEST_F(WriteFile, OneThatFailsLeavesAllAsTheyWere) {
  put("out.cpp", "old");
  fs::create_directory(at("out.map"));
  EXPECT_EQ(write_files({{at("out.cpp"), "new"}, {at("out.map"), "map"}}),
            "cannot write '" + at("out.map") + "': Is a directory");
  EXPECT_EQ(text("out.cpp"), "old");
  EXPECT_THAT(names(), UnorderedElementsAre("out.cpp", "out.map"));
}

TEST_F(WriteFile, AFileThatMayNotGrowIsAnErrorAndLeavesNothing) {
  put("out.cpp", "old");
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit = {4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string said = write_file(at("out.cpp"), std::string(100'000, 'x'));
    _exit(said == "cannot write '" + at("out.cpp") + "': File too large" ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(text("out.cpp"), "old");
  EXPECT_THAT(names(), UnorderedElementsAre("out.cpp"));
}

TEST_F(WriteFile, ADeviceGetsItsTextAndStays) {
  EXPECT_EQ(write_file("/dev/null", "text"), "");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(write_file("/dev/full", "text"), "cannot write '/dev/full': No space left on device");
}

/// Writes pairs of files until it is killed.
[[noreturn]] void write_forever(const std::string& text, const std::string& map) {
  std::thread([] { pause(); }).detach();  // a thread that is told in the writer's place
  for (char fill = 'a';; fill = fill == 'z' ? 'a' : fill + 1)
    write_files({{text, std::string(50'000, fill)}, {map, std::string(50'000, fill)}});
}

TEST_F(WriteFile, ASignalAtAnyMomentLeavesAWholePairAndNothingElse) {
  std::mt19937 random(1);
  for (int round = 0; round < 150; ++round) {
    EXPECT_EQ(write_files({{at("out.cpp"), "old"}, {at("out.map"), "old"}}), "");
    const pid_t child = fork();
    if (child == 0) write_forever(at("out.cpp"), at("out.map"));
    usleep(random() % 4000);
    const int signal = round % 2 ? SIGINT : SIGTERM;
    kill(child, signal);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_TRUE(text("out.cpp") == "old" || text("out.cpp").size() == 50'000);
    EXPECT_EQ(text("out.cpp"), text("out.map"));
    ASSERT_THAT(names(), UnorderedElementsAre("out.cpp", "out.map"));
  }
}

}  // namespace
}  // namespace combiner
