// What C++23 keeps alive for a loop, and C++20 does not, is refused: it would be read after its end.
// RUN: rm -f %t.out.cpp && not %combine --device=cpu -o %t.out.cpp %s 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: test ! -e %t.out.cpp
#include <coop/service.h>

#include <cstdio>
#include <string>
#include <vector>

struct Words {
  std::vector<std::string> all = {"a", "b"};
  const std::vector<std::string>& list() const { return all; }
};
struct Reader : coop::Artifact {
  Words words(this auto&) { return {}; }
  std::vector<std::string> copy(this auto&) { return {"c"}; }
  void read(this auto& self) {
    for (const std::string& word : self.copy()) std::puts(word.c_str());
    for (const std::string& word : self.words().all) std::puts(word.c_str());
    for (const std::string& word : self.words().list()) std::puts(word.c_str());
    for (const char letter : std::string("x") + "y") std::putchar(letter);
    for (const char letter : self.copy().front()) std::putchar(letter);
  }
};
struct T : coop::Service {
  Reader reader;
  int run(this auto& self) {
    self.reader.read();
    return 0;
  }
};
// CHECK: loop_over_a_temporarys_part.cpp:20:36: error: newer than C++20, which is what is emitted: a temporary that a loop needs longer than C++20 keeps it [newer-than-cpp20]
// CHECK: loop_over_a_temporarys_part.cpp:22:30: error: newer than C++20
