// Tensors in files: the safetensors format (huggingface.co/docs/safetensors).
//
//   8 bytes   length N of the header, little endian
//   N bytes   JSON: {"__metadata__": {"key": "value", …},
//                    "name": {"dtype": "F32", "shape": […], "data_offsets": [begin, end]}, …}
//   the rest  the tensors' bytes, little endian, row-major; offsets count from here
//
// The types read and written are F32 and I8. What is written here has a header padded with spaces
// to a multiple of 8 and tensors in the given order without gaps, float32 ones before int8 ones, so
// that float32 data is aligned. Each tensor's XXH3 (64 bits, 16 hexadecimal digits) stands in the
// metadata as "xxh3:<name>", that of the names, shapes and other metadata as "xxh3", which so
// covers every byte of the file. Other programs ignore them. A file without any of them was written
// by another program and cannot be verified; a file with some of them is damaged.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/atomic_file.h"
#include "base/types.h"
#include "tensor/tensor_view.h"

namespace talmach {

/// A tensor of one of the types that are read and written.
using AnyView = std::variant<ConstView, ConstInt8View>;

/// A tensor to be written. The memory must live until WriteSafetensors returns.
struct NamedTensor {
  std::string name;
  AnyView tensor;
};

using SafetensorsMetadata = std::map<std::string, std::string>;

/// Writes the file atomically: on an exception (Error with errno's text and the bytes needed) the
/// old file is as it was. Names are unique and not empty; no float32 tensor follows an int8 one;
/// metadata keys do not start with "xxh3".
void WriteSafetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                      const SafetensorsMetadata& metadata = {},
                      const AtomicFileOptions& options = {});

/// "F32" or "I8".
std::string_view TypeName(const AnyView& tensor);

/// "[2, 3]".
std::string ShapeText(const AnyView& tensor);

/// An open file. Its data is read into memory when the first tensor is asked for; views are valid
/// while it lives, whatever happens to the file. const methods may be called from several threads.
class SafetensorsFile {
 public:
  /// Headers beyond this size are refused.
  static constexpr Index kMaxHeaderBytes = Index{2} << 20;

  /// Reads and checks the header: every shape, offset and type is consistent, nothing overlaps, no
  /// byte is left over. Throws CheckpointError naming the path and, where one is at fault, the
  /// tensor. Data is not read yet: see Verify. A file that changes in between is refused.
  explicit SafetensorsFile(const std::string& path);
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

  const std::string& path() const { return path_; }
  /// Names in the order of their data.
  const std::vector<std::string>& names() const { return names_; }
  bool Has(std::string_view name) const;
  /// Type and shape of a tensor: a view of memory that nothing has been read into yet. Throws
  /// CheckpointError if there is no such tensor.
  const AnyView& Layout(std::string_view name) const;
  /// Throws CheckpointError if there is no such tensor, or if the data cannot be read.
  const AnyView& GetAny(std::string_view name) const;
  /// The same for a tensor that must be float32 (int8).
  ConstView Get(std::string_view name) const;
  ConstInt8View GetInt8(std::string_view name) const;

  /// All metadata except the checksums.
  const SafetensorsMetadata& metadata() const { return metadata_; }
  /// Throws CheckpointError if the key is absent.
  const std::string& Metadata(const std::string& key) const;

  /// The checksum of everything: files with the same checksum are the same. Empty for files that
  /// other programs wrote.
  std::string checksum() const;

  /// Reads everything and compares the checksums; throws CheckpointError naming the first tensor
  /// that differs. Returns the number of tensors that carry a checksum: 0 if another program wrote
  /// it.
  Index Verify() const;

 private:
  class Contents;

  template <typename T>
  TensorView<const T> GetTyped(std::string_view name) const;

  std::string path_;
  std::unique_ptr<Contents> contents_;
  std::vector<std::string> names_;
  std::map<std::string, AnyView, std::less<>> tensors_;
  SafetensorsMetadata metadata_;
  SafetensorsMetadata checksums_;
};

}  // namespace talmach
