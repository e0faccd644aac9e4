// Bytes are gathered in a buffer of its own size, and a line is assembled from as many buffers as
// it takes, up to the limit; the rest of a longer line is skipped without being kept. WaitForLine
// does the same work without blocking, so that a program that writes a line and waits for its
// answer is served as soon as the line is complete. Cleaning comes last and touches only lines that
// need it.
#include "text/text_reader.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/utf8.h"
#include "text/byte_source.h"

namespace talmach {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string ReplaceNul(std::string_view text) {
  std::string replaced;
  for (const char byte : text) {
    if (byte == '\0') {
      replaced += kReplacement;
    } else {
      replaced += byte;
    }
  }
  return replaced;
}

}  // namespace

void LogRepairs(const std::string& name, const TextRepairs& repairs) {
  if (repairs.repaired_lines > 0) {
    Log().warn("{}: invalid UTF-8 or NUL was replaced by U+FFFD in {}", name,
               repairs.repaired.Text());
  }
  if (repairs.cut_lines > 0) {
    Log().warn("{}: {} {} too long and cut", name, repairs.cut.Text(), repairs.cut.was());
  }
}

void CleanLine(const RawLine& raw, std::string* line, TextRepairs* repairs) {
  if (raw.cut) {
    // The limit may have split a character.
    auto length = static_cast<std::int32_t>(line->size());
    U8_TRUNCATE_IF_INCOMPLETE(line->data(), 0, length);
    line->resize(static_cast<std::size_t>(length));
    ++repairs->cut_lines;
    repairs->cut.Add(raw.number);
  } else if (line->ends_with('\r')) {
    line->pop_back();
  }
  if (raw.first && line->starts_with(kByteOrderMark)) line->erase(0, kByteOrderMark.size());
  const bool has_nul = line->find('\0') != std::string::npos;
  if (has_nul) *line = ReplaceNul(*line);
  const bool ill_formed = !IsValidUtf8(*line);
  if (ill_formed) *line = RepairUtf8(*line);
  if (has_nul || ill_formed) {
    ++repairs->repaired_lines;
    repairs->repaired.Add(raw.number);
  }
  repairs->nul_lines += has_nul;
}

class TextReader::Impl {
 public:
  Impl(const std::string& path, const TextReaderOptions& options)
      : source_(path), options_(options) {
    Require(options.max_line_bytes > 0, "the limit of a line is positive");
  }

  bool ReadLine(std::string* line) {
    constexpr int kWithoutEnd = -1;
    while (!WaitForLine(kWithoutEnd)) ThrowIfStopped();
    line->clear();
    line->swap(next_line_);
    const NextLine next = std::exchange(next_, {});
    if (!next.begun) return false;
    const bool may_skip_mark = num_lines_ == 0 && !options_.keep_byte_order_mark;
    ++num_lines_;
    if (options_.keep_bytes) next_line_ = *line;
    CleanLine({.number = num_lines_, .first = may_skip_mark, .cut = next.cut}, line, &repairs_);
    if (options_.keep_bytes) *line = std::exchange(next_line_, {});
    return true;
  }

  bool WaitForLine(int milliseconds) {
    while (!next_.ended && !source_ended_) {
      if (position_ == end_) {
        if (!source_.WaitForBytes(milliseconds)) return false;
        Fill();
      } else {
        TakeBytes();
      }
    }
    return true;
  }

  Index num_lines() const { return num_lines_; }
  const TextRepairs& repairs() const { return repairs_; }
  const std::string& name() const { return source_.name(); }

 private:
  struct NextLine {
    bool begun = false;  // it is there
    bool ended = false;  // by '\n'
    bool cut = false;    // at the limit
  };

  // Refills the empty buffer.
  void Fill() {
    position_ = end_ = 0;
    end_ = static_cast<std::size_t>(source_.Read(buffer_.data(), std::ssize(buffer_)));
    source_ended_ = end_ == 0;
  }

  // Moves what belongs to the next line out of the buffer.
  void TakeBytes() {
    const char* begin = buffer_.data() + position_;
    const void* newline = std::memchr(begin, '\n', end_ - position_);
    next_.begun = true;
    next_.ended = newline != nullptr;
    const std::size_t size =
        next_.ended ? static_cast<std::size_t>(static_cast<const char*>(newline) - begin)
                    : end_ - position_;
    const std::size_t room = static_cast<std::size_t>(options_.max_line_bytes) - next_line_.size();
    next_.cut |= size > room;
    next_line_.append(begin, std::min(size, room));
    position_ += size + (next_.ended ? 1 : 0);
  }

  ByteSource source_;
  TextReaderOptions options_;
  std::array<char, 1 << 16> buffer_;
  std::size_t position_ = 0;  // of the next unread byte in the buffer
  std::size_t end_ = 0;
  bool source_ended_ = false;
  std::string next_line_;  // as much of it as has been read, up to the limit
  NextLine next_;
  Index num_lines_ = 0;
  TextRepairs repairs_;
};

TextReader::TextReader(const std::string& path, const TextReaderOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}
TextReader::TextReader(TextReader&&) noexcept = default;
TextReader& TextReader::operator=(TextReader&&) noexcept = default;
TextReader::~TextReader() = default;

bool TextReader::ReadLine(std::string* line) { return impl_->ReadLine(line); }
bool TextReader::WaitForLine(int milliseconds) { return impl_->WaitForLine(milliseconds); }
Index TextReader::num_lines() const { return impl_->num_lines(); }
const TextRepairs& TextReader::repairs() const { return impl_->repairs(); }
const std::string& TextReader::name() const { return impl_->name(); }

}  // namespace talmach
