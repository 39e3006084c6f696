// Virtual functions, destructors, conversions, operators, operator new, functions with attributes
// that keep them: nobody calls them by name.
// RUN: %split && %flat main.cpp lib.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: constructor
// SAYS-NEXT: derived 1 2 3 alias
// SAYS-NEXT: 1 gone
// SAYS-NEXT: destructor
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT-DAG: void* operator new(std::size_t size)
// FLAT-DAG: asm(".globl coop_marker
// FLAT-DAG: used_by_nobody

//--- lib.h
#pragma once
struct Base {
  virtual ~Base();
  virtual const char* name() const = 0;
};
struct Derived : Base {
  ~Derived() override;
  const char* name() const override;
};
struct Value {
  explicit Value(int v);
  operator int() const;
  Value& operator+=(int v);
  bool operator<(const Value& other) const;
  int v;
};
const Base& the_base();
extern int allocations;
//--- lib.cpp
#include "lib.h"
#include <cstdio>
#include <cstdlib>
#include <new>
int allocations = 0;
void* operator new(std::size_t size) { ++allocations; return std::malloc(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
Base::~Base() {}
Derived::~Derived() { std::puts("gone"); }
const char* Derived::name() const { return "derived"; }
Value::Value(int x) : v(x) {}
Value::operator int() const { return v; }
Value& Value::operator+=(int x) { v += x; return *this; }
bool Value::operator<(const Value& other) const { return v < other.v; }
__attribute__((constructor)) static void first() { std::puts("constructor"); }
__attribute__((destructor)) static void last() { std::puts("destructor"); }
__attribute__((used)) static int used_by_nobody() { return 1; }
extern "C" const char* real_name() { return "alias"; }
extern "C" const char* other_name() __attribute__((alias("real_name")));
asm(".globl coop_marker\n.set coop_marker, 0");
static int dead() { return 0; }
//--- main.cpp
#include <cstdio>
#include "lib.h"
extern "C" const char* other_name();
int main() {
  const Base* base = new Derived;
  Value v(1);
  Value w(2);
  w += 1;
  std::printf("%s %d %d %d %s\n", base->name(), static_cast<int>(v), v < w ? 2 : 0,
              static_cast<int>(w), other_name());
  std::printf("%d ", allocations);
  delete base;
}
