// Virtual methods, private state, helpers that take an artifact: members stay what they are, and
// what a function of the service uses is opened.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 5 11 16

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

class Kv : public coop::Artifact {
  int tokens = 3;
  struct Row {
    int v = 1;
  };
  Row row;
  static constexpr int kHidden = 2;
  int secret(this auto& self) { return self.tokens + self.comp.window; }

 protected:
  int half = 1;

 public:
  virtual ~Kv() = default;
  virtual int own() { return tokens; }
  int far(this auto& self) { return self.own() + self.comp.window; }
  int get(this auto& self) { return self.secret() + self.row.v + kHidden + self.half + 2; }
  int length() const { return tokens; }
};
template <class A>
int total(A& a) {
  return a.length() + a.length();
}
template <class F>
int twice(F f) {
  return f() + f();
}
struct Comp : coop::Artifact {
  int window = 2;
  int sum(this auto& self) {
    return total(self.kv) + twice([&] { return self.kv.length() + self.window; });
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(int, char**) {
    std::printf("%d %d %d\n", kv.far(), kv.get(), comp.sum());
    return 0;
  }
};
