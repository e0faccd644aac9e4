// Tested by tests/io/safetensors_test.cc.
//
// The header is read first and believed only after every check: its length, its nesting, each
// entry's type, shape and offsets, that the data of all tensors covers the rest of the file without
// gap or overlap, and the checksum. Multiplications that could overflow are checked; sizes come
// from the file, never from the header alone.
//
// The data is read in one piece when the first tensor is asked for. It is read, not mapped: a
// mapped file that somebody truncates ends the program with a signal. Size and time of the file are
// compared before and after, so that a file that was replaced in place while being read is noticed.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <tuple>
#include <utility>

#include "base/checksum.h"
#include "base/descriptor_io.h"
#include "base/error.h"
#include "io/json_outline.h"
#include "io/safetensors.h"
#include "io/safetensors_format.h"

namespace talmach {

// An open file. Its data is read into memory instead of being mapped: a mapping changes with the
// file, and ends the program when the file is cut.
class SafetensorsFile::Contents {
 public:
  explicit Contents(const std::string& path) : path_(path) {
    std::string problem;
    descriptor_ = OpenRegularFile(path, &problem);
    if (descriptor_ < 0 || fstat(descriptor_, &status_) != 0) {
      if (problem.empty()) problem = ErrnoText(errno);
      throw CheckpointError(Complaint{.where = path, .what = "cannot be opened: " + problem});
    }
  }
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;
  ~Contents() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  Index size() const { return status_.st_size; }

  // The first `size` bytes, or fewer if the file has no more.
  std::string Begin(Index size) const {
    std::string bytes(static_cast<std::size_t>(std::min(size, this->size())), '\0');
    Read(0, bytes);
    return bytes;
  }

  // Makes room for the data, which begins at `offset` and is not read yet: no page of the memory
  // is used before.
  const char* Reserve(Index offset) {
    data_offset_ = offset;
    data_.reset(new char[static_cast<std::size_t>(size() - offset)]);
    return data_.get();
  }

  // Reads the data unless that has been done. May be called from several threads.
  void Load() {
    std::call_once(loaded_, [this] {
      Read(data_offset_, {data_.get(), static_cast<std::size_t>(size() - data_offset_)});
      struct stat now = {};
      const bool same = fstat(descriptor_, &now) == 0 && now.st_size == status_.st_size &&
                        now.st_mtim.tv_sec == status_.st_mtim.tv_sec &&
                        now.st_mtim.tv_nsec == status_.st_mtim.tv_nsec;
      if (!same) ThrowChanged();
      close(std::exchange(descriptor_, -1));
    });
  }

 private:
  void Read(Index offset, std::span<char> bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = pread(descriptor_, bytes.data(), bytes.size(), offset);
      if (count == 0) ThrowChanged();
      if (count < 0 && errno != EINTR) {
        throw CheckpointError(
            Complaint{.where = path_, .what = "cannot be read: " + ErrnoText(errno)});
      }
      bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      offset += std::max<ssize_t>(count, 0);
    }
  }

  [[noreturn]] void ThrowChanged() const {
    throw CheckpointError(Complaint{.where = path_,
                                    .what = "the file was changed while it was read",
                                    .hint = "replace files by renaming others onto them"});
  }

  std::string path_;
  int descriptor_ = -1;
  struct stat status_ = {};  // when it was opened
  Index data_offset_ = 0;
  std::unique_ptr<char[]> data_;
  std::once_flag loaded_;
};

namespace {

using nlohmann::json;

constexpr Index kLengthBytes = 8;  // of the header's length, at the beginning

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
  // `begin` holds the file's first bytes: its header, if it has one, and maybe more.
  HeaderReader(const std::string& path, std::string_view begin, Index file_size)
      : path_(path), begin_(begin), file_size_(file_size) {}

  // The header as JSON of the right outline: an object of objects of strings and flat arrays.
  json Parse() {
    const std::string_view text = Text();
    constexpr int kMaxDepth = 3;  // header, tensor, shape
    const std::string mistake = FindJsonMistake(text, kMaxDepth);
    if (!mistake.empty()) Fail("the header " + mistake);
    // The parser takes a zero byte for the end, whatever follows it.
    if (text.find('\0') != text.npos) Fail("the header holds a zero byte");
    json header = json::parse(text);
    if (!header.is_object()) Fail("the header is not a JSON object");
    return header;
  }

  // The tensors in the order of their data, which they cover without gap or overlap.
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
    const Index data_size = file_size_ - DataOffset();
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

  // Where the data begins.
  Index DataOffset() const { return kLengthBytes + header_size_; }

 private:
  static constexpr const char* kAlignmentHint = "write it again with a current safetensors library";

  std::string_view Text() {
    if (file_size_ < kLengthBytes) {
      Fail({.what = "too short for a safetensors file",
            .expected = "at least 8 bytes",
            .got = std::to_string(file_size_)});
    }
    std::uint64_t length = 0;
    std::memcpy(&length, begin_.data(), kLengthBytes);
    const std::uint64_t limit =
        std::min<std::uint64_t>(SafetensorsFile::kMaxHeaderBytes, file_size_ - kLengthBytes);
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
    header_size_ = static_cast<Index>(length);
    return begin_.substr(kLengthBytes, length);
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
    const Index data_size = file_size_ - DataOffset();
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
  std::string_view begin_;
  Index file_size_;
  Index header_size_ = 0;
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
    : path_(path), contents_(std::make_unique<Contents>(path)) {
  const std::string begin = contents_->Begin(kLengthBytes + kMaxHeaderBytes);
  HeaderReader reader(path_, begin, contents_->size());
  const json header = reader.Parse();
  const std::vector<Entry> entries = reader.Entries(header);
  const char* data = contents_->Reserve(reader.DataOffset());
  for (const Entry& entry : entries) {
    tensors_[entry.name] = MakeAnyView(data + entry.begin, entry);
    names_.push_back(entry.name);
  }
  for (auto& [key, value] : reader.Metadata(header)) {
    (key.starts_with(kChecksumKey) ? checksums_ : metadata_)[key] = value;
  }
  // If the header's checksum is right, none of the others has been lost.
  if (!checksums_.empty() && checksum() != HeaderChecksum(header)) {
    throw CheckpointError(Complaint{.where = path_,
                                    .what = "the header is damaged: wrong checksum",
                                    .expected = checksum().empty() ? "one named xxh3" : checksum(),
                                    .got = HeaderChecksum(header)});
  }
}

std::string SafetensorsFile::checksum() const {
  const auto found = checksums_.find(kChecksumKey);
  return found == checksums_.end() ? "" : found->second;
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

bool SafetensorsFile::Has(std::string_view name) const { return tensors_.contains(name); }

const AnyView& SafetensorsFile::GetAny(std::string_view name) const {
  const AnyView& tensor = Layout(name);
  contents_->Load();
  return tensor;
}

const AnyView& SafetensorsFile::Layout(std::string_view name) const {
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
