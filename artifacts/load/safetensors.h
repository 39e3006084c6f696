// The tensors of a Hugging Face model: one safetensors file, or several under an index.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "artifacts/load/json.h"
#include "artifacts/model/llama_part.h"

/// IEEE half precision; the multiplication corrects the exponent, of subnormal numbers too.
inline float float_from_fp16(uint16_t half) {
  const bool finite = (half & 0x7c00) != 0x7c00;
  const uint32_t bits = (half & 0x7fffu) << 13 | (finite ? 0 : 0x7f800000);
  const float magnitude = std::bit_cast<float>(bits) * (finite ? 0x1p112f : 1.0f);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

/// The first half of a float.
inline float float_from_bf16(uint16_t half) {
  return std::bit_cast<float>(static_cast<uint32_t>(half) << 16);
}

/// Where a tensor is; all of it has been checked against its file.
struct SafeTensor {
  std::string file;
  std::string type;  // F32, F16 or BF16 can be read
  std::vector<size_t> shape;
  size_t begin = 0;  // bytes from the beginning of the file
  size_t end = 0;
};

/// `size` bytes of a tensor's numbers, in fp32, from `first` bytes behind its beginning on.
inline std::vector<float> read_numbers(std::ifstream& file, const SafeTensor& tensor, size_t first,
                                       size_t size) {
  std::vector<char> bytes(size);
  file.seekg(static_cast<std::streamoff>(tensor.begin + first));
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    throw std::runtime_error(tensor.file + ": a tensor cannot be read");
  }
  const size_t width = tensor.type == "F32" ? 4 : 2;
  std::vector<float> values(bytes.size() / width);
  if (width == 4 && !bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  for (size_t i = 0; width == 2 && i < values.size(); ++i) {
    uint16_t half = 0;
    std::memcpy(&half, bytes.data() + 2 * i, sizeof(half));
    values[i] = tensor.type == "F16" ? float_from_fp16(half) : float_from_bf16(half);
  }
  return values;
}

inline std::vector<float> read_tensor(const SafeTensor& tensor) {
  std::ifstream file(tensor.file, std::ios::binary);
  return read_numbers(file, tensor, 0, tensor.end - tensor.begin);
}

/// Part of a matrix; nothing else of it is read.
inline std::vector<float> read_part(const SafeTensor& matrix, const MatrixPart& part) {
  std::ifstream file(matrix.file, std::ios::binary);
  const size_t width = matrix.type == "F32" ? 4 : 2;
  std::vector<float> values;
  values.reserve(part.size());
  part.for_each_piece([&](size_t first, size_t count) {
    const std::vector<float> piece = read_numbers(file, matrix, first * width, count * width);
    values.insert(values.end(), piece.begin(), piece.end());
  });
  return values;
}

/// Throws std::runtime_error naming the file, the tensor and the field at fault.
class SafeTensors {
 public:
  /// Reads the headers of model.safetensors, or of the files that model.safetensors.index.json
  /// names.
  explicit SafeTensors(const std::string& folder) : folder_(folder) {
    const std::string single = folder + "/model.safetensors", index = single + ".index.json";
    if (std::filesystem::exists(single) || !std::filesystem::exists(index)) {
      read_header(single);
      return;
    }
    const Json document = read_json(index);
    const Json& map = json_object(document["weight_map"], index + ": weight_map");
    std::map<std::string, std::string> file_of;
    for (size_t i = 0; i < map.keys.size(); ++i) {
      const std::string where = index + ": weight_map: " + map.keys[i];
      const std::string& name = json_string(map.items[i], where);
      if (std::filesystem::path(name).filename() != name || name.find('\0') != std::string::npos) {
        refuse_json(map.items[i], where, "the name of a file beside the index");
      }
      file_of[map.keys[i]] = folder + "/" + name;
    }
    std::vector<std::string> files;
    for (const auto& [name, file] : file_of) files.push_back(file);
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    for (const std::string& file : files) read_header(file);
    for (const auto& [name, file] : file_of) {
      if (find(name).file != file) throw std::runtime_error(file + ": holds no tensor " + name);
    }
  }

  const SafeTensor& find(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw std::runtime_error(folder_ + ": no tensor " + name);
    return found->second;
  }

  /// Throws unless the tensor is there and has this shape.
  void expect(const std::string& name, const std::vector<size_t>& shape) const {
    const SafeTensor& tensor = find(name);
    if (tensor.shape != shape) {
      throw std::runtime_error(tensor.file + ": " + name + ": its shape is " +
                               describe(tensor.shape) + ", but config.json asks for " +
                               describe(shape));
    }
  }

  /// Where the tensor is; it counts as used.
  SafeTensor take(const std::string& name) {
    const SafeTensor tensor = find(name);
    tensors_.erase(name);
    return tensor;
  }

  /// What has not been taken.
  const std::map<std::string, SafeTensor>& unread() const { return tensors_; }

 private:
  static std::string describe(const std::vector<size_t>& shape) {
    std::string text;
    for (size_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "(" + text + ")";
  }

  /// A file is the header's length (8 bytes, little-endian), the header (JSON), the data.
  void read_header(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error(path + ": cannot be opened");
    const size_t file_bytes = static_cast<size_t>(file.tellg());
    file.seekg(0);
    unsigned char length[8] = {};
    file.read(reinterpret_cast<char*>(length), sizeof(length));
    uint64_t header_bytes = 0;
    for (int i = 7; i >= 0; --i) header_bytes = header_bytes << 8 | length[i];
    if (!file || header_bytes > file_bytes - sizeof(length)) {
      throw std::runtime_error(path + ": header length: " + std::to_string(header_bytes) +
                               " bytes do not fit into the file's " + std::to_string(file_bytes));
    }
    std::string text(header_bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    const Json header = JsonReader(std::move(text), path + ": header").read();
    json_object(header, path + ": header");

    const size_t data = sizeof(length) + header_bytes;
    std::vector<std::pair<size_t, size_t>>
        ranges;  // in the file; what lies there must be one tensor's
    for (size_t i = 0; i < header.keys.size(); ++i) {
      if (header.keys[i] == "__metadata__") continue;
      const std::string where = path + ": " + header.keys[i];
      const SafeTensor tensor = read_tensor(header.items[i], path, where, data, file_bytes);
      ranges.emplace_back(tensor.begin, tensor.end);
      if (!tensors_.emplace(header.keys[i], tensor).second) {
        throw std::runtime_error(where + ": named twice");
      }
    }
    std::sort(ranges.begin(), ranges.end());
    size_t end = data;
    for (const auto& [from, to] : ranges) {
      if (from != end) {
        throw std::runtime_error(
            path + ": data_offsets: " + (from < end ? "two tensors overlap at " : "a gap before ") +
            std::to_string(from - data));
      }
      end = to;
    }
    if (end != file_bytes) {
      throw std::runtime_error(path + ": " + std::to_string(file_bytes - end) +
                               " bytes follow the last tensor");
    }
  }

  SafeTensor read_tensor(const Json& entry, const std::string& path, const std::string& where,
                         size_t data, size_t file_bytes) const {
    constexpr int64_t kMost = int64_t{1} << 53;  // what JSON's numbers hold exactly
    const size_t data_bytes = file_bytes - data;
    json_object(entry, where);
    SafeTensor tensor;
    tensor.file = path;
    tensor.type = json_string(entry["dtype"], where + ": dtype");
    if (tensor.type != "F32" && tensor.type != "F16" && tensor.type != "BF16") {
      refuse_json(entry["dtype"], where + ": dtype", "F32, F16 or BF16");
    }
    size_t bytes = tensor.type == "F32" ? 4 : 2;
    for (const Json& size : json_array(entry["shape"], where + ": shape").items) {
      tensor.shape.push_back(static_cast<size_t>(json_integer(size, where + ": shape", 1, kMost)));
      // Once it is larger than the file, it need not grow, and so cannot overflow.
      bytes =
          tensor.shape.back() > data_bytes / bytes ? data_bytes + 1 : bytes * tensor.shape.back();
      if (bytes > data_bytes) break;
    }
    const Json& offsets = json_array(entry["data_offsets"], where + ": data_offsets");
    if (offsets.items.size() != 2) refuse_json(offsets, where + ": data_offsets", "two integers");
    const auto most = static_cast<int64_t>(data_bytes);
    const int64_t begin = json_integer(offsets.items[0], where + ": data_offsets: begin", 0, most);
    const int64_t end = json_integer(offsets.items[1], where + ": data_offsets: end", begin, most);
    if (static_cast<size_t>(end - begin) != bytes) {
      throw std::runtime_error(where + ": data_offsets: " + std::to_string(end - begin) +
                               " bytes do not hold " + tensor.type + " of shape " +
                               describe(tensor.shape));
    }
    tensor.begin = data + static_cast<size_t>(begin);
    tensor.end = data + static_cast<size_t>(end);
    return tensor;
  }

  std::string folder_;
  std::map<std::string, SafeTensor> tensors_;  // that have not been taken
};
