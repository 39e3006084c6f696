// Device memory that is the host's: collectives on it are those of host values. `Rank` and
// all_reduce are of the exchange.h that the scale's world.h has included before.
#pragma once

#include <algorithm>
#include <functional>
#include <span>

#include "buffer.h"
#include "device.h"

template <class World, class T>
DeviceSpan<T> all_reduce_sum(World& world, int group, Device&, DeviceSpan<T> part) {
  all_reduce(world, "all_reduce_sum", group, std::span(part.data, part.size), std::plus<T>());
  return part;
}
template <class World, class T>
DeviceSpan<T> all_reduce_sum(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_sum(world, world.size(), device, part);
}
template <class World, class T>
DeviceSpan<T> all_reduce_max(World& world, int group, Device&, DeviceSpan<T> part) {
  all_reduce(world, "all_reduce_max", group, std::span(part.data, part.size),
             [](T a, T b) { return std::max(a, b); });
  return part;
}
template <class World, class T>
DeviceSpan<T> all_reduce_max(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_max(world, world.size(), device, part);
}
template <class World, class T>
DeviceSpan<T> all_reduce_min(World& world, int group, Device&, DeviceSpan<T> part) {
  all_reduce(world, "all_reduce_min", group, std::span(part.data, part.size),
             [](T a, T b) { return std::min(a, b); });
  return part;
}
template <class World, class T>
DeviceSpan<T> all_reduce_min(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_min(world, world.size(), device, part);
}
