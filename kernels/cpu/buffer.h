// Memory of the device.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "device.h"

/// Owns `size` elements of device memory, zero-filled and aligned to 64 bytes.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, size_t size) : device_(&device), size_(size) {
    if (size == 0) return;
    if (size > (SIZE_MAX - 64) / sizeof(T)) throw std::bad_alloc();
    // Large memory in large pages: with pages of 4 KiB, a core that streams through the weights of
    // a model spends a third of its time looking up where they are.
    const bool large = bytes() >= kLargePage;
    void* memory = nullptr;
    if (posix_memalign(&memory, large ? kLargePage : 64, bytes()) != 0) throw std::bad_alloc();
    if (large) madvise(memory, bytes(), MADV_HUGEPAGE);  // advice: nothing is lost without
    data_ = static_cast<T*>(memory);
    std::memset(static_cast<void*>(data_), 0, bytes());
    device.live_bytes += bytes();
    device.peak_bytes = std::max(device.peak_bytes, device.live_bytes);
  }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) device_->live_bytes -= bytes();
    std::free(data_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }
  bool empty() const { return size_ == 0; }

  /// Copies `count` elements from the host to the device, to element `offset` and on.
  void upload(const T* host, size_t count, size_t offset = 0) {
    check_range(count, offset);
    if (count > 0) std::memcpy(static_cast<void*>(data_ + offset), host, count * sizeof(T));
  }

  /// Copies `count` elements from element `offset` and on to the host.
  void download(T* host, size_t count, size_t offset = 0) const {
    check_range(count, offset);
    if (count > 0) std::memcpy(static_cast<void*>(host), data_ + offset, count * sizeof(T));
  }

 private:
  static constexpr size_t kLargePage = 2 << 20;  // bytes

  void swap(Buffer& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  void check_range(size_t count, size_t offset) const {
    if (offset > size_ || count > size_ - offset) {
      throw std::out_of_range("a copy reaches past the end of a device buffer");
    }
  }

  Device* device_ = nullptr;
  T* data_ = nullptr;
  size_t size_ = 0;
};
