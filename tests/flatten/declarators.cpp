// Several declarators of one type, types without a name, chains of typedefs, functions that return
// pointers to functions, enums declared before, bit-fields, friends.
// RUN: %split && %flat main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 1 2 3 4 5 6 7 8 9 10
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: int main()

//--- main.cpp
#include <cstdio>
struct { int v; } x, *y = &x;
typedef int A1, *A2, A3[2];
typedef A1 B1;
typedef B1 C1;
typedef struct Tag { C1 value; } TagName, *TagPointer;
typedef struct { int dead; } DeadName;
int two = 2, three = 3, beside = 0;
int (*function_of(int))(int);
static int four(int n) { return n; }
int (*function_of(int))(int) { return four; }
enum Colour : short;
enum class Shade;
enum Dead : int;
enum Colour : short { kRed = 5 };
enum class Shade { kDark = 6 };
enum { kSeven = 7, kAlsoKept };
enum { dead_one, dead_two };
struct Bits { unsigned a : 4, : 0, b : 4; };
class Secret {
  friend class Friend;
  friend int look(const Secret&);
  int value = 9;
};
class Friend {
 public:
  static int look(const Secret& s) { return s.value; }
};
int look(const Secret& s) { return s.value + 1; }
union U { int i; float f; };
A3 dead_array;
const char* const dead_names[] = {"a", "b"};
int main() {
  x.v = 1;
  TagName t{two};
  TagPointer p = &t;
  Bits bits{8, 8};
  Secret s;
  Colour c = kRed;
  U u{4};
  A2 pointer = &u.i;
  std::printf("%d %d %d %d %d %d %d %d %d %d %d\n", x.v, y->v, p->value, three,
              function_of(0)(*pointer), c, static_cast<int>(Shade::kDark), kSeven,
              bits.a, Friend::look(s), look(s));
}
