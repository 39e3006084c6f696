// Outcomes are accepted such that small mistakes change them: of what has no kind, too.
// RUN: %split && %combine test --accept --mutants artifacts/shelf.h | FileCheck %s '--implicit-check-not=weak:'
// CHECK: accepted: {{[0-9]+}} outcomes, which notice [[ALL:[0-9]+]] of [[ALL]] small mistakes
// CHECK-NEXT: mutants: [[ALL]] of [[ALL]] noticed
//
// What is known of initial values, and of what is refused outside of a range, is in so many words.
// RUN: FileCheck %s --check-prefix=TEXT --input-file=generated/tests/shelf.golden
// TEXT: {{^}}{}
// TEXT-NEXT: {{^}}  room = 50
// TEXT: {{^}}{room 0} {{(holds.* )?}}use(
// TEXT-NEXT: {{.*}} threw
//
// Few enough to be read, and the same each time.
// RUN: cp generated/tests/shelf.golden first && %combine test --accept artifacts/shelf.h > again
// RUN: cmp first generated/tests/shelf.golden
// RUN: wc -l < first | FileCheck %s --check-prefix=LINES
// LINES: {{^([0-9]{1,2}|1[0-6][0-9]|170)$}}
//
// Without a program of mistakes they are chosen by what changes them, and that is said.
// RUN: %combine test --accept artifacts/unbuilt.h | FileCheck %s --check-prefix=UNBUILT
// UNBUILT: golden 1 ok
// UNBUILT: accepted: {{[0-9]+}} outcomes; no small mistakes, since they cannot be built: {{.*}}unbuilt.h:2
// RUN: %combine test --accept artifacts/another.h | FileCheck %s --check-prefix=ANOTHER
// ANOTHER: golden 1 ok
// ANOTHER: accepted: {{[0-9]+}} outcomes; no small mistakes, since their program does not do what the artifact does

//--- artifacts/shelf.h
#include <coop/artifact.h>

#include <algorithm>
#include <deque>
#include <stdexcept>

/// Keeps the newest keys; one that went and soon comes back goes last.
struct Shelf : coop::Artifact {
  int room = 50;  ///< range 1..1000

  bool use(this auto& self, int key) {
    if (self.room < 1) throw std::runtime_error("no room");
    if (self.holds(key)) return true;
    const auto place = std::find(self.gone.begin(), self.gone.end(), key);
    const bool is_back = place != self.gone.end();
    if (is_back) self.gone.erase(place);
    if (static_cast<int>(self.kept.size()) >= self.room) {
      self.gone.push_back(self.kept.front());
      self.kept.pop_front();
      if (self.gone.size() > 3) self.gone.pop_front();
    }
    if (is_back) {
      self.kept.push_back(key);
    } else {
      self.kept.push_front(key);
    }
    return false;
  }

  bool holds(this auto& self, int key) {
    return std::find(self.kept.begin(), self.kept.end(), key) != self.kept.end();
  }

 private:
  std::deque<int> kept, gone;
};

//--- artifacts/unbuilt.h
#include <coop/artifact.h>
using coop_mutant = int;  // as what chooses among mistakes is called
struct Unbuilt : coop::Artifact {
  int more(this auto& self, int x) { return x + 1; }
};

//--- artifacts/another.h
#include <coop/artifact.h>
#include <cstdlib>
struct Another : coop::Artifact {
  int more(this auto& self, int x) {
    if (std::getenv("COOP_DIFFERING")) std::abort();
    return x + 1;
  }
};
