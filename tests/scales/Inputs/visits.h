// What all ranks share: a guest book, asked in every way.
#pragma once
#include <coop/service.h>

#include <cstdio>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

struct Visit {
  int rank = 0;
  double hours = 0;
};

struct GuestBook : coop::Artifact {
  int pages = 3;  ///< Names at most.

  [[coop::each]] void sign(this auto& self, const std::string& name, Visit visit) {
    if (static_cast<int>(self.visits.size()) == self.pages) {
      throw std::length_error("the book is full at " + std::to_string(self.pages));
    }
    self.visits[name] = visit;
  }
  [[coop::repeatable, coop::deadline(5000)]] std::optional<Visit> find(this auto& self,
                                                                       const std::string& name) {
    const auto found = self.visits.find(name);
    if (found == self.visits.end()) return std::nullopt;
    return found->second;
  }
  std::vector<std::string> names(this auto& self) {
    std::vector<std::string> out;
    for (const auto& [name, visit] : self.visits) out.push_back(name);
    return out;
  }
  [[coop::cast]] void close(this auto& self) { self.pages = 0; }

  /// Nobody calls it: it is not emitted.
  void burn(this auto& self) { self.visits.clear(); }

 private:
  std::map<std::string, Visit> visits;
};

struct Visits : coop::Service {
  coop::Owned<GuestBook> book;

  int run(this auto& self, int guests = 1) {
    std::string told;
    for (int i = 0; i < guests; ++i) {
      try {
        self.book.sign("guest " + std::to_string(i), {self.world.rank(), 0.5 * i});
      } catch (const std::exception& error) {
        told = error.what();
      }
    }
    const std::vector<std::string> names = self.book.names();
    const auto first = self.book.find("guest 0"), none = self.book.find("nobody");
    self.book.close();
    if (self.world.rank() != 0) return 0;
    std::printf("%zu of %d pages, %s, %.1f hours, %s\n", names.size(), self.book.pages,
                names.empty() ? "nobody" : names.back().c_str(), first ? first->hours : -1.0,
                none ? "somebody" : "nobody");
    if (!told.empty()) std::printf("told: %s\n", told.c_str());
    return 0;
  }
};
