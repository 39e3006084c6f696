// clear(), size() and empty() say the same to everybody.
// RUN: %split && %combine test --no-keep artifacts/ring.h | FileCheck %s --check-prefix=FINE
// RUN: sed 's/self.first = 0;//' artifacts/ring.h > artifacts/keeps.h
// RUN: not %combine test --no-keep artifacts/keeps.h | FileCheck %s --check-prefix=KEEPS
// RUN: sed 's/>= self.capacity/> self.capacity/' artifacts/ring.h > artifacts/more.h
// RUN: not %combine test --no-keep artifacts/more.h | FileCheck %s --check-prefix=MORE
// FINE: law 5 ok
// KEEPS: FAILED law what_is_cleared_is_as_new
// KEEPS-NEXT: what is cleared is as new
// KEEPS-NEXT: broken: of a new one at() = {{.*}}, behind clear() at() =
// MORE: FAILED law size_is_what_it_says
// MORE-NEXT: size() is within capacity, and 0 when empty() is true
// MORE-NEXT: broken: size() is 2, capacity 1

//--- artifacts/ring.h
#include <coop/artifact.h>
#include <deque>
/// The newest numbers, each known by how many came before it.
struct Ring : coop::Artifact {
  int capacity = 16;  ///< range 1..4096
  void push(this auto& self, int number) {
    if (self.size() >= self.capacity) self.numbers.pop_front(), ++self.first;
    self.numbers.push_back(number);
  }
  /// The number in front of which so many came, or -1.
  /// place  range 0..100
  int at(this auto& self, int place) {
    const int i = place - self.first;
    return 0 <= i && i < self.size() ? self.numbers[i] : -1;
  }
  int size(this auto& self) { return static_cast<int>(self.numbers.size()); }
  bool empty(this auto& self) { return self.numbers.empty(); }
  void clear(this auto& self) {
    self.numbers.clear();
    self.first = 0;
  }

 private:
  std::deque<int> numbers;
  int first = 0;
};
