// Does not compile: a pointer means nothing in another process.
#include "templates/cluster/wire.h"

int main() {
  Bytes bytes;
  Wire<const char*>::put(bytes, "abc");
}
