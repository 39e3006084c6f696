// How often a client may ask.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <map>

/// GCRA (ATM Forum, 1996): a client's requests are due one `interval` apart. Who comes early is let
/// through until `burst` requests are ahead of what is due; who is turned away loses nothing by it.
struct RateLimiter : coop::Artifact {
  int interval = 100;  ///< Milliseconds for each request in the long run; range 1..3600000.
  int burst = 5;       ///< Requests that may come at once; range 1..1000.

  /// Whether `client` may ask at `now`; counts it if so.
  /// client  who asks; range 0..1000000
  /// now     milliseconds on a clock that never goes back; range 0..1000000000
  /// example: {burst 1} admit(1, 0); admit(1, 99) -> false
  /// example: {burst 1} admit(1, 0); admit(1, 100) -> true
  /// example: {burst 1} admit(1, 0); admit(2, 0) -> true
  /// example: {burst 2} admit(1, 0); admit(1, 50); admit(1, 60); admit(1, 100) -> true
  /// example: admit(1, 7); admit(1, 7); admit(1, 7); admit(1, 7); admit(1, 7) -> true
  /// example: admit(1, 7); admit(1, 7); admit(1, 7); admit(1, 7); admit(1, 7); admit(1, 7) -> false
  bool admit(this auto& self, int client, long now) {
    if (self.wait(client, now) > 0) return false;
    long& due = self.due[client];
    due = std::max(due, now) + self.interval;
    COOP_ENSURES(due - now <= static_cast<long>(self.burst) * self.interval);
    return true;
  }

  /// Milliseconds from `now` until `client` may ask; 0 if it may at once.
  /// client  who asks; range 0..1000000
  /// now     milliseconds; range 0..1000000000
  /// example: wait(1, 0) -> 0
  /// example: {burst 1} admit(1, 40); wait(1, 50) -> 90
  /// example: {burst 2} admit(1, 40); admit(1, 50); wait(1, 60) -> 80
  long wait(this auto& self, int client, long now) {
    const auto at = self.due.find(client);
    if (at == self.due.end()) return 0;
    return std::max(0L, at->second - now - (self.burst - 1L) * self.interval);
  }

  /// Forgets clients who are as if they had never asked.
  /// now  milliseconds; range 0..1000000000
  void forget_idle(this auto& self, long now) {
    std::erase_if(self.due, [&](const auto& client) { return client.second <= now; });
  }

  /// Clients that are remembered.
  /// example: admit(1, 0); admit(2, 50); forget_idle(100); clients() -> 1
  /// example: admit(1, 0); admit(2, 50); forget_idle(99); clients() -> 2
  int clients(this auto& self) { return static_cast<int>(self.due.size()); }

 private:
  std::map<int, long> due;  // by client: when a request is due again
};
