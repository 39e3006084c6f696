// A folder of what can be made again → the same, without what was used longest ago.
#pragma once

#include <string>

namespace combiner {

/// Removes entries, files or folders, until the others have at most `limit` bytes together. What
/// was used within an hour stays: another run may be at it.
void make_room(const std::string& folder, unsigned long long limit);

/// From now on it is the entry that was used last.
void note_use(const std::string& path);

}  // namespace combiner
