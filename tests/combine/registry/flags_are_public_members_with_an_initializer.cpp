// Configuration: public members of a scalar type or std::string, inherited ones too; nothing else.
// RUN: %split && %same services/t.h -- --knob.window=508 --knob.name long --knob.ratio=0.25 --knob.base 9 | FileCheck %s --check-prefix=SAYS
// RUN: %t/alone/emitted --help | FileCheck %s --check-prefix=HELP
// RUN: %combine --device=cpu --dump=registry services/t.h | FileCheck %s --implicit-check-not=flag
// CHECK: artifact knob: Knob (replicated, t.h)
// CHECK-NEXT: flag --knob.base = 1
// CHECK-NEXT: flag --knob.window = 4
// CHECK-NEXT: flag --knob.name = "short; {"
// CHECK-NEXT: flag --knob.ratio = -1.5f
// CHECK-NEXT: flag --knob.loud = false
// CHECK-NEXT: flag --knob.first = 5
// CHECK-NEXT: flag --knob.second = 6
// SAYS: 9 508 long 0.25 0
// HELP: --knob.base {{.*}}(1)
// HELP: --knob.window {{.*}}Tokens that stay. (4)
// HELP: --knob.name {{.*}}(short; {)
// HELP: --knob.ratio {{.*}}Of "all" \ half. (-1.5)
// HELP: --knob.loud {{.*}}(false)
// HELP: --knob.first {{.*}}Both of them. (5)
// HELP: --knob.second {{.*}}Both of them. (6)

//--- services/t.h
#include <coop/service.h>

#include <atomic>
#include <cstdio>
#include <string>

struct Base : coop::Artifact {
  int base = 1;
};

class Knob : public Base {
  int hidden = 2;

 public:
  /// Tokens that stay.
  int window = 4;
  std::string name = "short; {";
  float ratio = -1.5f;  ///< Of "all" \ half.
  bool loud = false;
  int first = 5, second = 6;  ///< Both of them.
  int unset;
  int* pointer = nullptr;
  std::atomic<int> busy = 0;
  static constexpr int kMost = 7;
  const int fixed = 8;
  void show(this auto& self) {
    std::printf("%d %d %s %g %d\n", self.base, self.window, self.name.c_str(), self.ratio,
                self.loud);
    self.hidden = self.kMost;
  }

 private:
  int state = 3;
};

struct T : coop::Service {
  Knob knob;
  int run(this auto& self) {
    self.knob.show();
    return 0;
  }
};
