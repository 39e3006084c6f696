// Looks up the embeddings of tokens.
#pragma once

#include <cstddef>
#include <cstring>

#include "device.h"

/// out (rows, dim) is the rows of table (vocab_size, dim) that tokens (rows), all valid, name.
inline void embed(Device&, float* out, const float* table, const int* tokens, int rows, int dim) {
  for (int row = 0; row < rows; ++row) {
    std::memcpy(out + static_cast<size_t>(row) * dim,
                table + static_cast<size_t>(tokens[row]) * dim, dim * sizeof(float));
  }
}
