// What is emitted for two owned artifacts, written by hand: between the rules stands what the
// combiner prints from the artifacts' signatures, the rest is the authors' and templates/.
#include <atomic>
#include <cstdio>
#include <map>

#include "network.h"
#include "templates/flags.h"

// ---- the authors' -----------------------------------------------------------------------------

struct PrefixDirectory {
  int capacity = 1000;  ///< Prefixes at most.

  std::optional<int> find(uint64_t key) {
    const auto found = lengths.find(key);
    if (found == lengths.end()) return std::nullopt;
    return found->second;
  }
  void put(uint64_t key, int length) {
    if (length < 0) throw std::out_of_range("a prefix of length " + std::to_string(length));
    if (static_cast<int>(lengths.size()) < capacity) lengths[key] = length;
  }

 private:
  std::map<uint64_t, int> lengths;
};

struct Metrics {
  void count(const std::string& what, double amount) { totals[what] += amount; }
  std::vector<std::pair<std::string, double>> report() { return {totals.begin(), totals.end()}; }

 private:
  std::map<std::string, double> totals;
};

// ---- generated: what every rank has of what one rank owns -------------------------------------

struct PrefixDirectoryCalls : Calls {
  PrefixDirectory owned;  // the owner's; elsewhere it stays empty

  PrefixDirectoryCalls() : Calls("prefix_directory", 0x5be1f0c2a9d37e64) {}
  std::optional<int> find(uint64_t key) {
    return call<std::optional<int>>({0, milliseconds(100), true}, key);
  }
  void put(uint64_t key, int length) { call<void>(1, key, length); }
};

struct MetricsCalls : Calls {
  Metrics owned;

  MetricsCalls() : Calls("metrics", 0x09a3d1b7c5e2f486) {}
  void count(const std::string& what, double amount) { call<void>(0, what, amount); }
  std::vector<std::pair<std::string, double>> report() {
    return call<std::vector<std::pair<std::string, double>>>(1);
  }
};

// ---- the service's state ----------------------------------------------------------------------

struct Decode {
  World& world;
  PrefixDirectoryCalls prefix_directory = {};
  MetricsCalls metrics = {};
};

// ---- generated: what the owner does with a call -----------------------------------------------

Bytes dispatch(PrefixDirectory& owned, const Request& request) {
  switch (request.method) {
    case 0:
      return answer(request, [&](uint64_t key) { return owned.find(key); });
    case 1:
      return answer(request, [&](uint64_t key, int length) { owned.put(key, length); });
  }
  throw std::out_of_range("no such method");
}

Bytes dispatch(Metrics& owned, const Request& request) {
  switch (request.method) {
    case 0:
      return answer(request, [&](const std::string& what, double n) { owned.count(what, n); });
    case 1:
      return answer(request, [&] { return owned.report(); });
  }
  throw std::out_of_range("no such method");
}

// ---- the service ------------------------------------------------------------------------------

int decode_run(Decode& self, int calls) {
  // once: the leader calls, all get its answer
  for (int i = 0; i < calls; ++i)
    once(self.world, self.prefix_directory, [&] { self.prefix_directory.put(i, 10 * i); });
  for (int i = 0; i < calls; ++i) {
    const auto length =
        once(self.world, self.prefix_directory, [&] { return self.prefix_directory.find(i); });
    if (length != 10 * i) throw std::runtime_error("find says what put did not");
  }

  // each: every rank calls, and hears what the owner throws
  const uint64_t own = 1000 + self.world.rank();
  each(self.world, self.prefix_directory, [&] { self.prefix_directory.put(own, 7); });
  if (each(self.world, self.prefix_directory, [&] { return self.prefix_directory.find(own); }) != 7)
    throw std::runtime_error("find does not know what this rank put");
  std::string told;
  try {
    each(self.world, self.prefix_directory, [&] { self.prefix_directory.put(1, -1); });
  } catch (const RemoteError& error) {
    told = error.what();
  }
  if (told != "prefix_directory.put: a prefix of length -1")
    throw std::runtime_error("the owner's words are lost: " + told);

  // cast: the leader calls, and nobody waits
  for (int i = 0; i < calls; ++i)
    cast(self.world, self.metrics, [&] { self.metrics.count("calls", 1); });
  const auto report = once(self.world, self.metrics, [&] { return self.metrics.report(); });
  if (report != std::vector<std::pair<std::string, double>>{{"calls", calls}})
    throw std::runtime_error("the collector was not told of every call");
  if (self.world.rank() == 0) std::printf("all %d ranks agree\n", self.world.size());
  return 0;
}

// ---- main -------------------------------------------------------------------------------------

int main(int argc, char** argv) {
  return launch(argc, argv, [&](World& world) {
    Decode decode{world};
    Network network;
    int calls = 100;
    Flags flags(argc, argv, "Calls what is owned.");
    flags.option("--calls", calls, "how many");
    flags.option("--prefix_directory.capacity", decode.prefix_directory.owned.capacity, "at most");
    network.add_flags(flags);
    if (flags.finish(world.rank() == 0)) return 0;
    const Ownership prefix_directory(
        world, network, decode.prefix_directory,
        [&](const Request& r) { return dispatch(decode.prefix_directory.owned, r); });
    const Ownership metrics(
        world, network, decode.metrics,
        [&](const Request& r) { return dispatch(decode.metrics.owned, r); }, world.size() - 1);
    return decode_run(decode, calls);
  });
}
