// Memory of the device.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

/// Owns `size` elements of device memory, zero-filled and aligned to 256 bytes. The host must not
/// dereference data(). Memory is taken and given back in the order of the device's stream, so that
/// a buffer may go while kernels that read it are still queued.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, size_t size) : Buffer() {
    device.start();
    if (size == 0) return;
    if (size > SIZE_MAX / sizeof(T)) throw std::bad_alloc();
    cuda_check(cudaMallocAsync(&data_, size * sizeof(T), device.stream), "allocating GPU memory");
    device_ = &device;
    size_ = size;
    device.live_bytes += bytes();
    cuda_check(cudaMemsetAsync(data_, 0, bytes(), device.stream), "clearing GPU memory");
  }
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (data_ == nullptr) return;
    device_->live_bytes -= bytes();
    cudaFreeAsync(data_, device_->stream);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }
  bool empty() const { return size_ == 0; }
  DeviceSpan<T> first(size_t count) { return {data_, count}; }  ///< At most size() elements.

  /// Copies `count` elements from the host to the device, to element `offset` and on. The host may
  /// change them as soon as this returns.
  void upload(const T* host, size_t count, size_t offset = 0) {
    check_range(count, offset);
    if (count == 0) return;
    cuda_check(cudaMemcpyAsync(data_ + offset, host, count * sizeof(T), cudaMemcpyHostToDevice,
                               device_->stream),
               "copying to the GPU");
    device_->synchronize();
  }

  /// Copies `count` elements from element `offset` and on to the host, after all queued work.
  void download(T* host, size_t count, size_t offset = 0) const {
    check_range(count, offset);
    if (count == 0) return;
    cuda_check(cudaMemcpyAsync(host, data_ + offset, count * sizeof(T), cudaMemcpyDeviceToHost,
                               device_->stream),
               "copying from the GPU");
    device_->synchronize();
  }

 private:
  void check_range(size_t count, size_t offset) const {
    if (offset > size_ || count > size_ - offset) {
      throw std::out_of_range("a copy reaches past the end of a device buffer");
    }
  }

  Device* device_ = nullptr;
  T* data_ = nullptr;
  size_t size_ = 0;
};
