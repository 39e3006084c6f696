// A long wire: carries Ethernet frames between tap_near and tap_far, two devices that it makes in
// the network namespace in which it runs, each a while later, and loses some. Linux's own (netem)
// is not in every kernel.
//
//   tapdelay MICROSECONDS LOST_PER_MILLE     prints "ready"; runs until it is ended
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <vector>

using Clock = std::chrono::steady_clock;

namespace {

struct Frame {
  Clock::time_point due;
  std::vector<char> bytes;
};

int open_tap(const char* name) {
  const int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq request = {};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (tap >= 0 && ioctl(tap, TUNSETIFF, &request) == 0) return tap;
  std::perror("tapdelay: no tap device");
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto delay = std::chrono::microseconds(std::atol(argv[1]));
  const unsigned lost_per_mille = std::atoi(argv[2]);
  const int taps[2] = {open_tap("tap_near"), open_tap("tap_far")};
  std::puts("ready");
  std::fflush(stdout);
  std::deque<Frame> under_way[2];  // what came in at each end
  std::mt19937 random(1);
  std::vector<char> buffer(65536);
  for (;;) {
    auto wait = std::chrono::nanoseconds(std::chrono::milliseconds(50));
    for (const std::deque<Frame>& frames : under_way)
      if (!frames.empty())
        wait = std::clamp(std::chrono::nanoseconds(frames.front().due - Clock::now()),
                          std::chrono::nanoseconds(0), wait);
    const timespec limit = {0, static_cast<long>(wait.count())};
    pollfd ends[2] = {{taps[0], POLLIN, 0}, {taps[1], POLLIN, 0}};
    ppoll(ends, 2, &limit, nullptr);
    for (int end = 0; end < 2; ++end) {
      ssize_t size;
      while ((size = read(taps[end], buffer.data(), buffer.size())) > 0)
        if (random() % 1000 >= lost_per_mille)
          under_way[end].push_back(
              {Clock::now() + delay, std::vector<char>(buffer.data(), buffer.data() + size)});
      std::deque<Frame>& frames = under_way[end];
      for (; !frames.empty() && frames.front().due <= Clock::now(); frames.pop_front())
        if (write(taps[1 - end], frames.front().bytes.data(), frames.front().bytes.size()) < 0)
          continue;  // the device is not up yet: lost
    }
  }
}
