// What is sharded by keys: a directory of beginnings, and shelves that are asked in every way.
#pragma once
#include <coop/service.h>

#include <cstdio>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "artifacts/serve/prefix_directory.h"

struct Book {
  int pages = 0;
  double price = 0;
};

struct Shelves : coop::Artifact {
  int places = 100;  ///< Books at most.

  int shelf_of(this auto& self, int number) { return self.places < 0 ? 0 : number; }

  [[coop::keyed(shelf_of)]] void put(this auto& self, int number, Book book) {
    if (book.pages < 1) throw std::invalid_argument("a book of " + std::to_string(book.pages));
    self.books[number] = book;
  }
  [[coop::keyed(number), coop::repeatable, coop::deadline(5000)]] std::optional<Book> find(
      this auto& self, int number) {
    const auto found = self.books.find(number);
    if (found == self.books.end()) return std::nullopt;
    return found->second;
  }
  [[coop::keyed(number), coop::each]] void mark(this auto& self, int number, int by) {
    self.marks[number] += 1 + by;
  }
  [[coop::keyed(number), coop::cast]] void drop(this auto& self, int number) {
    self.books.erase(number);
  }
  [[coop::sum]] int size(this auto& self) { return static_cast<int>(self.books.size()); }
  /// except: same_on_any_ranks (each rank marks)
  [[coop::max]] int most_marks(this auto& self) {
    int most = 0;
    for (const auto& [number, marks] : self.marks) most = std::max(most, marks);
    return most;
  }

 private:
  std::map<int, Book> books;
  std::map<int, int> marks;
};

struct Library : coop::Service {
  coop::Sharded<PrefixDirectory, coop::Keys> directory;
  coop::Sharded<Shelves, coop::Keys> shelves;

  int run(this auto& self, int books = 10) {
    for (int i = -books; i < books; ++i) self.shelves.put(i, {10 + i + books, 0.5 * i});
    std::string told;
    try {
      self.shelves.put(7, {});
    } catch (const std::exception& error) {
      told = error.what();
    }
    const auto found = self.shelves.find(-3), none = self.shelves.find(books);
    self.shelves.mark(-5, 0);
    self.shelves.drop(-1);
    const bool dropped = !self.shelves.find(-1);
    const int left = self.shelves.size(), marks = self.shelves.most_marks();

    std::vector<int> text(40);
    int known = 0;
    for (int first = 0; first < books; ++first) {
      text[0] = first;
      self.directory.put(text);
      text[39] = first;  // in no whole block, and then in another one
      known += self.directory.find(text);
      text[20] = first + 1;
      known += self.directory.find(text);
    }
    if (self.world.rank() != 0) return 0;
    std::printf("%d of %d books, %d blocks of %d known, marks %s, book -3 has %d pages, %s\n", left,
                self.shelves.places, known, self.directory.block,
                marks == self.world.size() ? "right" : "wrong", found ? found->pages : -1,
                none || !dropped ? "somebody" : "nobody");
    std::printf("told: %s\n", told.c_str());
    return 0;
  }
};
