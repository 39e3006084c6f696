// The collective that `rule sum` becomes; world.h is of the scale whose folder is searched.
#include "timing.h"
#include "world.h"

int main(int argc, char** argv) {
  return launch(argc, argv, [](World& world) {
    Device device;
    Buffer<float> hidden(device, 32768);
    time_calls(world.rank(),
               [&](size_t floats) { all_reduce_sum(world, device, hidden.first(floats)); });
    return 0;
  });
}
