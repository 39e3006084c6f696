// Work that comes in numbered pieces → threads, one for each core.
#pragma once

#include <functional>

namespace combiner {

/// Calls work(0) to work(count - 1), several at a time, in no order; returns when all have ended.
void side_by_side(size_t count, const std::function<void(size_t)>& work);

}  // namespace combiner
