// A service whose parts are easily confused: two tanks of one class, a row of cells of another, and
// a judge whose own members have the names of peers and of peers' members. All its numbers are
// small integers in floats, so that sums are exact in any order, on any device, on any number of
// ranks.
#pragma once

#include <coop/service.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "buffer.h"
#include "matmul.h"

/// Holds water, and tells whoever listens what runs over.
struct Tank : coop::Artifact {
  int capacity = 12;   ///< Litres that fit; range 1..40.
  float level = 0.0f;  ///< Litres at first; range 0..12.

  void pour(this auto& self, float amount) {
    self.level += amount;
    ++self.pours;
    const float spilled = self.level - static_cast<float>(self.capacity);
    if (spilled <= 0.0f) return;
    self.level -= spilled;
    self.hooks.after_spill(spilled);
  }

  /// Empties into the other tank: whoever is not this one.
  void pass_on(this auto& self, auto& other) {
    const float amount = self.level;
    self.level = 0.0f;
    other.pour(amount);
    self.hooks.after_pass(self.pours);
  }

  int times(this auto& self) { return self.pours; }

 private:
  int pours = 0;
};

/// One of a row. What it is given, a share of it goes to the ledger.
struct Cell : coop::Artifact {
  float level = 1.0f;

  void take(this auto& self, float amount, int index) {
    self.level += amount;
    if (index % 2 == 0) self.ledger.note(amount);
    if constexpr (requires { self.inspector; }) self.inspector.look(self.level);
  }

  void after_spill(this auto& self, float amount) { self.level += amount + self.mixer.weight; }
};

/// Writes down what it hears of.
struct Ledger : coop::Artifact {
  bool doubled = false;  ///< Is everything written twice?

  void note(this auto& self, float amount) {
    const int copies = self.doubled ? 2 : 1;
    for (int i = self.world.rank(); i < copies; i += self.world.size())
      self.notes.push_back(amount);
  }

  void after_spill(this auto& self, float amount) { self.note(-amount); }

  float sum(this auto& self) {
    float sum = 0.0f;
    for (const float amount : self.notes) sum += amount;
    return sum;
  }

  float difference(this auto& self) { return self.left.level - self.right.level; }

 private:
  std::vector<float> notes;
};

/// Multiplies the levels of the cells by a matrix of small integers, in the device's memory.
struct Mixer : coop::Artifact {
  int weight = 1;  ///< Of each entry; range -3..3.
  int rows = 7;    ///< Taken at once; range 1..9.

  float mix(this auto& self) {
    const int d_in = static_cast<int>(self.cells.size()), d_out = 5;
    std::vector<float> input, matrix, output(static_cast<size_t>(self.rows) * d_out);
    for (int i = 0; i < self.rows * d_in; ++i) {
      input.push_back(self.cells[i % d_in].level + static_cast<float>(i / d_in));
    }
    for (int i = 0; i < d_out * d_in; ++i) {
      matrix.push_back(static_cast<float>(self.weight * (i % 4) - 1));
    }
    Buffer<float> x(self.device, self.rows * d_in), w(self.device, d_out * d_in),
        out(self.device, output.size());
    x.upload(input.data(), input.size());
    w.upload(matrix.data(), matrix.size());
    matmul(self.device, out.data(), x.data(), w.data(), self.rows, d_in, d_out);
    out.download(output.data(), output.size());
    float sum = 0.0f;
    for (size_t i = 0; i < output.size(); ++i) sum += static_cast<float>(i % 3 + 1) * output[i];
    return sum;
  }
};

/// Compares the tanks. Its own `level` and `right` are not the tanks'.
struct Judge : coop::Artifact {
  int level = 3;                   ///< From this difference on, one of them wins; range 0..9.
  int right = 0;                   // wins of the right tank
  double bonus_for_winners = 2.0;  ///< For who wins; range 0.0..4.0.

  int decide(this auto& self) {
    const float difference = self.ledger.difference();
    if (self.world.size() > 1) {
      self.score -= self.world.size() * difference;
    } else {
      self.score += difference;
    }
    if (difference >= static_cast<float>(self.level)) {
      self.score += self.bonus_for_winners;
      return 1;
    }
    if (-difference < static_cast<float>(self.level)) return 0;
    ++self.right;
    return -1;
  }

  void after_pass(this auto& self, int times) { self.score += 2 * times - self.left.times(); }

  double score = 0.0;
};

/// Pours water as it is told, and prints what that does.
template <class Bookkeeper = Ledger>
struct Tanks : coop::Service {
  Tank left;
  Tank right;
  Bookkeeper ledger;
  coop::Sharded<Mixer, coop::Heads> mixer;
  std::array<Cell, 3> cells;
  Judge judge;
  int told = 0;  // plain state

  /// orders  what to do, a letter each: l and r pour, p and q pass on, c fills a cell, m mixes,
  ///         j judges, s shows; another letter is refused
  /// amount_of_each_l_r_and_c  litres
  int run(this auto& self, std::string orders, float amount_of_each_l_r_and_c = 2.0f) {
    for (const char order : orders) self.obey(order, amount_of_each_l_r_and_c);
    self.show();
    return self.judge.right > 3 ? 3 : 0;
  }

 private:
  void obey(this auto& self, char order, float amount) {
    ++self.told;
    switch (order) {
      case 'l':
        return self.left.pour(amount);
      case 'r':
        return self.right.pour(amount + 1.0f);
      case 'p':
        return self.left.pass_on(self.right);
      case 'q':
        return self.right.pass_on(self.left);
      case 'c': {
        const int index = self.told % static_cast<int>(self.cells.size());
        return self.cells[index].take(amount, index);
      }
      case 'm':
        std::printf("mixed %g\n", self.mixer.mix());
        return;
      case 'j':
        std::printf("judged %d\n", self.judge.decide());
        return;
      case 's':
        return self.show();
    }
    throw std::runtime_error(std::string("no order is called ") + order);
  }

  void show(this auto& self) {
    std::printf("%d: left %g (%d), right %g (%d), ledger %g, judge %d %g, cells", self.told,
                self.left.level, self.left.times(), self.right.level, self.right.times(),
                self.ledger.sum(), self.judge.right, self.judge.score);
    for (auto& cell : self.cells) std::printf(" %g", cell.level);
    std::printf("\n");
  }
};
