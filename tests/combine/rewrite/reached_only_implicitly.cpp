// Registrars run, std::hash and deduction guides are found, fields that nobody reads keep their
// place.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 9 23 30 34 27 32
// CHECK: static Registrar one("one", 1);
// CHECK:  long never = 4;

//--- services/t.h
#include <coop/service.h>

#include <concepts>
#include <cstdio>
#include <map>
#include <string>
#include <unordered_map>
inline std::map<std::string, int>& registry() {
  static std::map<std::string, int> r;
  return r;
}
struct Registrar {
  Registrar(const char* name, int v) { registry()[name] = v; }
};
static Registrar one("one", 1);
static const bool registered = [] {
  registry()["two"] = 2;
  return true;
}();
namespace {
[[maybe_unused]] int three = (registry()["three"] = 3);
}
struct Key {
  int a;
  bool operator==(const Key&) const = default;
};
template <>
struct std::hash<Key> {
  size_t operator()(const Key& k) const { return k.a; }
};
template <class T>
struct Box {
  T v;
  template <class U>
  Box(U u) : v(u) {}
};
template <class U>
Box(U) -> Box<long>;
template <class T>
concept Numeric = std::integral<T> || std::floating_point<T>;
template <Numeric T>
T twice(T x) {
  return x + x;
}
template <class T>
  requires Numeric<T>
struct Wrapped {
  T v;
};
template <class T>
int kind(T) {
  return 1;
}
template <>
int kind<int>(int) {
  return 2;
}
template <class T>
struct Traits {
  static constexpr int value = 1;
};
template <>
struct Traits<float> {
  static constexpr int value = 7;
};
template <class T>
struct Traits<T*> {
  static constexpr int value = 9;
};
template <class T>
T zero() {
  return T();
}
template int zero<int>();
template <class T>
inline int counted = 3;
template <>
inline int counted<int> = 5;
template struct Traits<double>;
typedef struct {
  int v;
} Anon, *AnonPtr;
struct {
  int q = 5;
} single, *pointer = &single;
using First = int;
using Second = First;
typedef Second Third;
struct Out {
  struct In {
    int z();
    static int w;
  };
};
int Out::In::z() { return 6; }
int Out::In::w = 8;
extern int later;
int later = 2;
int forward(int);
struct Header {
  char magic[4];
  int unused;
  double also;
  int n;
};
struct Kv : coop::Artifact {
  int n = 3;
  long never = 4;
  char pad[16] = {};
  std::unordered_map<Key, int>* map = nullptr;
  int f(this auto& self) {
    int t = self.n;
    for (auto& [k, v] : registry()) t += v;
    return t;
  }
  int g(this auto&) {
    std::unordered_map<Key, int> m;
    m[Key{1}] = 5;
    Box b(3);
    Wrapped<int> w{2};
    return m.at(Key{1}) + int(sizeof(b.v)) + twice(4) + w.v;
  }
  int h(this auto& self) {
    return self.n + kind(1) + kind(1.0) + Traits<float>::value + Traits<int*>::value + zero<int>() +
           counted<int> + counted<char>;
  }
  int i(this auto& self) {
    Anon a{4};
    AnonPtr p = &a;
    Third t = 2;
    Out::In i;
    return self.n + p->v + t + i.z() + Out::In::w + pointer->q + later + forward(2);
  }
  int j(this auto& self) { return self.n + int(sizeof(Header)); }
};
int forward(int x) { return x * 2; }
struct T : coop::Service {
  Kv kv;
  int run(this auto& self) {
    std::printf("%d %d %d %d %d %d\n", self.kv.f(), self.kv.g(), self.kv.h(), self.kv.i(),
                self.kv.j(), int(sizeof(Kv)) - 8);
    return 0;
  }
};
