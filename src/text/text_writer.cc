#include "text/text_writer.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "base/atomic_file.h"
#include "base/descriptor_io.h"
#include "text/compression.h"

namespace talmach {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;

// A device, a pipe, a socket: renaming a file onto it would replace it.
bool IsStream(const std::string& path) {
  std::error_code ignored;
  return path == "-" || (std::filesystem::exists(path, ignored) &&
                         !std::filesystem::is_regular_file(path, ignored));
}

}  // namespace

class TextWriter::Sink {
 public:
  explicit Sink(const std::string& path)
      : name_(path == "-" ? "standard output" : path), compressor_(MakeCompressor(path)) {
    if (path == "-") {
      descriptor_ = STDOUT_FILENO;
    } else if (IsStream(path)) {
      descriptor_ = OpenStreamForWriting(path);
      if (descriptor_ < 0) Fail("cannot be opened");
    } else {
      file_.emplace(path);
    }
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() {
    if (descriptor_ > STDERR_FILENO) close(descriptor_);
  }

  void Write(std::string_view bytes) {
    if (!compressor_) return WriteRaw(bytes);
    // Nobody sees the file before its end; every flush would make it longer.
    using Until = Compressor::Until;
    WriteRaw(compressor_->Compress(bytes, file_ ? Until::kConvenient : Until::kHere));
  }

  void Finish() {
    if (compressor_) WriteRaw(compressor_->Compress("", Compressor::Until::kEnd));
    if (file_) file_->Commit();
  }

 private:
  void WriteRaw(std::string_view bytes) {
    if (bytes.empty()) return;
    if (file_) return file_->Write(bytes);
    if (WriteAll(descriptor_, bytes) != 0) Fail("cannot be written");
  }

  [[noreturn]] void Fail(std::string_view action) const {
    const int error = errno;
    const Complaint complaint{.where = name_,
                              .what = std::string(action) + ": " + ErrnoText(error)};
    if (error == EPIPE) throw BrokenPipeError(complaint);
    throw Error(complaint);
  }

  std::string name_;
  std::unique_ptr<Compressor> compressor_;  // null if the output is plain
  std::optional<AtomicFile> file_;          // a regular file, or
  int descriptor_ = -1;                     // a stream
};

TextWriter::TextWriter(const std::string& path) : sink_(std::make_unique<Sink>(path)) {}
TextWriter::TextWriter(TextWriter&&) noexcept = default;
TextWriter& TextWriter::operator=(TextWriter&&) noexcept = default;
TextWriter::~TextWriter() = default;

void TextWriter::WriteLine(std::string_view text) {
  buffer_ += text;
  buffer_ += '\n';
  if (buffer_.size() >= kBufferBytes) Flush();
}

void TextWriter::Flush() {
  // Emptied first: after a failure the same bytes are not written again.
  std::string bytes;
  bytes.swap(buffer_);
  sink_->Write(bytes);
}

void TextWriter::Finish() {
  Flush();
  sink_->Finish();
}

}  // namespace talmach
