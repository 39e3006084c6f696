// What stands for a peer of which nothing is known follows from how it is used.
// RUN: %split && %combine test --print artifacts/odd.h | FileCheck %s
// RUN: %combine test --print artifacts/stores.h | FileCheck %s --check-prefix=STORES
// RUN: %combine test artifacts/stores.h | FileCheck %s --check-prefix=PASSES
// RUN: %combine test artifacts/chat.h | FileCheck %s --check-prefix=CHAT
// RUN: %combine test --print artifacts/pair.h | FileCheck %s --check-prefix=PAIR
// RUN: not %combine test --print artifacts/slip.h 2>&1 | FileCheck %s --check-prefix=SLIP

//--- artifacts/slip.h
// No peer is called as if it were a method.
#include <coop/artifact.h>
struct Slip : coop::Artifact {
  int take(this auto& self, int count) { return self.least_servd(count); }

 private:
  int least_served(this auto&, int count) { return count; }
};
// SLIP: error: self (Slip) has no member named 'least_servd' [unknown-member]
// SLIP: note: did you mean 'least_served'?
//--- artifacts/pair.h
// Of two that are layers, each has a name of its own.
#pragma once
#include <coop/artifact.h>

struct Pair : coop::Artifact {
  int both(this auto& self, int upper, int lower) {
    return self.kv_cache.length(upper) + 2 * self.kv_cache.length(lower);
  }
};
// PAIR: COOP_PARAMETER_MATTERS(Pair, both, 0, layer)
// PAIR-NEXT: COOP_PARAMETER_MATTERS(Pair, both, 1, lower)
//--- artifacts/odd.h
#pragma once
#include <coop/artifact.h>

#include <algorithm>
#include <string>
#include <vector>

struct Odd : coop::Artifact {
  const int fixed = 3;
  unsigned flags : 3 = 1;
  int admit(this auto& self, int request) {
    if (self.sensor.look()) self.stats.rejected += 1;
    std::string who = "r" + self.names.of(request);
    for (auto& stage : self.stages) stage.run(request);
    if constexpr (requires { self.meter; }) request += self.meter.level;
    return std::max(self.office.room(request), 1) + self.office.size() % 4 + who.size() +
           self.hall.seats.left * 2 + self.cache.length(0) + self.cache.next_position(0);
  }
};
// CHECK: // Not tested: fixed, since it is const
// CHECK-NEXT: // Not tested: flags, since it is a bit-field, which nothing can point to
// CHECK: #include "testing/compressor.h"
// CHECK-NEXT: #include "testing/fake_peer.h"
// CHECK: struct HallPeer : FakePeer {
// CHECK-NEXT:   HallPeer() : FakePeer("hall") {}
// CHECK-NEXT:   struct {
// CHECK-NEXT:     int left = 2;
// CHECK-NEXT:   } seats;
// CHECK: struct MeterPeer : FakePeer {
// CHECK: struct NamesPeer : FakePeer {
// CHECK-NEXT:   NamesPeer() : FakePeer("names") {}
// CHECK-NEXT:   FAKE_ANSWER(std::string, of)
// CHECK: struct OfficePeer : FakePeer {
// CHECK-NEXT:   OfficePeer() : FakePeer("office") {}
// CHECK-NEXT:   FAKE_ANSWER(int, room)
// CHECK-NEXT:   FAKE_ANSWER(int, size)
// CHECK:   FAKE_ANSWER(bool, look)
// CHECK: struct StagesPeer : FakePeer {
// CHECK-NEXT:   StagesPeer() : FakePeer("stages") {}
// CHECK-NEXT:   FAKE_METHOD(run)
// CHECK:   int rejected = 2;
// CHECK:   FakeKvCache cache{device};
// CHECK-NEXT: FakeKvCache& kv_cache = cache;
// CHECK:   std::array<StagesPeer, 3> stages;
// CHECK: seen.push_back("stats.rejected = " + coop::testing::seen(stats.rejected));
// CHECK: COOP_ANSWER_MATTERS(Odd, kv_cache, length)

//--- artifacts/stores.h
// What an answer is, is told by what is done with it.
// STORES:      struct BooksPeer : FakePeer {
// STORES:        FAKE_ANSWER(int, page)
// STORES:      struct CachePeer : FakePeer {
// STORES:        FAKE_ANSWER(std::optional<long>, find)
// STORES:        FAKE_POINTER(long, get, true)
// STORES:      struct NodesPeer : FakePeer {
// STORES:        struct AtAnswer {
// STORES-NEXT:     std::vector<long> children = {1, 2};
// STORES-NEXT:     long depth = 2;
// STORES-NEXT:   };
// STORES-NEXT:   FAKE_POINTER(AtAnswer, at, false)
// STORES:      struct UsersPeer : FakePeer {
// STORES:        struct FindAnswer {
// STORES-NEXT:     FAKE_PART(age)
// STORES-NEXT:     bool banned = 2;
// STORES-NEXT:     std::string name{};
// STORES-NEXT:   };
// STORES-NEXT:   FAKE_REFERENCE(FindAnswer, find)
// PASSES-NOT: FAILED
// PASSES: relevance {{[0-9]+}} ok
#include <coop/artifact.h>

#include <optional>
#include <string>
struct Stores : coop::Artifact {
  int limit = 5;  ///< range 1..20
  std::string name_of(this auto& self, int id) {
    const auto& user = self.users.find(id);
    return user.banned ? "nobody" : user.name + std::to_string(int(user.age()));
  }
  int page(this auto& self, int book) {
    auto page = self.books.page(book);
    return page % self.limit;
  }
  int maybe(this auto& self, int key) {
    auto found = self.cache.get(key);
    const auto certain = self.cache.find(key);
    return (found ? *found : -1) + (certain.has_value() ? certain.value() : 0);
  }
  int arrow(this auto& self, int key) {
    return self.nodes.at(key)->depth + self.nodes.at(key)->children.size();
  }
};

//--- artifacts/chat.h
// Names that derived files say may be the artifact's own.
// CHAT-NOT: FAILED
// CHAT: relevance {{[0-9]+}} ok
#include <coop/artifact.h>
enum class Role { kUser, kModel };
struct Scenario {};
struct Subject {};
struct Chat : coop::Artifact {
  int turns = 3;  ///< range 1..8
  int turn(this auto& self, Role role) { return role == Role::kUser ? 0 : self.turns; }
};
