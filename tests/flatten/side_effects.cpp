// Globals that do something though nobody names them are kept, and said to be.
// RUN: %split && %flat main.cpp other.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: registered
// SAYS: 4
// RUN: %combine flatten -o again.cpp main.cpp other.cpp -- -std=c++17 2>&1 | FileCheck %s --check-prefix=TOLD
// TOLD: kept, though nothing names it: 'registrar' (its initializer or destructor may have an effect), other.cpp:3
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=kPlain
// FLAT: struct Unused {
// FLAT-NEXT: int used = 4;
// FLAT-NEXT: int never_read = 5;
// FLAT: } registrar;

//--- other.cpp
#include <cstdio>
namespace {
struct Registrar {
  Registrar() { std::puts("registered"); }
} registrar;
const int kPlain = 3;
}  // namespace
//--- main.cpp
#include <cstdio>
struct Unused {
  int used = 4;
  int never_read = 5;
};
int main() {
  Unused u;
  std::printf("%d\n", u.used);
  return sizeof(Unused) == 2 * sizeof(int) ? 0 : 1;
}
