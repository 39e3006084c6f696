// Without a kind, an artifact is called often, and with what was given or returned before.
// RUN: %split && not %combine test artifacts/often.h -o out | FileCheck %s --check-prefix=OFTEN
// OFTEN: FAILED contracts hold
// OFTEN: ensures self.calls < 13
// RUN: not %combine test artifacts/again.h -o out | FileCheck %s --check-prefix=AGAIN
// AGAIN: FAILED contracts hold
// AGAIN: ensures self.is_new
// AGAIN: {"put", {[[KEY:[0-9]+]]}}, {"put", {[[KEY]]}}
// RUN: not %combine test artifacts/ticket.h -o out | FileCheck %s --check-prefix=TICKET
// TICKET: FAILED contracts hold
// TICKET: ensures !self.is_known(ticket)
// TICKET: {"open", {}}, {"close", {217519}}
//
// What is accepted has seen it full, too.
// RUN: %combine test --accept artifacts/fifo.h | FileCheck %s --check-prefix=FULL
// FULL: golden 1 ok
// RUN: sed -i 's/pop_front/pop_back/' artifacts/fifo.h
// RUN: not %combine test artifacts/fifo.h -o generated/tests | FileCheck %s --check-prefix=OTHER
// OTHER: FAILED golden outcomes_are_as_accepted

//--- artifacts/often.h
#include <coop/artifact.h>
struct Often : coop::Artifact {
  void count(this auto& self) {
    ++self.calls;
    COOP_ENSURES(self.calls < 13);
  }

 private:
  int calls = 0;
};

//--- artifacts/again.h
#include <coop/artifact.h>
#include <set>
struct Again : coop::Artifact {
  /// key  ends and small values meet by chance; range 0..1000000
  void put(this auto& self, int key) {
    self.is_new = self.keys.insert(key).second || key < 100 || key > 999000;
    COOP_ENSURES(self.is_new);
  }

 private:
  std::set<int> keys;
  bool is_new = true;
};

//--- artifacts/ticket.h
#include <coop/artifact.h>
struct Ticket : coop::Artifact {
  int open(this auto& self) { return 217519 * ++self.opened; }

  /// ticket  range 0..10000000
  void close(this auto& self, int ticket) { COOP_ENSURES(!self.is_known(ticket)); }

 private:
  bool is_known(this auto& self, int ticket) {
    return ticket > 0 && ticket % 217519 == 0 && ticket / 217519 <= self.opened;
  }
  int opened = 0;
};

//--- artifacts/fifo.h
#include <algorithm>
#include <coop/artifact.h>
#include <deque>
struct Fifo : coop::Artifact {
  int capacity = 500;  ///< range 4..100000

  /// Whether it was there.
  bool use(this auto& self, int key) {
    if (std::ranges::count(self.keys, key)) return true;
    if (static_cast<int>(self.keys.size()) >= self.capacity) self.keys.pop_front();
    self.keys.push_back(key);
    return false;
  }

 private:
  std::deque<int> keys;
};
