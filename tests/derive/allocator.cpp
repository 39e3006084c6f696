// What hands out numbers and takes them back.
// RUN: %split && %combine test --no-keep artifacts/right.h | FileCheck %s --check-prefix=FINE
// RUN: sed 's/self.vacant.pop_back();/0;/' artifacts/right.h > artifacts/twice.h
// RUN: not %combine test --no-keep artifacts/twice.h | FileCheck %s --check-prefix=TWICE
// RUN: sed 's/self.vacant.push_back(block);/(void)block;/' artifacts/right.h > artifacts/lost.h
// RUN: not %combine test --no-keep artifacts/lost.h | FileCheck %s --check-prefix=LOST
// RUN: sed 's/+= count;/+= count > 3 ? 3 : count;/' artifacts/runs.h > artifacts/overlaps.h
// RUN: %combine test --no-keep artifacts/runs.h
// RUN: not %combine test --no-keep artifacts/overlaps.h | FileCheck %s --check-prefix=OVERLAPS
// RUN: sed 's/ - static_cast<int>(self.vacant.size())//' artifacts/right.h > artifacts/miscounts.h
// RUN: not %combine test --no-keep artifacts/miscounts.h | FileCheck %s --check-prefix=MISCOUNTS
// FINE: Right · allocator · seed
// FINE: law {{[0-9]+}} ok
// TWICE: FAILED law what_is_out_is_not_handed_out
// TWICE-NEXT: what is out is not handed out again
// TWICE-NEXT: broken: alloc() = 0, free(0), alloc() = 0, alloc() = 0, which is out already
// LOST: FAILED law what_comes_back_is_handed_out_again
// LOST-NEXT: when all is back, as many can be handed out as at first
// LOST-NEXT: broken: of a new one 1 can be had, and 0 behind alloc() = 0, free(0)
// OVERLAPS: FAILED law what_is_out_does_not_overlap
// MISCOUNTS: FAILED law a_count_is_of_what_is_out
// MISCOUNTS: is {{[0-9]+}} in place of

//--- artifacts/right.h
#include <coop/artifact.h>
#include <vector>
struct Right : coop::Artifact {
  int blocks = 16;  ///< range 1..4096
  /// A block, or -1.
  int alloc(this auto& self) {
    if (self.vacant.empty()) return self.next < self.blocks ? self.next++ : -1;
    const int block = self.vacant.back();
    self.vacant.pop_back();
    return block;
  }
  void free(this auto& self, int block) { self.vacant.push_back(block); }
  int taken(this auto& self) { return self.next - static_cast<int>(self.vacant.size()); }

 private:
  std::vector<int> vacant;
  int next = 0;
};
//--- artifacts/runs.h
#include <coop/artifact.h>
struct Runs : coop::Artifact {
  int slots = 64;  ///< range 8..4096
  /// The first of as many slots; -1 when there are no more. They are used again when all are back.
  /// count  range 1..8
  int allocate(this auto& self, int count) {
    if (self.next + count > self.slots) return -1;
    const int first = self.next;
    self.next += count;
    ++self.live;
    return first;
  }
  /// first  range 0..4096
  void release(this auto& self, int first) {
    (void)first;
    if (--self.live == 0) self.next = 0;
  }

 private:
  int next = 0, live = 0;
};
