#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "base/checksum.h"
#include "base/error.h"
#include "io/json_outline.h"
#include "io/safetensors.h"
#include "io/safetensors_format.h"

namespace talmach {

// A whole file, read-only.
class SafetensorsFile::Mapping {
 public:
  explicit Mapping(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (descriptor < 0 || fstat(descriptor, &status) != 0) Fail(path, descriptor, ErrnoText(errno));
    if (!S_ISREG(status.st_mode)) Fail(path, descriptor, "it is not a regular file");
    size_ = static_cast<std::size_t>(status.st_size);
    // An empty file cannot be mapped and is refused for its size later.
    if (size_ > 0) memory_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (memory_ == MAP_FAILED) Fail(path, descriptor, ErrnoText(errno));
    close(descriptor);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (size_ > 0) munmap(memory_, size_);
  }

  std::string_view bytes() const { return {static_cast<const char*>(memory_), size_}; }

 private:
  [[noreturn]] static void Fail(const std::string& path, int descriptor, const std::string& why) {
    if (descriptor >= 0) close(descriptor);
    throw CheckpointError(Complaint{.where = path, .what = "cannot be opened: " + why});
  }

  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

namespace {

using nlohmann::json;

// A tensor's entry in the header.
struct Entry {
  std::string name;
  std::string type;
  std::vector<Index> shape;
  Index begin = 0;
  Index end = 0;
};

class HeaderReader {
 public:
  HeaderReader(const std::string& path, std::string_view file) : path_(path), file_(file) {}

  /// The header as JSON of the right outline: an object of objects of strings and flat arrays.
  json Parse() {
    const std::string_view text = Text();
    constexpr int kMaxDepth = 3;  // header, tensor, shape
    const std::string mistake = FindJsonMistake(text, kMaxDepth);
    if (!mistake.empty()) Fail("the header " + mistake);
    json header = json::parse(text);
    if (!header.is_object()) Fail("the header is not a JSON object");
    return header;
  }

  /// The tensors in the order of their data, which they cover without gap or overlap.
  std::vector<Entry> Entries(const json& header) const {
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      if (name != kMetadataKey) entries.push_back(ReadEntry(name, value));
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    Index position = 0;
    for (const Entry& entry : entries) {
      if (entry.begin != position) {
        FailTensor(entry.name, {.what = "its data overlaps or leaves a gap",
                                .expected = "offset " + std::to_string(position),
                                .got = std::to_string(entry.begin)});
      }
      position = entry.end;
    }
    const Index data_size = static_cast<Index>(Data().size());
    if (position != data_size) {
      Fail({.what = "the size of the file does not fit its header",
            .expected = std::to_string(position) + " bytes of data",
            .got = std::to_string(data_size),
            .hint = "the file is cut off or damaged"});
    }
    return entries;
  }

  SafetensorsMetadata Metadata(const json& header) const {
    SafetensorsMetadata metadata;
    const auto found = header.find(kMetadataKey);
    if (found == header.end()) return metadata;
    if (!found->is_object()) Fail("its metadata is not a JSON object");
    for (const auto& [key, value] : found->items()) {
      if (!value.is_string()) Fail("its metadata \"" + key + "\" is not a string");
      metadata[key] = value.get<std::string>();
    }
    return metadata;
  }

  std::string_view Data() const { return file_.substr(kLengthBytes + header_size_); }

 private:
  static constexpr std::size_t kLengthBytes = 8;
  static constexpr const char* kAlignmentHint =
      "write it again with a present-day safetensors library";

  std::string_view Text() {
    if (file_.size() < kLengthBytes) {
      Fail({.what = "too short for a safetensors file",
            .expected = "at least 8 bytes",
            .got = std::to_string(file_.size())});
    }
    std::uint64_t length = 0;
    std::memcpy(&length, file_.data(), kLengthBytes);
    const std::uint64_t limit =
        std::min<std::uint64_t>(SafetensorsFile::kMaxHeaderBytes, file_.size() - kLengthBytes);
    if (length < 2 || length > limit) {
      Fail({.what = "not a safetensors file, or cut off: wrong header length",
            .expected = "2 to " + std::to_string(limit) + " bytes",
            .got = std::to_string(length)});
    }
    if (length % alignof(float) != 0) {
      Fail({.what = "data is not aligned",
            .expected = "a header length that is a multiple of 4",
            .got = std::to_string(length),
            .hint = kAlignmentHint});
    }
    header_size_ = length;
    return file_.substr(kLengthBytes, length);
  }

  Entry ReadEntry(const std::string& name, const json& value) const {
    if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string()) {
      FailTensor(name, {.what = "its entry in the header has no dtype"});
    }
    Entry entry{.name = name,
                .type = value["dtype"].get<std::string>(),
                .shape = Numbers(name, value, "shape")};
    if (entry.type != "F32" && entry.type != "I8") {
      FailTensor(name, {.what = "wrong type", .expected = "dtype F32 or I8", .got = entry.type});
    }
    const std::vector<Index> offsets = Numbers(name, value, "data_offsets");
    if (entry.shape.size() > ConstView::kMaxRank) {
      FailTensor(name, {.what = "too many dimensions",
                        .expected = "at most 4",
                        .got = std::to_string(entry.shape.size())});
    }
    if (offsets.size() != 2) FailTensor(name, {.what = "data_offsets are not two numbers"});
    entry.begin = offsets[0];
    entry.end = offsets[1];
    CheckSize(entry);
    return entry;
  }

  std::vector<Index> Numbers(const std::string& name, const json& value, const char* key) const {
    if (!value.contains(key) || !value[key].is_array()) {
      FailTensor(name, {.what = std::string(key) + " is missing or not a list"});
    }
    std::vector<Index> numbers;
    for (const json& number : value[key]) {
      // Whole and not negative: nlohmann's unsigned type. It may still exceed an Index.
      if (!number.is_number_unsigned() ||
          number.get<std::uint64_t>() > std::numeric_limits<Index>::max()) {
        FailTensor(name, {.what = std::string(key) + " holds something other than whole numbers"});
      }
      numbers.push_back(number.get<Index>());
    }
    return numbers;
  }

  void CheckSize(const Entry& entry) const {
    const Index alignment = entry.type == "F32" ? sizeof(float) : sizeof(std::int8_t);
    if (entry.begin % alignment != 0) {
      FailTensor(entry.name, {.what = "its data is not aligned",
                              .expected = "an offset that is a multiple of 4",
                              .got = std::to_string(entry.begin),
                              .hint = kAlignmentHint});
    }
    Index size = alignment;
    bool overflow = false;
    for (const Index dim : entry.shape) overflow |= __builtin_mul_overflow(size, dim, &size);
    const Index data_size = static_cast<Index>(Data().size());
    if (entry.begin > entry.end || entry.end > data_size) {
      FailTensor(entry.name,
                 {.what = "its data lies outside the file",
                  .expected = "offsets up to " + std::to_string(data_size),
                  .got = std::to_string(entry.begin) + " to " + std::to_string(entry.end)});
    }
    if (overflow || entry.end - entry.begin != size) {
      FailTensor(entry.name,
                 {.what = "its shape does not fit its data",
                  .expected = overflow ? "a smaller shape" : std::to_string(size) + " bytes",
                  .got = std::to_string(entry.end - entry.begin) + " bytes"});
    }
  }

  [[noreturn]] void Fail(const std::string& what) const { Fail(Complaint{.what = what}); }
  [[noreturn]] void Fail(Complaint complaint) const {
    complaint.where = path_;
    throw CheckpointError(complaint);
  }
  [[noreturn]] void FailTensor(const std::string& name, Complaint complaint) const {
    complaint.where = path_ + ": tensor " + name;
    throw CheckpointError(complaint);
  }

  const std::string& path_;
  std::string_view file_;
  std::size_t header_size_ = 0;
};

template <typename T>
TensorView<const T> MakeView(const char* bytes, const std::vector<Index>& shape) {
  const T* data = reinterpret_cast<const T*>(bytes);
  switch (shape.size()) {
    case 0:
      return {data, {}};
    case 1:
      return {data, {shape[0]}};
    case 2:
      return {data, {shape[0], shape[1]}};
    case 3:
      return {data, {shape[0], shape[1], shape[2]}};
    default:
      return {data, {shape[0], shape[1], shape[2], shape[3]}};
  }
}

AnyView MakeAnyView(const char* bytes, const Entry& entry) {
  if (entry.type == "F32") return MakeView<float>(bytes, entry.shape);
  return MakeView<std::int8_t>(bytes, entry.shape);
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::string& path)
    : path_(path), mapping_(std::make_unique<Mapping>(path)) {
  HeaderReader reader(path_, mapping_->bytes());
  const json header = reader.Parse();
  for (Entry& entry : reader.Entries(header)) {
    tensors_[entry.name] = MakeAnyView(reader.Data().data() + entry.begin, entry);
    names_.push_back(std::move(entry.name));
  }
  for (auto& [key, value] : reader.Metadata(header)) {
    (key.starts_with(kChecksumKey) ? checksums_ : metadata_)[key] = value;
  }
  if (checksums_.contains(kChecksumKey) && checksums_[kChecksumKey] != HeaderChecksum(header)) {
    throw CheckpointError(
        Complaint{.where = path_, .what = "the header is damaged: wrong checksum"});
  }
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

bool SafetensorsFile::Has(std::string_view name) const { return tensors_.contains(name); }

const AnyView& SafetensorsFile::GetAny(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found != tensors_.end()) return found->second;
  throw CheckpointError(
      Complaint{.where = path_, .what = "there is no tensor " + std::string(name)});
}

template <typename T>
TensorView<const T> SafetensorsFile::GetTyped(std::string_view name) const {
  const AnyView& tensor = GetAny(name);
  if (const auto* view = std::get_if<TensorView<const T>>(&tensor)) return *view;
  throw CheckpointError(Complaint{.where = path_ + ": tensor " + std::string(name),
                                  .what = "wrong type",
                                  .expected = std::string(TypeName(TensorView<const T>())),
                                  .got = std::string(TypeName(tensor))});
}

ConstView SafetensorsFile::Get(std::string_view name) const { return GetTyped<float>(name); }

ConstInt8View SafetensorsFile::GetInt8(std::string_view name) const {
  return GetTyped<std::int8_t>(name);
}

const std::string& SafetensorsFile::Metadata(const std::string& key) const {
  const auto found = metadata_.find(key);
  if (found != metadata_.end()) return found->second;
  throw CheckpointError(Complaint{.where = path_,
                                  .what = "the metadata has no \"" + key + "\"",
                                  .hint = "is it a model of this program?"});
}

Index SafetensorsFile::Verify() const {
  Index num_verified = 0;
  for (const std::string& name : names_) {
    const auto checksum = checksums_.find(TensorChecksumKey(name));
    if (checksum == checksums_.end()) continue;
    const std::string got = ChecksumOf(BytesOf(GetAny(name)));
    if (got != checksum->second) {
      throw CheckpointError(Complaint{.where = path_ + ": tensor " + name,
                                      .what = "damaged: wrong checksum",
                                      .expected = checksum->second,
                                      .got = got});
    }
    ++num_verified;
  }
  return num_verified;
}

}  // namespace talmach
