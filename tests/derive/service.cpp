// Of a service's peers it is known what they declare: a test of the artifact makes such answers.
// RUN: %split && not %combine test artifacts/reader.h | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: the test cannot be built
// RUN: %combine test --dump=facts --service services/library.h artifacts/reader.h | FileCheck %s --check-prefix=FACTS
// FACTS: kind none, since it calls nothing that tells
// FACTS: peer shop, optional
// FACTS-NEXT: price(0): int
// FACTS-NEXT: peer store, Store<Entry> of artifacts/store.h
// FACTS-NEXT: at(1): unknown, declared Entry &
// FACTS: base: value, declared Entry
// FACTS: deduced(0): unknown{{$}}
// FACTS-NEXT: find(1): {{.*}}, declared const Entry *
// FACTS: order(0): unknown, declared deep::Order
// FACTS: place(1): {{.*}}, declared std::optional<Entry::Place>
// FACTS: scores(2): range, declared std::map<int, float>
// FACTS-NEXT: unmakeable(0): unknown{{$}}
// FACTS-NEXT: weights(1): element, declared const float *
// RUN: %combine test --print --service services/library.h artifacts/reader.h | FileCheck %s --check-prefix=PRINTED
// PRINTED: // Tests of Reader, derived by `combine test --service services/library.h artifacts/reader.h`.
// PRINTED: #include "artifacts/reader.h"
// PRINTED-EMPTY:
// PRINTED-NEXT: #include "artifacts/store.h"
// PRINTED-NEXT: #include "testing/fake_peer.h"
// PRINTED-NEXT: #include "testing/no_kind.h"
// PRINTED: struct StorePeer : FakePeer {
// PRINTED-NEXT:   StorePeer() : FakePeer("store") {}
// PRINTED-NEXT:   FAKE_DECLARED(at, false, Entry&)
// PRINTED-NEXT:   Entry base = made_anew<Entry>();
// PRINTED-NEXT:   FAKE_METHOD(deduced)
// PRINTED-NEXT:   FAKE_DECLARED(find, true, const Entry*)
// PRINTED:   FAKE_DECLARED(scores, false, std::map<int, float>)
// RUN: %combine test --service services/library.h artifacts/reader.h | FileCheck %s --check-prefix=PASSES
// PASSES: smoke 1 ok · peers 1 ok · relevance {{[0-9]+}} ok
// RUN: not %combine test --service services/empty.h artifacts/reader.h 2>&1 | FileCheck %s --check-prefix=LACKS
// LACKS: artifacts/reader.h:4:8: error: nothing named 'store' is registered in Empty [unregistered-peer]
// LACKS: note: did you mean 'stores'?
// LACKS-NOT: 'shop'
// RUN: not %combine test --service services/none.h artifacts/reader.h 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: cannot read '{{.*}}services/none.h'

//--- artifacts/store.h
#pragma once
#include <coop/artifact.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace deep {
enum class Order { kOldest, kNewest };
}

struct Entry {
  struct Place {
    int row, column;
  };
  int stamp = 0;
  std::vector<std::string> words;
  Place place;
};

struct Unmakeable {
  explicit Unmakeable(int x) : x(x) {}
  operator int() const { return x; }
  int x;
};

template <class Kept = Entry>
struct Store : coop::Artifact {
  Kept base;
  const Kept* find(this auto& self, int key) {
    return self.entries.count(key) ? &self.entries[key] : nullptr;
  }
  Kept& at(int key) { return entries[key]; }
  deep::Order order() const { return deep::Order::kOldest; }
  std::optional<Entry::Place> place(int key) const { return Entry::Place{key, 1}; }
  int scores(int key) { return key; }
  std::map<int, float> scores(int key, float score) { return {{key, score}}; }
  const float* weights(int) { return nullptr; }
  auto deduced() { return 3; }
  Unmakeable unmakeable() { return Unmakeable(1); }

 private:
  std::map<int, Kept> entries;
};
//--- artifacts/reader.h
#pragma once
#include <coop/artifact.h>

struct Reader : coop::Artifact {
  int scale = 2;  ///< range 1..8

  int read(this auto& self, int key) {
    int out = self.store.deduced() + self.store.base.stamp + self.store.unmakeable();
    if constexpr (requires { self.shop; }) out += self.shop.price();
    const auto* entry = self.store.find(key);
    if (!entry) return out;
    auto& kept = self.store.at(key);
    kept.stamp += self.scale;
    out += static_cast<int>(entry->words.front().size()) / entry->stamp + kept.stamp;
    if (self.store.order() == decltype(self.store.order())::kNewest) out += 100;
    if (const auto place = self.store.place(key)) out += place->row * place->column;
    for (const auto& [one, score] : self.store.scores(key, 0.5f))
      out += one + static_cast<int>(score);
    return out + static_cast<int>(self.store.weights(key)[3]);
  }
};
//--- services/library.h
#pragma once
#include <coop/service.h>

#include "artifacts/reader.h"
#include "artifacts/store.h"

struct Library : coop::Service {
  Store<Entry> store;
  Reader reader;
  int run(this auto& self) { return self.reader.read(1); }
};
//--- services/empty.h
#pragma once
#include <coop/service.h>

#include "artifacts/store.h"

struct Empty : coop::Service {
  Store<> stores;
  int run(this auto& self) { return self.stores.deduced(); }
};
