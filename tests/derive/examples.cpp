// What an author gives as an example is a test: of rounds of tokens, of calls, of what is refused.
// RUN: %split && %combine test --print artifacts/right.h > printed
// RUN: FileCheck %s --check-prefix=PRINTED --input-file=printed
// RUN: sh -c '%combine test artifacts/right.h > report; true'
// RUN: FileCheck %s --check-prefix=RIGHT --input-file=report
// PRINTED: #include "testing/example.h"
// PRINTED: TEST(Right_example, line_7) {
// PRINTED-NEXT: Example(kDescription, {{.*}}"capacity", 4{{.*}})
// PRINTED-NEXT: .rows({7}, {{.*}}"weights", {0, 0, 9, 0, 0, 5, 0}{{.*}})
// PRINTED-NEXT: .keeps("2 5");
// PRINTED: TEST(Right_example, line_8)
// PRINTED: .keeps("2 4..6")
// PRINTED-NEXT: .keeps("2 4..6", 1)
// PRINTED-NEXT: .shows("dropped", "9");
// PRINTED: .call("half", 3, Array{1, 2, 3}).returns("4.5")
// PRINTED: {"order", static_cast<double>(Order::kNewest)}
// RIGHT: example 10 ok{{$}}
//
// In a round of who listens to it, nobody else calls him; and what a sequence cannot begin with is
// refused when it begins.
// RUN: sh -c '%combine test artifacts/listens.h > report; true'
// RUN: FileCheck %s --check-prefix=LISTENS --input-file=report
// LISTENS: example 3 ok{{$}}
//
// What tokens hold, in one channel or in more.
// RUN: sh -c '%combine test artifacts/longest.h > report; true'
// RUN: FileCheck %s --check-prefix=LONGEST --input-file=report
// LONGEST: example 3 ok{{$}}
//
// One that is wrong fails, and says what was found.
// RUN: not %combine test artifacts/wrong.h | FileCheck artifacts/wrong.h
//
// One that cannot be understood is an error where it stands, and nothing is written.
// RUN: rm -rf generated
// RUN: not %combine test artifacts/unclear.h 2>&1 | FileCheck artifacts/unclear.h
// RUN: not test -e generated

//--- artifacts/right.h
#include <coop/artifact.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>
enum class Order { kOldest, kNewest };
/// example: {capacity 4} scores 0 0 9 0 0 5 0 -> keeps 2 5
/// example: rows 3 4 weights 0 0 9 0 2 5 8 -> keeps 2 4..6; layer 1 keeps 2 4..6; dropped 9
/// example: half(3, 1 2 3) -> 4.5; capacity 1
/// example: {order kNewest} pick() -> kNewest
/// example: greet("a  b") -> "hi a  b"
/// example: greet("") -> refuses
/// example: find(3) -> nothing
/// example: twice(0) -> nothing
/// example: set(9); find(3) -> 9
struct Right : coop::Artifact {
  int capacity = 1;  ///< range 1..8
  Order order = Order::kOldest;
  int dropped = 0;

  /// example: set(2); set(7);
  ///     find(2) -> 7
  void set(int to) { value = to; }
  void after_attention(this auto& self, int layer, const std::vector<float>& weights) {
    std::vector<int> slots;
    for (size_t i = 0; i < weights.size(); ++i)
      if (weights[i] > self.capacity) slots.push_back(i);
    self.dropped += weights.size() - slots.size();
    self.kv_cache.keep(layer, slots);
  }
  std::vector<int> twice(int count) { return std::vector<int>(2 * count, 1); }
  float half(float x, const std::vector<float>& more) {
    for (float one : more) x += one;
    return x / 2;
  }
  Order pick() { return order; }
  std::string greet(const std::string& who) {
    return who.empty() ? throw std::runtime_error("who?") : "hi " + who;
  }
  std::optional<int> find(int key) {
    return key < value ? std::optional<int>(value) : std::nullopt;
  }

 private:
  int value = 0;
};
//--- artifacts/listens.h
#include <coop/artifact.h>
#include <stdexcept>
/// example: rows 5 -> keeps 0..4
/// example: {enabled true} rows 5 -> keeps 2..4
/// example: {most 0} after_reset() -> refuses
struct Listens : coop::Artifact {
  bool enabled = false;
  int most = 3;  ///< range 1..9
  void after_reset(this auto& self) {
    if (self.most < 1) throw std::runtime_error("nothing would stay");
  }
  void after_append(this auto& self, int layer) {
    if (self.enabled) self.compress(layer);
  }
  void compress(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length > self.most) self.kv_cache.erase(layer, 0, length - self.most);
  }
};
//--- artifacts/longest.h
#include <coop/artifact.h>
/// The token stays whose key is longest; where that is nothing, whose value is.
/// example: rows 3 keys 3 -5 4 -> keeps 1
/// example: keys 3,4 0,1 5,2 -> keeps 2
/// example: rows 2 1 keys 0 0 0 values 0,0,0,1 0,0,0,3 0,0,0,2 -> keeps 1
struct Longest : coop::Artifact {
  void after_append(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length < 3) return;
    int longest = 0;
    for (int slot = 1; slot < length; ++slot)
      if (self.squared(layer, slot) > self.squared(layer, longest)) longest = slot;
    self.kv_cache.erase(layer, longest + 1, length);
    self.kv_cache.erase(layer, 0, longest);
  }

 private:
  float squared(this auto& self, int layer, int slot) {
    const float* key = self.kv_cache.keys(layer, slot);
    const float* value = self.kv_cache.values(layer, slot);
    float sum = 0;
    for (int d = 0; d < 4; ++d) sum += key[d] * key[d] + value[d] * value[d] / 65536;
    return sum;
  }
};
//--- artifacts/wrong.h
#include <coop/artifact.h>
#include <stdexcept>
/// CHECK: FAILED example line_5
/// CHECK-NEXT: layer 0 keeps 1..4, and not 0..4
/// example: {least 1} rows 5 -> keeps 0..4
/// CHECK: FAILED example line_8
/// CHECK-NEXT: broken: kv_cache.erase(0, 0, 9) wants slots from 0 to 5, in order
/// example: {least 9} rows 5 -> keeps
/// CHECK: FAILED example line_11
/// CHECK-NEXT: it returns 4, and not 5
/// example: twice(2) -> 5
/// CHECK: FAILED example line_14
/// CHECK-NEXT: twice() threw
/// example: twice(0) -> 0
/// CHECK: FAILED example line_17
/// CHECK-NEXT: it takes that, and does not throw
/// example: twice(1) -> refuses
/// CHECK: FAILED example line_20
/// CHECK-NEXT: least is 1, and not 2
/// example: rows 3 -> least 2
struct Wrong : coop::Artifact {
  int least = 1;  ///< range 1..9
  void after_append(this auto& self, int layer) { self.kv_cache.erase(layer, 0, self.least); }
  int twice(int of) { return of ? 2 * of : throw std::runtime_error("of nothing"); }
};
//--- artifacts/unclear.h
#include <coop/artifact.h>
#include <string>
#include <vector>
/// CHECK: [[#@LINE+1]]:5: error: {{.*}} 'twise'; did you mean 'twice'? [unclear-example]
/// example: twise(2) -> 4
/// CHECK: note: write `{window 3} rows 10 4 -> keeps 7 8 9`, `scores 0 9 5 0 -> keeps 1 2`
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: 'twice' wants 1 arguments, not 2; arguments stand
/// example: twice(2, 3) -> 4
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: 'two', for of, is no number
/// example: twice(two) -> 4
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: '2.5', for least, is no whole number
/// example: {least 2.5} twice(2) -> 4
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: no test can set name, which is a std::string
/// example: {name 2} twice(2) -> 4
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: the '(' behind 'twice' is not closed
/// example: twice(2 -> 4
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: no number stands behind 'twice'
/// example: twice -> 4
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: 'row' is neither rows, keys, values nor{{.*}}: weights
/// example: row 3 -> keeps 1
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: there are 4 rows, and 3 numbers that tell of them
/// example: rows 4 weights 1 2 3 -> keeps 1
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: keys have as many channels for each token, 4 at most
/// example: keys 1,2 3 -> keeps 1
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: rows are whole numbers
/// example: rows 2.5 -> keeps 1
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: tokens that are kept are whole numbers, as in
/// example: rows 2 -> keeps all
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: 'quiet' returns nothing that '3' could be
/// example: quiet(2) -> 3
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: '3' does not say what is kept, or of which field
/// example: rows 2 -> 3
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: named is a text: write "abc"
/// example: named(abc) -> 3
struct Unclear : coop::Artifact {
  int least = 1;
  std::string name;
  int twice(int of) { return 2 * of; }
  int named(const std::string& named) { return named.size(); }
  void quiet(int least) { this->least = least; }
  void after_attention(this auto& self, int layer, const std::vector<float>& weights) {
    self.kv_cache.erase(layer, 0, weights.size() > self.least);
  }
};
/// CHECK: [[#@LINE+1]]:5: error: {{.*}}: nothing can be given rows: {{.*}} Lonely does not reach
/// example: rows 4 -> keeps 1
struct Lonely : coop::Artifact {
  int twice(int of) { return 2 * of; }
};
