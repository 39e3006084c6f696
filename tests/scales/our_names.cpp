// What authors call like types of templates/ stays theirs, and those get other names.
// RUN: %scratch
// RUN: %combine --device=cpu --scale=node %s -o node.cpp && %gxx node.cpp -o node
// RUN: ./node --ranks=2 | FileCheck %s
// RUN: FileCheck %s --check-prefix=NODE < node.cpp
// RUN: %if mpi %{ %combine --device=cpu --scale=cluster %s -o cluster.cpp %}
// RUN: %if mpi %{ %mpicxx cluster.cpp -lzmq -o cluster && %mpirun -np 2 ./cluster | FileCheck %s %}
// RUN: %if mpi %{ FileCheck %s --check-prefix=CLUSTER < cluster.cpp %}
#include <coop/service.h>

#include <cstdio>
#include <string>
#include <vector>

struct Reader : coop::Artifact {
  std::string read(this auto& self, int page) { return std::to_string(page + ++self.pages); }

 private:
  int pages = 0;
};

// A struct, an alias, an enum, a name that has a number already, and one within a namespace.
struct Ranks {
  int best = 1;
};
struct Header2 {
  int words = 2;
};
struct Header {
  Header2 more;
};
using Socket = std::vector<int>;
enum class Status { kOpen = 3 };
namespace mine {
struct World {
  int size = 4;
};
}  // namespace mine

struct Library : coop::Service {
  coop::Owned<Reader> reader;

  int run(this auto& self) {
    const std::string page = self.reader.read(10);
    if (self.world.rank() != 0) return 0;
    std::printf("%s %d %d %zu %d %d\n", page.c_str(), Ranks().best, Header().more.words,
                Socket(5).size(), static_cast<int>(Status::kOpen), mine::World().size);
    return 0;
  }
};
// CHECK: 11 1 2 5 3 4

// NODE: {{^}}class Ranks2 {
// NODE: {{^}}struct Ranks {
// CLUSTER: {{^}}struct Reader2 {
// CLUSTER: {{^}}enum class Status2 : uint32_t {
// CLUSTER: {{^}}struct Header3 {
// CLUSTER: {{^}}struct Reader {
// CLUSTER: {{^}}struct Header2 {
