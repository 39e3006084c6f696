// The newest queries of a layer.
#pragma once

#include <algorithm>
#include <cstddef>

#include "buffer.h"
#include "device.h"
#include "move_rows.h"

/// The last rows that were pushed, the oldest first.
class RecentQueries {
 public:
  /// Keeps the last `most` of what is kept and of `count` rows more, of `size` floats each.
  void push(Device& device, const float* rows, int count, int size, int most) {
    const int room = 2 * most;  // so that rows move up once in `most` that come alone
    if (rows_.empty()) rows_ = Buffer<float>(device, static_cast<size_t>(room) * size);
    const int taken = std::min(count, most), kept = std::min(count_, most - taken);
    first_ += static_cast<size_t>(count_ - kept) * size;
    if (first_ + static_cast<size_t>(kept + taken) * size > rows_.size()) {
      move_rows(device, rows_.data(), data(), 1, kept, size, room, room);
      first_ = 0;
    }
    move_rows(device, rows_.data() + first_ + static_cast<size_t>(kept) * size,
              rows + static_cast<size_t>(count - taken) * size, 1, taken, size, taken, taken);
    count_ = kept + taken;
  }

  /// The `index`-th part of each row, which has `parts` of `size` floats: (count, size).
  Buffer<float> part(Device& device, int index, int parts, int size) const {
    Buffer<float> out(device, static_cast<size_t>(count_) * size);
    if (count_ == 0) return out;
    move_rows(device, out.data(), data() + static_cast<size_t>(index) * size, count_, 1, size, 1,
              parts);
    return out;
  }

  const float* data() const { return rows_.data() + first_; }
  int count() const { return count_; }

 private:
  Buffer<float> rows_;  // (2 most, size)
  size_t first_ = 0;    // number of what is kept
  int count_ = 0;
};
