// The kernels of whichever device is on the include path, as functions of vectors on the host: so
// that the same checks take a kernel of the CPU, one of a GPU, and one with a planted mistake.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "add.h"
#include "attend.h"
#include "attend_paged.h"
#include "buffer.h"
#include "embed.h"
#include "matmul.h"
#include "move_rows.h"
#include "rms_norm.h"
#include "rope.h"
#include "rope_angles.h"
#include "silu_mul.h"
#include "store_rows.h"

using Floats = std::vector<float>;
using Integers = std::vector<int>;

struct AttendShape {
  int rows, heads, kv_heads, head_dim, length, capacity;
};

/// Each takes what its kernel takes and returns what the kernel writes; `old` is what stood there.
struct Operations {
  std::function<Floats(const Floats& x, const Floats& y)> add;
  std::function<Floats(const Floats& gate, const Floats& up)> silu_mul;
  std::function<Floats(const Floats& x, const Floats& weight, int rows, int dim, float eps)>
      rms_norm;
  std::function<Floats(const Floats& x, const Floats& weight, int rows, int d_in, int d_out)>
      matmul;
  std::function<Floats(const Floats& table, const Integers& tokens, int dim)> embed;
  std::function<Floats(const Integers& positions, int head_dim, float theta,
                       const RopeScaling& scaling)>
      rope_angles;
  std::function<Floats(const Floats& x, const Floats& angles, int rows, int heads, int head_dim,
                       bool interleaved)>
      rope;
  std::function<Floats(const Floats& old, const Floats& x, int rows, int heads, int head_dim,
                       int capacity)>
      store_rows;
  std::function<Floats(const Floats& old, int to, int from, int heads, int rows, int head_dim,
                       int capacity)>
      move_rows;
  std::function<Floats(const Floats& q, const Floats& keys, const Floats& values,
                       const AttendShape& shape)>
      attend;
};

template <class T>
Buffer<T> to_device(Device& device, const std::vector<T>& host) {
  Buffer<T> buffer(device, host.size());
  buffer.upload(host.data(), host.size());
  return buffer;
}

inline Floats to_host(const Buffer<float>& buffer) {
  Floats host(buffer.size());
  buffer.download(host.data(), host.size());
  return host;
}

/// What moves or combines numbers one by one.
inline void add_elementwise_operations(Device& device, Operations& out) {
  out.add = [&device](const Floats& x, const Floats& y) {
    Buffer<float> sum = to_device(device, x), other = to_device(device, y);
    add(device, sum.data(), other.data(), x.size());
    return to_host(sum);
  };
  out.silu_mul = [&device](const Floats& gate, const Floats& up) {
    Buffer<float> product = to_device(device, gate), other = to_device(device, up);
    silu_mul(device, product.data(), other.data(), gate.size());
    return to_host(product);
  };
  out.embed = [&device](const Floats& table, const Integers& tokens, int dim) {
    Buffer<float> rows(device, tokens.size() * dim), from = to_device(device, table);
    Buffer<int> which = to_device(device, tokens);
    embed(device, rows.data(), from.data(), which.data(), static_cast<int>(tokens.size()), dim);
    return to_host(rows);
  };
  out.store_rows = [&device](const Floats& old, const Floats& x, int rows, int heads, int head_dim,
                             int capacity) {
    Buffer<float> cache = to_device(device, old), from = to_device(device, x);
    store_rows(device, cache.data(), from.data(), rows, heads, head_dim, capacity);
    return to_host(cache);
  };
  out.move_rows = [&device](const Floats& old, int to, int from, int heads, int rows, int head_dim,
                            int capacity) {
    Buffer<float> cache = to_device(device, old);
    move_rows(device, cache.data() + to * head_dim, cache.data() + from * head_dim, heads, rows,
              head_dim, capacity, capacity);
    return to_host(cache);
  };
}

inline Operations device_operations(Device& device) {
  Operations out;
  add_elementwise_operations(device, out);
  out.rms_norm = [&device](const Floats& x, const Floats& weight, int rows, int dim, float eps) {
    Buffer<float> normed(device, x.size()), from = to_device(device, x);
    Buffer<float> weights = to_device(device, weight);
    rms_norm(device, normed.data(), from.data(), weights.data(), rows, dim, eps);
    return to_host(normed);
  };
  out.matmul = [&device](const Floats& x, const Floats& weight, int rows, int d_in, int d_out) {
    Buffer<float> product(device, static_cast<size_t>(rows) * d_out), from = to_device(device, x);
    Buffer<float> weights = to_device(device, weight);
    matmul(device, product.data(), from.data(), weights.data(), rows, d_in, d_out);
    return to_host(product);
  };
  out.rope_angles = [&device](const Integers& positions, int head_dim, float theta,
                              const RopeScaling& scaling) {
    Buffer<float> angles(device, positions.size() * head_dim);
    Buffer<int> from = to_device(device, positions);
    rope_angles(device, angles.data(), from.data(), static_cast<int>(positions.size()), head_dim,
                theta, scaling);
    return to_host(angles);
  };
  out.rope = [&device](const Floats& x, const Floats& angles, int rows, int heads, int head_dim,
                       bool interleaved) {
    Buffer<float> turned = to_device(device, x), by = to_device(device, angles);
    rope(device, turned.data(), by.data(), rows, heads, head_dim,
         static_cast<size_t>(heads) * head_dim, head_dim, interleaved);
    return to_host(turned);
  };
  out.attend = [&device](const Floats& q, const Floats& keys, const Floats& values,
                         const AttendShape& s) {
    Buffer<float> mixed(device, q.size()), queries = to_device(device, q);
    Buffer<float> device_keys = to_device(device, keys), device_values = to_device(device, values);
    attend(device, mixed.data(), queries.data(), device_keys.data(), device_values.data(), s.rows,
           s.heads, s.kv_heads, s.head_dim, s.length, s.capacity);
    return to_host(mixed);
  };
  return out;
}

/// Keys and values in blocks of this size, behind `first` rows more; what no slot holds is no
/// number.
class Blocks {
 public:
  Blocks(Device& device, const Floats& keys, const Floats& values, const AttendShape& s, int block,
         int first)
      : first_(first), block_(block) {
    const size_t behind = static_cast<size_t>(s.kv_heads) * block * s.head_dim;
    std::vector<Floats> blocks((first + s.length + block - 1) / block, Floats(2 * behind, NAN));
    for (int row = 0; row < s.kv_heads * s.length; ++row) {
      const int head = row / s.length, slot = row % s.length;
      const size_t from = (static_cast<size_t>(head) * s.capacity + slot) * s.head_dim;
      const size_t to = (static_cast<size_t>(head) * block + (first + slot) % block) * s.head_dim;
      Floats& in = blocks[(first + slot) / block];
      std::copy_n(keys.begin() + from, s.head_dim, in.begin() + to);
      std::copy_n(values.begin() + from, s.head_dim, in.begin() + behind + to);
    }
    std::vector<float*> table;
    for (const Floats& in : blocks) {
      memory_.push_back(to_device(device, in));
      table.push_back(memory_.back().data());
    }
    table_ = to_device(device, table);
  }

  PagedRows rows(const AttendShape& s) {
    return {table_.data(), first_, s.length, block_, s.kv_heads, s.head_dim};
  }

 private:
  int first_, block_;
  std::vector<Buffer<float>> memory_;
  Buffer<float*> table_;
};

/// attend_paged in place of attend.
inline void read_from_blocks(Device& device, Operations& out, int block, int first) {
  out.attend = [&device, block, first](const Floats& q, const Floats& keys, const Floats& values,
                                       const AttendShape& s) {
    Blocks blocks(device, keys, values, s, block, first);
    Buffer<float> mixed(device, q.size()), queries = to_device(device, q);
    attend_paged(device, mixed.data(), queries.data(), s.rows, s.heads, blocks.rows(s));
    return to_host(mixed);
  };
}
