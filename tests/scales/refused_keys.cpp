// What is sharded by keys: who calls it says which share is meant, and all ranks find the same key.
// None of it waits for the scale at which it would matter.
// RUN: %refused %s 2>&1 | %check
// RUN: %refused --scale=node %s 2>&1 | %check
#include <coop/service.h>

#include <map>
#include <span>
#include <string>
#include <vector>

struct Shelf : coop::Artifact {
  int width = 2;  ///< Books side by side.
  static constexpr int kRows = 3;

  // These are keys.
  long of_first(this auto& self, std::span<const int> numbers) {
    return self.row(numbers.empty() ? 0 : numbers[0]);
  }
  static unsigned long plain(float number) { return static_cast<unsigned long>(number); }
  [[coop::keyed(of_first)]] int put(this auto& self, const std::vector<int>& numbers, int more) {
    return self.books[numbers[0]] += more + self.unasked(0);
  }
  [[coop::keyed(plain)]] int take(this auto& self, int number) { return self.books[number]; }
  [[coop::sum]] int size(this auto& self) { return static_cast<int>(self.books.size()); }
  [[coop::same]] int rows(this auto& self) { return self.width * self.kRows; }

  // These are none.
  // CHECK-DAG: refused_keys.cpp:[[#@LINE+2]]:5: error: 'numbr' is no parameter of 'misspelled', and no method of Shelf: there is no key [unknown-key]
  // CHECK-DAG: note: did you mean number?
  [[coop::keyed(numbr)]] int misspelled(this auto&, int number) { return number; }
  // CHECK-DAG: refused_keys.cpp:[[#@LINE+1]]:5: error: 'text' gives no key to 'by_text': it is a std::string, and no integer [unusable-key]
  [[coop::keyed(text)]] int by_text(this auto&, const std::string& text) { return text.size(); }
  // CHECK-DAG: refused_keys.cpp:[[#@LINE+1]]:5: error: 'row' gives no key to 'hidden': it is private [unusable-key]
  [[coop::keyed(row)]] int hidden(this auto&, int number) { return number; }
  // CHECK-DAG: refused_keys.cpp:[[#@LINE+1]]:5: error: 'name' gives no key to 'named': it returns a std::string, and a key is an integer [unusable-key]
  [[coop::keyed(name)]] int named(this auto&, int number) { return number; }
  std::string name(this auto&, int number) { return std::to_string(number); }
  // CHECK-DAG: refused_keys.cpp:[[#@LINE+1]]:5: error: 'plain' gives no key to 'worded': it takes a float where worded is given a std::string [unusable-key]
  [[coop::keyed(plain)]] int worded(this auto&, const std::string& word) { return word.size(); }
  // CHECK-DAG: refused_keys.cpp:[[#@LINE+1]]:5: error: 'plain' gives no key to 'nothing': it takes more arguments than nothing [unusable-key]
  [[coop::keyed(plain)]] int nothing(this auto&) { return 1; }
  // CHECK-DAG: refused_keys.cpp:[[#@LINE+1]]:5: error: 'emptiest' gives no key to 'balanced': it reads 'books', of which each rank has its own [unusable-key]
  [[coop::keyed(emptiest)]] int balanced(this auto&, int number) { return number; }
  int emptiest(this auto& self, int number) { return self.fill() + number; }
  // CHECK-DAG: refused_keys.cpp:[[#@LINE+1]]:5: error: 'mine' gives no key to 'own': it reaches self.world [unusable-key]
  [[coop::keyed(mine)]] int own(this auto&, int number) { return number; }
  int mine(this auto& self, int) { return self.world.rank(); }

  // CHECK-DAG: refused_keys.cpp:[[#@LINE+1]]:7: note: 'unasked' is this one
  int unasked(this auto& self, int number) { return self.width + number; }

 private:
  int row(this auto& self, int number) { return number / self.width % self.kRows; }
  int fill(this auto& self) { return static_cast<int>(self.books.size()); }

  std::map<int, int> books;
};

struct Library : coop::Service {
  coop::Sharded<Shelf, coop::Keys> shelf;

  int run(this auto& self) {
    // CHECK-DAG: refused_keys.cpp:[[#@LINE+2]]:23: error: each rank has a share of 'shelf', and 'unasked' does not say which is called [call-without-key]
    // CHECK-DAG: note: in front of the method say which share answers
    return self.shelf.unasked(1) + self.shelf.put({1}, 2) + self.shelf.take(1) +
           self.shelf.size() + self.shelf.rows();
  }
};
