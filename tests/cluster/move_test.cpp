// What is handed over, when its owner or its caller dies: processes that are killed at one point of
// the hand-over, and who has it then.
#include "templates/cluster/move.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// The artifact, with what the combiner prints for it below.
struct Store {
  int take(std::vector<int>&& blocks) {
    if (blocks.empty()) throw std::invalid_argument("nothing is no gift");
    std::this_thread::sleep_for(slow);
    kept.push_back(std::move(blocks));
    return static_cast<int>(kept.size());
  }
  uint64_t size() { return kept.size(); }

  std::vector<std::vector<int>> kept;
  milliseconds slow{0};
};

struct StoreCalls : Calls {
  explicit StoreCalls(milliseconds deadline) : Calls("store", 1), deadline(deadline) {}
  int take(std::vector<int>&& blocks) {
    return hand_over<int>(*this, {0, deadline}, std::move(blocks));
  }
  uint64_t size() { return call<uint64_t>({1, 5000ms, true}); }
  milliseconds deadline;
};

Bytes dispatch(Store& owned, const Request& request) {
  switch (request.method) {
    case 0:
      return answer(request,
                    [&](std::vector<int>& blocks) { return owned.take(std::move(blocks)); });
    case 1:
      return answer(request, [&] { return owned.size(); });
  }
  throw std::out_of_range("no such method");
}

/// Where the first owner is killed.
enum class Dies { kNever, kBeforeReserve, kAfterReserve, kBeforeCommit, kAfterCommit };

struct Case {
  Dies dies = Dies::kNever;
  bool restarts = false;
  milliseconds deadline = 5000ms, slow = 0ms;
  bool caller_dies = false;  // when the owner has the bytes
};

/// What the processes tell the test.
struct Told {
  std::atomic<int> owners, reserved, taken;  // by the owner that lives
  Status status;
  size_t left;   // with the caller
  uint64_t has;  // what the owner says afterwards
  char error[200];
};

class Move : public testing::Test {
 protected:
  void SetUp() override {
    void* memory =
        mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    told = new (memory) Told();
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    bind(probe, reinterpret_cast<sockaddr*>(&address), size);
    getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    close(probe);
    endpoint = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  void TearDown() override { munmap(told, sizeof *told); }

  /// No process has a thread of ZeroMQ's when it is forked.
  template <class Body>
  static pid_t start(Body body) {
    const pid_t child = fork();
    if (child != 0) return child;
    body();
    _exit(0);
  }

  void own(const Case& test) {
    const bool first = ++told->owners == 1;
    const auto die = [&](Dies here) {
      if (first && test.dies == here) _exit(9);
    };
    Store store;
    store.slow = test.slow;
    StoreCalls calls(test.deadline);
    Moves moves;
    told->taken = told->reserved = 0;
    const Owner owner(calls.connection, endpoint, Keys(), [&](const Request& request) {
      if (request.method == kReserve) die(Dies::kBeforeReserve);
      if (request.method == kCommit) die(Dies::kBeforeCommit);
      const std::shared_ptr<void> end(nullptr, [&](void*) {
        told->reserved = static_cast<int>(moves.size());
        told->taken = static_cast<int>(store.size());
      });
      Bytes result = moves.run(request, [&](const Request& call) { return dispatch(store, call); });
      if (request.method == kReserve) die(Dies::kAfterReserve);
      if (request.method == kCommit) die(Dies::kAfterCommit);
      return result;
    });
    for (;;) pause();
  }

  void call(const Case& test) {
    StoreCalls calls(test.deadline);
    calls.connection.owner = "the owner";
    calls.connection.header.caller = static_cast<uint32_t>(getpid());
    calls.connection.connect(endpoint, "");
    calls.connection.greet(20000ms);
    if (test.caller_dies) {
      Bytes bytes;
      Wire<uint64_t>::put(bytes, 5);
      Wire<uint16_t>::put(bytes, 0);
      Wire<uint32_t>::put(bytes, 100);
      Wire<std::vector<int>>::put(bytes, {1, 2, 3});
      calls.connection.exchange({kReserve, 20000ms, true}, bytes);
      _exit(0);
    }
    std::vector<int> blocks = {1, 2, 3};
    try {
      calls.take(std::move(blocks));
    } catch (const RemoteError& error) {
      told->status = error.status;
      std::string(error.what()).copy(told->error, sizeof told->error - 1);
    }
    told->left = blocks.size();
    if (test.dies == Dies::kNever || test.restarts) told->has = calls.size();
  }

  void run(const Case& test) {
    pid_t owner = start([&] { own(test); });
    const pid_t caller = start([&] { call(test); });
    for (pid_t ended; (ended = waitpid(-1, nullptr, 0)) != caller && ended > 0;)
      if (test.restarts) owner = start([&] { own(test); });
    if (kill(owner, 0) == 0) {
      if (test.caller_dies) look_again(test);
      kill(owner, SIGKILL);
      while (waitpid(-1, nullptr, 0) > 0) {
      }
    }
  }

  /// Somebody else calls when the lease is over.
  void look_again(const Case& test) {
    EXPECT_EQ(told->reserved, 1);
    std::this_thread::sleep_for(200ms);
    waitpid(start([&] {
              StoreCalls calls(test.deadline);
              calls.connection.connect(endpoint, "");
              calls.connection.greet(20000ms);
              told->has = calls.size();
            }),
            nullptr, 0);
  }

  void expect_taken() {
    EXPECT_EQ(told->status, Status::ok) << told->error;
    EXPECT_EQ(told->left, 0u);
    EXPECT_EQ(told->has, 1u);
  }
  void expect_whole(Status status, const char* text) {
    EXPECT_EQ(told->status, status) << told->error;
    EXPECT_THAT(told->error, HasSubstr(text));
    EXPECT_EQ(told->left, 3u);
    EXPECT_EQ(told->has, 0u);
  }

  Told* told = nullptr;
  std::string endpoint;
};

TEST_F(Move, TheOwnerHasItAndTheCallerHasNot) {
  run({});
  expect_taken();
}

TEST_F(Move, TheOwnerDiesBeforeItHasTheBytesAndBeginsAnew) {
  run({.dies = Dies::kBeforeReserve, .restarts = true});
  expect_taken();
  EXPECT_EQ(told->owners, 2);
}

TEST_F(Move, TheOwnerDiesBeforeItHasTheBytesForGood) {
  run({.dies = Dies::kBeforeReserve, .deadline = 300ms});
  expect_whole(Status::unreachable, "it has nothing of it");
}

TEST_F(Move, TheOwnerDiesBeforeItAnswersThatItHasTheBytesAndBeginsAnew) {
  run({.dies = Dies::kAfterReserve, .restarts = true});
  expect_taken();
}

TEST_F(Move, TheOwnerDiesBetweenAndBeginsAnew) {
  run({.dies = Dies::kBeforeCommit, .restarts = true});
  expect_whole(Status::failed, "store.take: what was given is not here any more");
}

TEST_F(Move, TheOwnerDiesBetweenForGood) {
  run({.dies = Dies::kBeforeCommit, .deadline = 300ms});
  expect_whole(Status::expired, "it may have what was given");
}

TEST_F(Move, TheOwnerDiesWithWhatItTookAndBeginsAnew) {
  run({.dies = Dies::kAfterCommit, .restarts = true});
  expect_whole(Status::failed, "store.take: what was given is not here any more");
}

TEST_F(Move, TheOwnerDiesWithWhatItTookForGood) {
  run({.dies = Dies::kAfterCommit, .deadline = 300ms});
  expect_whole(Status::expired, "it may have what was given");
}

TEST_F(Move, AnOwnerThatIsLateTellsAfterwards) {
  run({.deadline = 1000ms, .slow = 1500ms});
  expect_taken();
}

TEST_F(Move, AnOwnerThatIsTooLateMayHaveIt) {
  run({.deadline = 200ms, .slow = 1500ms});
  EXPECT_EQ(told->status, Status::expired);
  EXPECT_THAT(told->error, HasSubstr("it may have what was given"));
  EXPECT_EQ(told->left, 3u);
  EXPECT_EQ(told->has, 1u);
}

TEST_F(Move, TheCallerDiesBetween) {
  run({.caller_dies = true});
  EXPECT_EQ(told->has, 0u);
  EXPECT_EQ(told->reserved, 0);
}

TEST(Emptied, WhatWasMovedIsAsNewAndNothingElse) {
  std::vector<int> given = {1, 2}, kept = {3};
  std::string text = "text";
  emptied(std::move(given), kept, 4, std::move(text));
  EXPECT_TRUE(given.empty() && text.empty());
  EXPECT_EQ(kept.size(), 1u);
}

}  // namespace
