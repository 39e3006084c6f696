// A function that was a method reaches what its class may: private members of who calls it a
// friend, protected ones of the base.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 47 12
// RUN: FileCheck %s --input-file=%t/out.cpp --implicit-check-not=protected
// CHECK-LABEL: struct Owner {
// CHECK-LABEL: struct Base {
// CHECK-LABEL: class Closed {
// CHECK:       private:

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

class Owner : public coop::Artifact {
  friend struct Thief;
  int secret = 42;
};
struct Thief : coop::Artifact {
  int steal(this auto& self) { return self.owner.secret + self.closed.get(); }
};
class Base : public coop::Artifact {
 protected:
  int weight = 7;
};
struct Derived : Base {
  int weigh(this auto& self) { return self.weight + self.closed.get(); }
};
class Closed : public coop::Artifact {
 public:
  int get() const { return hidden; }

 private:
  int hidden = 5;
};
struct T : coop::Service {
  Owner owner;
  Thief thief;
  Derived derived;
  Closed closed;
  int run(this auto& self) {
    std::printf("%d %d\n", self.thief.steal(), self.derived.weigh());
    return 0;
  }
};
