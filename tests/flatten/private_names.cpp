// What two sources keep to themselves under one name is numbered in the later; macros of a source
// end with it.
// RUN: %split && %flat a.cpp b.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 3 2 1 111
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp
// FLAT: int helper(int x)
// FLAT: #undef STEP
// FLAT: struct Node2 {
// FLAT: long helper2(long x)
// FLAT: int counter2 = STEP;
// FLAT: Node2 n{"abc"};

//--- a.cpp
#include <cstdio>
#define STEP 1
struct Node {
  int x;
  int get() const;
  Node(int v) : x(v) {}
};
int Node::get() const { return x; }
static int helper(int x) { return x + STEP; }
namespace {
int counter = 0;
}
int from_b();
int main() {
  Node n(3);
  counter++;
  std::printf("%d %d %d %d\n", n.get(), helper(1), counter, from_b());
}
//--- b.cpp
#include <string>
using namespace std;
struct Node {
  string s;
};
static long helper(long x) { return x + 100; }
#ifndef STEP
#define STEP 5
#endif
namespace {
int counter = STEP;
}
int from_b() {
  Node n{"abc"};
  ++counter;
  return n.s.size() + helper(2) + counter;
}
