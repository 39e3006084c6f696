// What is to be added to rows of a cache → checked, and as kernels take it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "buffer.h"
#include "device.h"
#include "row_term.h"

/// Of each head slots below its length are meant.
inline void check_terms(const std::vector<std::vector<RowTerm>>& terms,
                        const std::vector<int>& lengths) {
  bool fine = terms.size() == lengths.size();
  for (size_t head = 0; fine && head < lengths.size(); ++head) {
    for (const RowTerm& term : terms[head]) {
      fine =
          fine && 0 <= std::min(term.from, term.to) && std::max(term.from, term.to) < lengths[head];
    }
  }
  if (fine) return;
  throw std::out_of_range("kv_cache: add_to_values wants, of each of " +
                          std::to_string(lengths.size()) + " heads, slots that it keeps");
}

/// On the device: (heads, count). Where a head has fewer, terms of weight 0 stand behind them.
inline Buffer<RowTerm> device_terms(Device& device,
                                    const std::vector<std::vector<RowTerm>>& of_heads) {
  size_t count = 0;
  for (const std::vector<RowTerm>& terms : of_heads) count = std::max(count, terms.size());
  std::vector<RowTerm> all(of_heads.size() * count);
  for (size_t head = 0; head < of_heads.size(); ++head) {
    std::copy(of_heads[head].begin(), of_heads[head].end(), all.begin() + head * count);
  }
  Buffer<RowTerm> out(device, all.size());
  out.upload(all.data(), all.size());
  return out;
}
