// What C++23 keeps alive for a loop, and C++20 does not, is refused: it would be read too late.
// RUN: rm -f %t.out.cpp && not %combine --device=cpu -o %t.out.cpp %s 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: test ! -e %t.out.cpp
#include <coop/service.h>

#include <cstdio>
#include <string>
#include <vector>

struct Words {
  std::vector<std::string> all = {"a", "b"};
  const std::vector<std::string>& list() const { return all; }
  const Words* self() const { return this; }
  void print() const {
    for (const std::string& word : list()) std::puts(word.c_str());
    for (const std::string& word : self()->list()) std::puts(word.c_str());
  }
};
struct Reader : coop::Artifact {
  Words words(this auto&) { return {}; }
  std::vector<std::string> copy(this auto&) { return {"c"}; }
  static const std::vector<std::string>& checked(const std::vector<std::string>& list,
                                                 const std::string& name) {
    if (list.empty()) std::puts(name.c_str());
    return list;
  }
  std::vector<std::string> words_ = {"d"};
  void read(this auto& self) {
    self.words().print();
    for (const std::string& word : self.copy()) std::puts(word.c_str());
    for (const std::string& word : self.words().all) std::puts(word.c_str());
    for (const std::string& word : self.words().list()) std::puts(word.c_str());
    for (const char letter : std::string("x") + "y") std::putchar(letter);
    for (const char letter : self.copy().front()) std::putchar(letter);
    for (const char* word : {"x", "y"}) std::puts(word);
    for (const std::string& word : checked(self.words_, "the words" + std::string())) {
      std::puts(word.c_str());
    }
  }
};
struct T : coop::Service {
  Reader reader;
  int run(this auto& self) {
    self.reader.read();
    return 0;
  }
};
// CHECK: loop_over_a_temporarys_part.cpp:32:36: error: newer than C++20, which is what is emitted: a temporary that a loop needs longer than C++20 keeps it [newer-than-cpp20]
// CHECK: loop_over_a_temporarys_part.cpp:34:30: error: newer than C++20
