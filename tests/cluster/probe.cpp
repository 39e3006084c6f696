// A program with one owned artifact, for faults to be tried on: processes call its owner as long as
// they are told to, and say what became of their calls. As in hand_written.cpp, but for what is not
// an error here: a call without an answer.
#include <unordered_map>

#include "network.h"
#include "templates/flags.h"

#ifndef PROBE_BUILD
#define PROBE_BUILD 1
#endif

/// Knows how often each call was run.
struct Ledger {
  uint64_t record(uint64_t id) {
    most = std::max(most, ++runs[id]);
    return id;
  }
  uint64_t most_runs() { return most; }

 private:
  std::unordered_map<uint64_t, uint64_t> runs;
  uint64_t most = 0;
};

struct LedgerCalls : Calls {
  Ledger owned;

  LedgerCalls() : Calls("ledger", PROBE_BUILD) {}
  uint64_t record(uint64_t id) { return call<uint64_t>({0, milliseconds(100)}, id); }
  uint64_t record_for_sure(uint64_t id) {
    return call<uint64_t>({1, milliseconds(8000), true}, id);
  }
  uint64_t most_runs() { return call<uint64_t>(2); }
};

struct Probe {
  World& world;
  LedgerCalls ledger = {};
};

Bytes dispatch(Ledger& owned, const Request& request) {
  switch (request.method) {
    case 0:
    case 1:
      return answer(request, [&](uint64_t id) { return owned.record(id); });
    case 2:
      return answer(request, [&] { return owned.most_runs(); });
  }
  throw std::out_of_range("no such method");
}

void probe_run(Probe& self, double seconds, bool sure, bool stubborn) {
  const auto start = Clock::now();
  const auto now = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const uint64_t own = static_cast<uint64_t>(std::random_device()()) << 32;
  uint64_t calls = 0, right = 0, wrong = 0, without[5] = {};
  double longest = 0, first_failure = -1, last_failure = -1;
  while (now() < seconds) {
    const double begin = now();
    const uint64_t id = own + ++calls;
    try {
      const uint64_t answer = sure ? self.ledger.record_for_sure(id) : self.ledger.record(id);
      ++(answer == id ? right : wrong);
    } catch (const RemoteError& error) {
      if (!stubborn) throw;
      ++without[static_cast<int>(error.status)];
      if (first_failure < 0) first_failure = begin;
      last_failure = now();
    }
    longest = std::max(longest, now() - begin);
    std::this_thread::sleep_for(milliseconds(2));
  }
  std::printf(
      "{\"calls\": %lu, \"right\": %lu, \"wrong\": %lu, \"expired\": %lu, \"unreachable\": %lu, "
      "\"failed\": %lu, \"longest\": %.3f, \"first_failure\": %.3f, \"last_failure\": %.3f, "
      "\"most_runs\": %lu}\n",
      calls, right, wrong, without[2], without[3], without[1] + without[4], longest, first_failure,
      last_failure, self.ledger.most_runs());
}

int main(int argc, char** argv) {
  return launch(argc, argv, [&](World& world) {
    Probe probe{world};
    Network network;
    double seconds = 1;
    bool sure = false, stubborn = true;
    int failing = -1;
    Flags flags(argc, argv, "Calls what is owned.");
    flags.option("--seconds", seconds, "so long");
    flags.option("--sure", sure, "calls that are repeatable");
    flags.option("--stubborn", stubborn, "an error is counted, and no reason to end");
    flags.option("--failing", failing, "the rank that throws after a second");
    network.add_flags(flags);
    if (flags.finish(world.rank() == 0)) return 0;
    const Ownership ledger(world, network, probe.ledger, [&](const Request& request) {
      return dispatch(probe.ledger.owned, request);
    });
#ifdef PROBE_ZMQ
    network.begin();
#endif
    std::printf("ready\n");
    std::fflush(stdout);
    probe_run(probe, failing == world.rank() ? 1 : seconds, sure, stubborn);
    if (failing == world.rank()) throw std::runtime_error("the disk is full");
    return 0;
  });
}
