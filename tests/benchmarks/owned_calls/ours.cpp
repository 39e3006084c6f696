// Calls as they are emitted. Of `--serve`, `--connect` and `--key` the process learns what it is;
// with none of them the artifact is its own.
#include "network.h"
#include "templates/flags.h"
#include "timing.h"

struct Echo {
  Words say(const Words& words) { return words; }
};

struct EchoCalls : Calls {
  Echo owned;

  EchoCalls() : Calls("echo", 1) {}
  Words say(const Words& words) { return call<Words>(0, words); }
};

int main(int argc, char** argv) {
  return launch(argc, argv, [&](World& world) {
    EchoCalls echo;
    Network network;
    Flags flags(argc, argv, "Times calls.");
    network.add_flags(flags);
    if (flags.finish(true)) return 0;
    const Ownership owner(world, network, echo, [&](const Request& request) {
      return answer(request, [&](const Words& words) { return echo.owned.say(words); });
    });
    network.begin();
    time_calls([&, words = Words()] { echo.say(words); });
    return 0;
  });
}
