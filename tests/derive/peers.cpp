// What stands for a peer of which nothing is known follows from how it is used.
// RUN: %split && %combine test --print artifacts/odd.h | FileCheck %s

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
