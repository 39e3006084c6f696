// Owner and callers in one process, over TCP: what becomes of calls, and of what is no call.
#include "templates/cluster/owned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// The artifact, with what the combiner prints for it below.
struct Ledger {
  uint64_t record(uint64_t id) {
    ++runs[id];
    return id;
  }
  void wait(int how_long) {
    ++waits;
    std::this_thread::sleep_for(milliseconds(how_long));
  }
  std::string say(const std::string& text, std::span<const float> numbers) {
    if (text == "fail") throw std::out_of_range("there is no '" + text + "'");
    if (text == "large") return std::string(kLargestMessage, ' ');
    if (text == "throw a number") throw 1;
    return text + std::to_string(numbers.size());
  }

  std::map<uint64_t, int> runs;  // by id
  std::atomic<int> waits = 0;
};

struct LedgerCalls : Calls {
  explicit LedgerCalls(uint64_t program = 1) : Calls("ledger", program) {}
  uint64_t record(uint64_t id) { return call<uint64_t>({0, 2000ms, true}, id); }
  void wait(int how_long) { call<void>({1, 200ms}, how_long); }
  std::string say(const std::string& text, std::span<const float> numbers) {
    return call<std::string>(2, text, numbers);
  }
};

Bytes dispatch(Ledger& owned, const Request& request) {
  switch (request.method) {
    case 0:
      return answer(request, [&](uint64_t id) { return owned.record(id); });
    case 1:
      return answer(request, [&](int how_long) { owned.wait(how_long); });
    case 2:
      return answer(request, [&](const std::string& text, std::span<const float> numbers) {
        return owned.say(text, numbers);
      });
  }
  throw std::out_of_range("no such method");
}

struct World {
  int rank() const { return 0; }
};

/// What the call throws.
template <class F>
RemoteError error_of(F call) {
  try {
    call();
  } catch (const RemoteError& error) {
    return error;
  }
  return RemoteError(Status::ok, "nothing was thrown");
}

class Owned : public testing::Test {
 protected:
  void serve(const std::string& interface = "tcp://127.0.0.1:*") {
    owner = std::make_unique<Owner>(
        here.connection, interface, keys,
        [this](const Request& request) { return dispatch(ledger, request); });
  }
  void connect(Calls& calls) {
    calls.connection.owner = "rank 0";
    calls.connection.header.caller = ++callers;
    calls.connection.connect(owner->endpoint, keys.public_key);
  }
  void SetUp() override {
    serve();
    connect(there);
    there.connection.greet(5000ms);
  }

  Keys keys = make_keys();
  Ledger ledger;
  LedgerCalls here, there;  // the owner's process, and another
  std::unique_ptr<Owner> owner;
  uint32_t callers = 0;
};

TEST_F(Owned, ArgumentsGoOutAndResultsComeBack) {
  const std::vector<float> numbers(3);
  for (LedgerCalls* calls : {&here, &there}) {
    EXPECT_EQ(calls->say("abc", numbers), "abc3");
    EXPECT_EQ(calls->record(7), 7u);
    calls->wait(0);
  }
  EXPECT_EQ(ledger.runs[7], 2);
}

TEST_F(Owned, WhatTheOwnerThrowsIsToldWithItsText) {
  for (LedgerCalls* calls : {&here, &there}) {
    const RemoteError error = error_of([&] { calls->say("fail", {}); });
    EXPECT_EQ(error.status, Status::failed);
    EXPECT_STREQ(error.what(), "ledger.say: there is no 'fail'");
  }
}

TEST_F(Owned, ACallEndsAtItsDeadlineAndItsLateAnswerIsDropped) {
  const auto start = Clock::now();
  const RemoteError error = error_of([&] { there.wait(500); });
  EXPECT_EQ(error.status, Status::expired);
  EXPECT_STREQ(error.what(), "ledger.wait: no answer from rank 0 within 200 ms");
  EXPECT_GE(Clock::now() - start, 200ms);
  EXPECT_EQ(there.record(1), 1u);  // not the answer to wait
  EXPECT_EQ(there.record(2), 2u);
  EXPECT_EQ(ledger.runs[1], 1);
}

TEST_F(Owned, WhatExpiresInTheQueueIsNotRun) {
  std::vector<std::unique_ptr<LedgerCalls>> all;
  std::vector<std::future<Status>> outcomes;
  for (int i = 0; i < 4; ++i) {
    connect(*all.emplace_back(std::make_unique<LedgerCalls>()));
    all.back()->connection.greet(5000ms);
  }
  for (auto& calls : all)
    outcomes.push_back(std::async(std::launch::async,
                                  [&calls] { return error_of([&] { calls->wait(400); }).status; }));
  for (auto& outcome : outcomes) EXPECT_EQ(outcome.get(), Status::expired);
  EXPECT_EQ(there.record(1), 1u);
  EXPECT_EQ(ledger.waits, 1);
}

TEST_F(Owned, ASlowOwnerDoesNotDelayAnother) {
  Ledger other;
  LedgerCalls other_here, other_there;
  Owner second(other_here.connection, "tcp://127.0.0.1:*", keys,
               [&](const Request& request) { return dispatch(other, request); });
  other_there.connection.connect(second.endpoint, keys.public_key);
  other_there.connection.greet(5000ms);
  auto slow = std::async(std::launch::async, [&] { error_of([&] { there.wait(1500); }); });
  while (ledger.waits == 0) std::this_thread::sleep_for(1ms);
  const auto start = Clock::now();
  EXPECT_EQ(other_there.record(1), 1u);
  EXPECT_LT(Clock::now() - start, 1000ms);
  slow.get();
}

TEST_F(Owned, NobodyWaitsForACast) {
  World world;
  const auto start = Clock::now();
  for (int i = 0; i < 3; ++i) cast(world, there, [&] { there.wait(300); });
  EXPECT_LT(Clock::now() - start, 300ms);
  EXPECT_EQ(there.record(1), 1u);  // behind them, as calls of one caller keep their order
  EXPECT_EQ(ledger.waits, 3);
}

TEST_F(Owned, OfTheCastsOfACallerSoManyWait) {
  World world;
  const auto cast_often = [&](WhenFull when_full) {
    for (int i = 0; i < 200; ++i) cast(world, there, [&] { there.record(1); }, when_full);
  };
  cast(world, there, [&] { there.wait(1500); });
  while (ledger.waits == 0) std::this_thread::sleep_for(1ms);
  cast_often(WhenFull::drop);
  EXPECT_EQ(there.connection.dropped, 200u - (kWaitingCasts - 1));
  EXPECT_EQ(error_of([&] { cast(world, there, [&] { there.wait(0); }); }).status,
            Status::unreachable);  // after its deadline of 200 ms
  cast_often(WhenFull::block);     // 2000 ms
  EXPECT_EQ(there.connection.dropped, 200u - (kWaitingCasts - 1));
  there.record(2);
  EXPECT_EQ(ledger.runs[1], kWaitingCasts - 1 + 200);
}

// libzmq would abort if its input stopped while heartbeats are late.
TEST_F(Owned, AFloodOfCastsOutlastsTheHeartbeat) {
  World world;
  std::vector<std::unique_ptr<LedgerCalls>> all;
  for (int i = 0; i < 8; ++i) {
    connect(*all.emplace_back(std::make_unique<LedgerCalls>()));
    all.back()->connection.greet(5000ms);
  }
  cast(world, there, [&] { there.wait(4000); });
  while (ledger.waits == 0) std::this_thread::sleep_for(1ms);
  for (int round = 0; round < 100; ++round)
    for (auto& calls : all) cast(world, *calls, [&] { calls->record(1); }, WhenFull::drop);
  std::this_thread::sleep_for(4000ms);
  for (auto& calls : all) EXPECT_EQ(calls->record(2), 2u);
  EXPECT_EQ(ledger.runs[1], 8 * kWaitingCasts);
}

TEST_F(Owned, SignalsAreNoReasonToStop) {
  struct sigaction quiet = {};
  quiet.sa_handler = [](int) {};
  sigaction(SIGUSR1, &quiet, nullptr);
  std::vector<pid_t> threads;  // of this process; the owner's are among them
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
    threads.push_back(std::stoi(task.path().filename()));
  std::atomic<bool> stop = false;
  auto sender = std::async(std::launch::async, [&] {
    for (; !stop; std::this_thread::sleep_for(1ms))
      for (const pid_t thread : threads) syscall(SYS_tgkill, getpid(), thread, SIGUSR1);
  });
  int sent_again = 0;
  for (uint64_t id = 1; id <= 2000; ++id) {
    const auto start = Clock::now();
    EXPECT_EQ(error_of([&] { there.record(id); }).status, Status::ok);
    sent_again += Clock::now() - start > 240ms;
  }
  stop = true;
  EXPECT_LT(sent_again, 3);  // else because the machine is busy
}

// ---- who comes again

/// A socket of whoever: what it sends is what the test says.
struct Stranger {
  explicit Stranger(const Owner& owner, const char* owner_key) {
    if (owner_key) {
      const Keys own = make_keys();
      zmq_setsockopt(socket.get(), ZMQ_CURVE_SERVERKEY, owner_key, sizeof own.public_key);
      zmq_setsockopt(socket.get(), ZMQ_CURVE_PUBLICKEY, own.public_key, sizeof own.public_key);
      zmq_setsockopt(socket.get(), ZMQ_CURVE_SECRETKEY, own.secret_key, sizeof own.secret_key);
    }
    zmq_connect(socket.get(), owner.endpoint.c_str());
  }
  bool send(std::initializer_list<std::string_view> frames) {
    return wait_for(socket, ZMQ_POLLOUT, Clock::now() + 1s) && ::send(socket, frames);
  }
  std::optional<Bytes> answer(milliseconds patience = 3000ms) {
    if (!wait_for(socket, ZMQ_POLLIN, Clock::now() + patience)) return std::nullopt;
    return receive(socket).at(0);
  }

  Context context = make_context();
  Socket socket = make_socket(context, ZMQ_DEALER);
};

Bytes record_message(uint64_t sequence, uint64_t id) {
  Bytes arguments;
  Wire<uint64_t>::put(arguments, id);
  return message({.program = 1, .caller = 77, .budget = 3000, .sequence = sequence}, arguments);
}

TEST_F(Owned, WhatComesAgainIsAnsweredButNotRunAgain) {
  Stranger stranger(*owner, keys.public_key);
  ASSERT_TRUE(stranger.send({record_message(1, 5)}));
  const std::optional<Bytes> first = stranger.answer();
  ASSERT_TRUE(first);
  stranger.send({record_message(1, 5)});
  EXPECT_EQ(stranger.answer(), first);
  EXPECT_EQ(ledger.runs[5], 1);

  // What is older than the last call is a call that was given up.
  stranger.send({record_message(2, 6)});
  ASSERT_TRUE(stranger.answer());
  stranger.send({record_message(1, 5)});
  EXPECT_FALSE(stranger.answer(200ms));
  EXPECT_EQ(ledger.runs[5], 1);

  // A caller that was restarted begins to count anew.
  Bytes restarted = record_message(1, 5);
  const uint32_t incarnation = 9;
  std::memcpy(restarted.data() + offsetof(Header, incarnation), &incarnation, sizeof incarnation);
  stranger.send({restarted});
  EXPECT_TRUE(stranger.answer());
  EXPECT_EQ(ledger.runs[5], 2);
}

TEST_F(Owned, SessionsAreForgottenWhenThereAreMany) {
  Stranger stranger(*owner, keys.public_key);
  for (uint32_t caller = 1000; caller < 4000; ++caller) {
    Bytes call = record_message(1, 1);
    std::memcpy(call.data() + offsetof(Header, caller), &caller, sizeof caller);
    ASSERT_TRUE(stranger.send({call}));
    ASSERT_TRUE(stranger.answer());
  }
  EXPECT_EQ(ledger.runs[1], 3000);
}

TEST_F(Owned, AnOwnerThatBeganAnewIsToldAndAnswersWhatIsRepeated) {
  EXPECT_EQ(there.record(1), 1u);
  const std::string endpoint = owner->endpoint;
  owner.reset();
  const RemoteError error = error_of([&] { there.wait(0); });
  EXPECT_TRUE(error.status == Status::unreachable || error.status == Status::expired);
  auto restarted = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(500ms);
    serve(endpoint);
  });
  testing::internal::CaptureStderr();
  EXPECT_EQ(there.record(2), 2u);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "ledger: rank 0 began anew, and has lost what it held\n");
  restarted.get();
  there.wait(0);
}

TEST_F(Owned, ACallerMayBeginFirst) {
  const std::string endpoint = owner->endpoint;
  owner.reset();
  LedgerCalls early;
  early.connection.connect(endpoint, keys.public_key);
  auto late = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(500ms);
    serve(endpoint);
  });
  early.connection.greet(5000ms);
  EXPECT_EQ(early.record(3), 3u);
}

TEST_F(Owned, NothingIsKeptForAnOwnerThatIsAway) {
  const std::string endpoint = owner->endpoint;
  owner.reset();
  for (int i = 0; i < 3; ++i) {
    const RemoteError error = error_of([&] { there.wait(0); });
    EXPECT_TRUE(error.status == Status::unreachable || error.status == Status::expired);
  }
  serve(endpoint);
  EXPECT_EQ(there.record(1), 1u);
  EXPECT_EQ(ledger.waits, 0);
}

// ---- who has no business here

TEST_F(Owned, WithoutTheKeyThereIsNoAnswer) {
  Stranger no_key(*owner, nullptr);
  EXPECT_FALSE(no_key.send({record_message(1, 5)}));
  const Keys other = make_keys();
  Stranger wrong_key(*owner, other.public_key);
  EXPECT_FALSE(wrong_key.send({record_message(1, 5)}));
  LedgerCalls calls;
  calls.connection.owner = "rank 0";
  calls.connection.connect(owner->endpoint, other.public_key);
  EXPECT_EQ(error_of([&] { calls.wait(0); }).status, Status::unreachable);
  EXPECT_EQ(there.record(6), 6u);
  EXPECT_EQ(ledger.runs.count(5), 0u);
}

TEST_F(Owned, AnotherBuildIsRefused) {
  LedgerCalls other(2);
  connect(other);
  const RemoteError error = error_of([&] { other.record(1); });
  EXPECT_EQ(error.status, Status::wrong_version);
  EXPECT_STREQ(error.what(), "ledger.record: the owner is of another build");
  EXPECT_EQ(ledger.runs.count(1), 0u);
}

TEST_F(Owned, AMethodThatDoesNotExistIsAnError) {
  Stranger stranger(*owner, keys.public_key);
  ASSERT_TRUE(
      stranger.send({message({.program = 1, .method = 99, .budget = 3000, .sequence = 1}, "")}));
  const std::optional<Bytes> reply = stranger.answer();
  ASSERT_TRUE(reply);
  EXPECT_EQ(read_header(*reply)->status, Status::failed);
  EXPECT_THAT(*reply, HasSubstr("no such method"));
}

TEST_F(Owned, TooFewAndTooManyArgumentsAreErrors) {
  Stranger stranger(*owner, keys.public_key);
  uint64_t sequence = 0;
  for (const auto& [arguments, words] : std::initializer_list<std::pair<Bytes, std::string>>{
           {"1234567", "cut off"}, {"123456789", "more bytes than"}}) {
    ASSERT_TRUE(stranger.send(
        {message({.program = 1, .budget = 3000, .sequence = ++sequence}, arguments)}));
    const std::optional<Bytes> reply = stranger.answer();
    ASSERT_TRUE(reply);
    EXPECT_EQ(read_header(*reply)->status, Status::failed);
    EXPECT_THAT(*reply, HasSubstr(words));
  }
  EXPECT_EQ(ledger.runs.size(), 0u);
}

TEST_F(Owned, WhatIsNoCallGetsNoAnswerAndDoesNoHarm) {
  Stranger stranger(*owner, keys.public_key);
  const Bytes call = record_message(1, 5);
  for (size_t size = 0; size < call.size(); ++size)
    ASSERT_TRUE(stranger.send({std::string_view(call).substr(0, size)}));
  ASSERT_TRUE(stranger.send({call + "x"}));
  ASSERT_TRUE(stranger.send({call, "a second frame"}));
  ASSERT_TRUE(stranger.send({"", "", "", call}));
  EXPECT_FALSE(stranger.answer(200ms));
  EXPECT_EQ(there.record(6), 6u);
  EXPECT_EQ(ledger.runs.count(5), 0u);
}

TEST_F(Owned, RandomMessagesDoNoHarm) {
  Stranger stranger(*owner, keys.public_key);
  std::mt19937 random(1);
  for (int round = 0; round < 5000; ++round) {
    Bytes call = record_message(round + 1, 5);
    for (int changes = random() % 8; changes > 0; --changes) {
      // Not the budget: of casts that fail the owner would tell.
      const size_t at = random() % call.size();
      if (at < offsetof(Header, budget) || at >= offsetof(Header, sequence))
        call[at] = static_cast<char>(random());
    }
    if (random() % 8 == 0) call.resize(random() % 100);
    stranger.send({call});
    while (stranger.answer(0ms)) {
    }
  }
  EXPECT_EQ(there.record(6), 6u);
}

TEST_F(Owned, WhatIsTooLargeIsNotSentAndNotReceived) {
  const std::vector<float> numbers(kLargestMessage / sizeof(float));
  EXPECT_THROW(there.say("", numbers), std::length_error);
  Stranger stranger(*owner, keys.public_key);
  const Bytes large(kLargestMessage + 1000, 'x');
  stranger.send({large});
  EXPECT_FALSE(stranger.answer(200ms));
  EXPECT_EQ(there.record(6), 6u);
}

TEST_F(Owned, AResultThatIsTooLargeIsAnError) {
  const RemoteError error = error_of([&] { there.say("large", {}); });
  EXPECT_STREQ(error.what(), "ledger.say: the result is larger than a message");
  EXPECT_EQ(there.record(6), 6u);
}

TEST_F(Owned, AnythingMayBeThrown) {
  const RemoteError error = error_of([&] { there.say("throw a number", {}); });
  EXPECT_STREQ(error.what(), "ledger.say: threw what is no std::exception");
  EXPECT_EQ(there.record(6), 6u);
}

// Else what is lost with one owner would fill the place of what waits at the next.
TEST_F(Owned, CastsGoOnWhereTheOwnerBeganAnew) {
  World world;
  const std::string endpoint = owner->endpoint;
  cast(world, there, [&] { there.wait(200); });
  for (int i = 0; i < 100; ++i) cast(world, there, [&] { there.record(1); }, WhenFull::drop);
  owner.reset();
  serve(endpoint);
  const int before = ledger.waits;
  const auto end = Clock::now() + 20s;
  while (ledger.waits < before + 100 && Clock::now() < end) {
    cast(world, there, [&] { there.wait(0); }, WhenFull::drop);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_GE(ledger.waits, before + 100);
}

TEST_F(Owned, WhatIsNotEvenZeroMqDoesNoHarm) {
  Context context = make_context();
  Socket socket = make_socket(context, ZMQ_STREAM);  // plain TCP
  zmq_connect(socket.get(), owner->endpoint.c_str());
  const std::vector<Bytes> greeting = receive(socket);
  ASSERT_FALSE(greeting.empty());
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    Bytes garbage(1000, '\0');
    for (char& byte : garbage) byte = static_cast<char>(random());
    send(socket, {greeting[0], garbage});
  }
  EXPECT_EQ(there.record(6), 6u);
}

TEST_F(Owned, AnOwnerListensWhereItIsTold) {
  EXPECT_THAT(owner->endpoint, HasSubstr("tcp://127.0.0.1:"));
  LedgerCalls calls;
  for (const std::string& interface : {owner->endpoint, std::string("tcp://*:*"),
                                       std::string("tcp://0.0.0.0:*"), std::string("tcp://[::]:*")})
    EXPECT_THROW(Owner(calls.connection, interface, keys, nullptr), std::runtime_error);
  EXPECT_NO_THROW(Owner(calls.connection, "tcp://lo:*", keys, nullptr));
}

}  // namespace
