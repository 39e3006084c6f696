// Text within literals is nobody's directive, comment or blank line.
// RUN: %split && %flat main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS --strict-whitespace --match-full-lines
//      SAYS:first
//  SAYS-NOT:second
//      SAYS:#include "nowhere.h"
// SAYS-NEXT:#if 0
// SAYS-NEXT:// no comment /* nor this
// SAYS-NEXT:#endif
// SAYS-NEXT:)" "
// SAYS-NEXT:spliced text // here 1'000 ' "
// SAYS-NEXT:19 5

//--- main.cpp
#include <cstdio>
#include <cstring>
static const char* const dead = R"(
#define NOTHING
)";
static const char* const kText = R"x(first



#include "nowhere.h"
#if 0
// no comment /* nor this
#endif
)" ")x";
static const char* const kBlank = "a\n\n\n\nb";
static const char* const kSpliced = "spliced \
text // here 1'000 ' \"";
static const int kNumber = 1'9;
int main() {
  std::printf("%s\n%s\n%d %d\n", kText, kSpliced, kNumber, (int)std::strlen("/*x*/"));
  return std::strlen(kBlank) == 6 ? 0 : 1;
}
