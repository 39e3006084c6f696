// What no message can hold, where ranks are processes; threads have no need of messages.
// REQUIRES: mpi
// RUN: not %combine --device=cpu --scale=cluster %s -o %t.cpp 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: %combine --device=cpu --scale=node %s -o %t.cpp
#include <coop/service.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

struct Node {
  int value = 0;
  Node* next = nullptr;
};

struct Shelf : coop::Artifact {
  // CHECK: [[@LINE+1]]:{{[0-9]+}}: error: 'node' cannot travel between 'shelf' and its callers: its member 'next' is a pointer [cannot-travel]
  void put(this auto& self, Node node) { self.count += node.value; }
  // CHECK: [[@LINE+1]]:{{[0-9]+}}: error: 'text' cannot travel between 'shelf' and its callers: it is a pointer [cannot-travel]
  void name(this auto& self, const char* text) { self.names.push_back(text); }
  // CHECK: [[@LINE+1]]:{{[0-9]+}}: error: 'out' cannot travel between 'shelf' and its callers: what it refers to could not be changed from there [cannot-travel]
  void fill(this auto& self, std::vector<int>& out) { out.push_back(self.count); }
  // CHECK: [[@LINE+1]]:{{[0-9]+}}: error: 'nodes' cannot travel between 'shelf' and its callers: its member 'next' is a pointer [cannot-travel]
  [[coop::move]] void take(this auto& self, std::vector<Node>&& nodes) { self.nodes = nodes[0]; }
  // CHECK: [[@LINE+1]]:{{[0-9]+}}: error: 'words' cannot travel between 'shelf' and its callers: what is handed over is taken by a method that has {{..}}coop::move]] [cannot-travel]
  void keep(this auto& self, std::vector<std::string>&& words) { self.names = std::move(words); }
  // CHECK: [[@LINE+1]]:{{[0-9]+}}: error: {{.*}} cannot travel between 'shelf' and its callers: it refers to what only its owner holds [cannot-travel]
  const std::vector<std::string>& all(this auto& self) { return self.names; }

 private:
  int count = 0;
  Node nodes;
  std::vector<std::string> names;
};

struct Library : coop::Service {
  coop::Owned<Shelf> shelf;

  int run(this auto& self) {
    std::vector<int> out;
    self.shelf.put({});
    self.shelf.name("poems");
    self.shelf.fill(out);
    self.shelf.take({});
    self.shelf.keep({});
    return static_cast<int>(self.shelf.all().size());
  }
};
