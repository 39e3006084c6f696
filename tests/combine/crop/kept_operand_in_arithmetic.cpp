// What is left of an expression keeps its type, its place among its neighbours, its parentheses.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 11643163717351 7894

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <string>

inline int put(int) { return 1; }
inline int put(char) { return 2; }
inline int put(long) { return 3; }
inline int put(unsigned) { return 4; }
inline int put(double) { return 5; }
inline int put(float) { return 6; }
inline int put(bool) { return 7; }
inline int put(short) { return 8; }

struct Types : coop::Artifact {
  char c = 'a';
  short s = 2;
  float g = 1.5f;
  unsigned u = 3;
  long l = 4;
  bool b = true;
  int a = 7, d = 3;
  std::string types(this auto& self) {
    std::string t;
    const auto& world = self.world;
    for (int x : {put(self.c + self.world.rank()), put(self.s * self.world.size()),
                  put(self.g / self.world.size()), put(self.u - self.world.rank()),
                  put(self.l * self.world.size()), put(self.world.size() > 1 ? self.c : self.s),
                  put(self.world.size() > 1 ? self.g : self.u),
                  put(self.world.size() > 1 ? 1L : self.s), put(self.b && self.world.size() == 1),
                  put(self.b + self.world.rank()), put(self.world.size() == 1),
                  put(self.world.size() * 1L), put(self.world.rank() * 0.5), put(world.size())})
      t += std::to_string(x);
    return t;
  }
  int places(this auto& self) {
    int x = 10 - (self.world.rank() + self.a - self.d);
    int y = 10 - self.world.rank() - self.d;
    int z = 2 * (self.world.size() > 1 ? self.a : self.d + 1);
    int w = -(self.world.rank() - self.a);
    int v = 1 << self.world.rank();
    int row[3] = {4, 5, 6};
    int q = row[self.world.rank()] - -self.world.rank();
    int r = 5;
    (self.world.size() > 1 ? r : x) += 1;
    int s = self.world.size() > 1 ? self.a : (++self.d, 9);
    --self.d;
    return x + y * 10 + z * 100 + w * 1000 + v * 3 + q + r + s +
           (self.a - self.d) * self.world.size() - (self.a - self.d) / self.world.size() * 2;
  }
};
struct T : coop::Service {
  Types typed;
  int run(int, char**) {
    std::printf("%s ", typed.types().c_str());
    std::printf("%d\n", typed.places());
    return 0;
  }
};
