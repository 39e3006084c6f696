// Memory of the device.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "device.h"

/// Part of a buffer: the next `size` elements from `data` on, on the device.
template <class T>
struct DeviceSpan {
  T* data = nullptr;
  size_t size = 0;
};

/// Owns `size` elements of device memory, zero-filled and aligned to 64 bytes.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, size_t size) : device_(&device), size_(size) {
    // With pages of 4 KiB, a core that streams through weights looks up pages a third of its time.
    const size_t large_page = 2 << 20;
    if (size > (SIZE_MAX - large_page) / sizeof(T)) throw std::bad_alloc();
    const size_t alignment = bytes() < large_page ? 64 : large_page;
    size_t room = bytes() + alignment;
    memory_ = std::malloc(room);  // what is small is at hand there; posix_memalign searches for it
    if (memory_ == nullptr) throw std::bad_alloc();
    void* begin = memory_;
    data_ = static_cast<T*>(std::align(alignment, bytes(), begin, room));
    // Advice: nothing is lost without.
    if (alignment == large_page) madvise(data_, bytes(), MADV_HUGEPAGE);
    std::uninitialized_value_construct_n(data_, size);
    device.live_bytes += bytes();
  }
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (device_ != nullptr) device_->live_bytes -= bytes();
    std::free(memory_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }
  bool empty() const { return size_ == 0; }
  DeviceSpan<T> first(size_t count) { return {data_, count}; }  ///< At most size() elements.

  /// Copies `count` elements from the host to the device, to element `offset` and on.
  void upload(const T* host, size_t count, size_t offset = 0) {
    std::copy_n(host, count, range(count, offset));
  }

  /// Copies `count` elements from element `offset` and on to the host.
  void download(T* host, size_t count, size_t offset = 0) const {
    std::copy_n(range(count, offset), count, host);
  }

 private:
  T* range(size_t count, size_t offset) const {
    if (offset <= size_ && count <= size_ - offset) return data_ + offset;
    throw std::out_of_range("a copy reaches past the end of a device buffer");
  }

  Device* device_ = nullptr;
  void* memory_ = nullptr;  // data_ is the first element in it that is aligned
  T* data_ = nullptr;
  size_t size_ = 0;
};
