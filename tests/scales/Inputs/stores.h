// What is handed over: blocks, to one store for all ranks, and words, to the shelf of their number.
#pragma once
#include <coop/service.h>

#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

struct Block {
  int token = 0;
  float weight = 0;
};

struct Store : coop::Artifact {
  int places = 6;  ///< Blocks at most.

  /// Keeps the blocks of a text: how many that are.
  [[coop::move, coop::deadline(5000)]] int take(this auto& self, const std::string& text,
                                                std::vector<Block>&& blocks) {
    const int count = static_cast<int>(blocks.size());
    if (self.used + count > self.places) throw std::length_error("no place for " + text);
    self.used += count;
    self.kept[text] = std::move(blocks);
    return count;
  }
  float weight(this auto& self, const std::string& text) {
    float sum = 0;
    for (const Block& block : self.kept[text]) sum += block.weight;
    return sum;
  }

 private:
  int used = 0;
  std::map<std::string, std::vector<Block>> kept;
};

struct Shelf : coop::Artifact {
  [[coop::keyed(number), coop::move]] void put(this auto& self, int number, std::string&& word) {
    self.words[number] = std::move(word);
  }
  [[coop::keyed(number), coop::each, coop::move]] void add(this auto& self, int number,
                                                           std::string&& word) {
    self.words[number] += std::move(word);
  }
  [[coop::keyed(number)]] std::string get(this auto& self, int number) {
    return self.words[number];
  }

 private:
  std::map<int, std::string> words;
};

struct Letter {
  std::vector<Block> blocks;
  std::string word;
};

struct Post : coop::Service {
  coop::Owned<Store> store;
  coop::Sharded<Shelf, coop::Keys> shelf;

  int run(this auto& self) {
    Letter letter = {{{1, 0.5f}, {2, 1.5f}}, "first"};
    const int taken = self.store.take("a", std::move(letter.blocks));
    bool empty = letter.blocks.empty();
    std::vector<Block> many(9, Block{3, 1.0f});
    std::string told;
    try {
      self.store.take("b", std::move(many));
    } catch (const std::exception& error) {
      told = error.what();
    }
    const size_t left = many.size();

    self.shelf.put(-1, std::move(letter.word));
    self.shelf.put(4, std::string("temporary"));
    for (int i = 0; i < 3; ++i) {
      std::string word = "word " + std::to_string(i);
      self.shelf.put(i, std::move(word));
      empty = empty && word.empty();
    }
    empty = empty && letter.word.empty() && self.shelf.get(-1) == "first";
    std::string mine = self.world.rank() == 0 ? "!" : "";
    self.shelf.add(2, std::move(mine));
    if (empty) self.store.take("c", {{4, 2.0f}});  // all ranks have the same left, and come here
    const std::string two = self.shelf.get(2), four = self.shelf.get(4);
    const float weight = self.store.weight("a") + self.store.weight("c");
    if (self.world.rank() != 0) return 0;
    std::printf("%d taken, %s left, %zu kept back, %s %s, weight %.1f\n", taken,
                empty ? "nothing" : "something", left, two.c_str(), four.c_str(), weight);
    std::printf("told: %s\n", told.c_str());
    return 0;
  }
};
