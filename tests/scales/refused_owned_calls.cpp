// What is owned answers one call after the other, for all ranks: it must not wait for itself, nor
// for a part of what the others have, nor be called behind the back of who calls it once.
// RUN: %refused --scale=node %s 2>&1 | %check
// RUN: %combine --device=cpu %s -o %t.single.cpp
#include <coop/service.h>

struct Book : coop::Artifact {
  int count(this auto& self, int depth) {
    // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:44: note: book calls index here
    return depth == 0 ? 0 : 1 + self.index.count(depth - 1);
  }
};

struct Index : coop::Artifact {
  int count(this auto& self, int depth) {
    // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+2]]:43: error: owned artifacts call each other in a circle: book, index, book [owned-cycle]
    // CHECK-DAG: note: each would wait for the other: let one of them return what the other needs
    return depth == 0 ? 0 : 1 + self.book.count(depth - 1);
  }
};

/// Through one that is no owned one, back to itself.
struct Ledger : coop::Artifact {
  int lines = 1;
  int count(this auto& self) { return self.lines; }
  // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:55: error: owned artifacts call each other in a circle: ledger, ledger [owned-cycle]
  int twice(this auto& self) { return self.calculator.twice(); }
};
struct Calculator : coop::Artifact {
  int twice(this auto& self) { return 2 * self.ledger.count(); }
};

struct Metrics : coop::Artifact {
  int bytes(this auto& self) { return self.helper(); }
  // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:51: error: 'metrics.helper' runs for one caller at a time, and reaches model.bytes{{.*}}[owned-reaches-ranks]
  int helper(this auto& self) { return self.model.bytes(); }
  // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:8: error: 'metrics' is owned, and listens to after_token, which every rank calls [owned-listener]
  void after_token(this auto& self) { ++self.tokens; }

 private:
  int tokens = 0;
};

struct Model : coop::Artifact {
  [[coop::sum]] int bytes(this auto&) { return 1; }
  void forward(this auto& self) {
    // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:5: note: the hook is called here
    self.hooks.after_token();
  }
};

/// Of which each rank has a share: the same holds for it.
struct Stock : coop::Artifact {
  [[coop::keyed(number)]] int bytes(this auto& self, int number) {
    // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:32: error: 'stock.bytes' runs for one caller at a time, and reaches model.bytes{{.*}}[owned-reaches-ranks]
    return number + self.model.bytes();
  }
  [[coop::keyed(number)]] int ask(this auto& self, int number) {
    // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:23: note: stock calls clerk here
    return self.clerk.answer(number);
  }
  [[coop::keyed(number)]] int note(this auto&, int number) { return number; }
  // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:8: error: 'stock' is owned, and listens to after_token, which every rank calls [owned-listener]
  void after_token(this auto& self) { ++self.tokens; }

 private:
  int tokens = 0;
};
struct Clerk : coop::Artifact {
  int answer(this auto& self, int number) {
    // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:23: error: owned artifacts call each other in a circle: stock, clerk, stock [owned-cycle]
    return self.stock.note(number);
  }
};

struct Report : coop::Service {
  coop::Sharded<Stock, coop::Keys> stock;
  coop::Owned<Clerk> clerk;
  coop::Owned<Book> book;
  coop::Owned<Index> index;
  coop::Owned<Ledger> ledger;
  coop::Owned<Metrics> metrics;
  Calculator calculator;
  coop::Sharded<Model, coop::Heads> model;
  int run(this auto& self) {
    self.model.forward();
    int known = self.stock.bytes(1) + self.stock.ask(2);
    // CHECK-DAG: refused_owned_calls.cpp:[[#@LINE+1]]:9: error: this may differ from rank to rank, and decides whether stock.note is called, which all ranks must call [uneven-collective]
    if (self.world.rank() == 0) known += self.stock.note(known);
    return known + self.book.count(2) + self.index.count(1) + self.ledger.twice() +
           self.metrics.bytes();
  }
};
