// Tested by tests/text/text_reader_test.cc and tests/text/text_writer_test.cc.
//
// Both formats are read by their libraries' streaming interfaces, which take what input there is
// and give what output has room, so memory does not depend on the file. Several members or frames
// in a file follow each other; `ended` remembers whether the last byte read ended one, which is the
// only place where a file may end. zlib counts in 32 bits, hence Limited. A Zstandard frame may ask
// for any window; more than 32 MiB is refused.
#include "text/compression.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "base/error.h"

namespace talmach {
namespace {

constexpr std::string_view kGzipEnding = ".gz";
constexpr std::string_view kZstdEnding = ".zst";
constexpr std::size_t kPieceBytes = 1 << 16;

// zlib counts in unsigned int.
unsigned Limited(std::size_t size) {
  return static_cast<unsigned>(
      std::min<std::size_t>(size, std::numeric_limits<unsigned>::max() / 2));
}

// zlib does not change what it reads, but says so only if asked to by a macro.
unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

// Counts the bytes of a file and complains about them.
class FilePosition {
 public:
  explicit FilePosition(std::string name) : name_(std::move(name)) {}

  void Take(std::string_view* input, std::size_t count) {
    input->remove_prefix(count);
    position_ += count;
    ended_ = false;
  }
  // A whole member has been unpacked.
  void End() { ended_ = true; }
  bool ended() const { return ended_; }

  void CheckEnd(const std::string& expected) const {
    if (ended_) return;
    throw DataError({.where = name_,
                     .what = "damaged or cut off: it cannot be decompressed",
                     .expected = expected,
                     .got = fmt::format("the end of the file after {} bytes", position_)});
  }
  [[noreturn]] void ThrowDamaged(const char* found) const {
    throw DataError({.where = name_,
                     .what = "damaged or cut off: it cannot be decompressed",
                     .got = fmt::format("{} at byte {}", found, position_)});
  }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::uint64_t position_ = 0;
  bool ended_ = false;  // nothing has been read since a whole member
};

class GzipDecompressor : public Decompressor {
 public:
  explicit GzipDecompressor(const std::string& name) : position_(name) {
    constexpr int kGzipOnly = 16;  // added to the logarithm of the window
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;
  ~GzipDecompressor() override { inflateEnd(&stream_); }

  Index Decompress(std::string_view* input, char* bytes, Index size) override {
    for (;;) {
      if (position_.ended()) {
        if (input->empty()) return 0;
        inflateReset(&stream_);  // another member
      }
      stream_.next_in = BytesOf(*input);
      stream_.avail_in = Limited(input->size());
      stream_.next_out = reinterpret_cast<unsigned char*>(bytes);
      stream_.avail_out = Limited(static_cast<std::size_t>(size));
      const unsigned room = stream_.avail_out;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      position_.Take(input, static_cast<std::size_t>(stream_.next_in - BytesOf(*input)));
      if (result == Z_STREAM_END) position_.End();
      if (result == Z_MEM_ERROR) throw std::bad_alloc();
      if (result == Z_DATA_ERROR || result == Z_NEED_DICT) {
        position_.ThrowDamaged(stream_.msg == nullptr ? "a dictionary" : stream_.msg);
      }
      const Index count = room - stream_.avail_out;
      if (count > 0 || input->empty()) return count;
    }
  }

  void CheckEnd() const override {
    position_.CheckEnd("the end of a gzip member with its checksum and length");
  }

 private:
  z_stream stream_ = {};
  FilePosition position_;
};

class ZstdDecompressor : public Decompressor {
 public:
  explicit ZstdDecompressor(const std::string& name) : position_(name) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }

  Index Decompress(std::string_view* input, char* bytes, Index size) override {
    for (;;) {
      if (position_.ended() && input->empty()) return 0;
      ZSTD_inBuffer in = {input->data(), input->size(), 0};
      ZSTD_outBuffer out = {bytes, static_cast<std::size_t>(size), 0};
      const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(result)) Throw(result);
      position_.Take(input, in.pos);
      if (result == 0) position_.End();
      if (out.pos > 0 || input->empty()) return static_cast<Index>(out.pos);
    }
  }

  void CheckEnd() const override { position_.CheckEnd("the end of a Zstandard frame"); }

 private:
  static constexpr int kMaxWindowLog = 25;  // 32 MiB

  // What `zstd --ultra` and `--long` ask for may be any amount of memory.
  [[noreturn]] void Throw(std::size_t result) const {
    const ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
    if (code == ZSTD_error_memory_allocation) throw std::bad_alloc();
    if (code != ZSTD_error_frameParameter_windowTooLarge) {
      position_.ThrowDamaged(ZSTD_getErrorName(result));
    }
    throw DataError(
        {.where = position_.name(),
         .what = "decompressing it takes too much memory",
         .expected = fmt::format("a window of at most {} bytes", std::size_t{1} << kMaxWindowLog),
         .got = "a larger one",
         .hint = "compress it without --ultra and --long"});
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
  FilePosition position_;
};

class GzipCompressor : public Compressor {
 public:
  GzipCompressor() {
    constexpr int kGzip = 16;  // added to the logarithm of the window
    constexpr int kMemoryLevel = 8;
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;
  ~GzipCompressor() override { deflateEnd(&stream_); }

  std::string Compress(std::string_view bytes, Until until) override {
    std::string packed;
    std::array<char, kPieceBytes> piece;
    do {
      const unsigned size = Limited(bytes.size());
      const bool last = size == bytes.size();
      stream_.next_in = BytesOf(bytes);
      stream_.avail_in = size;
      stream_.next_out = reinterpret_cast<unsigned char*>(piece.data());
      stream_.avail_out = kPieceBytes;
      deflate(&stream_, last ? FlushOf(until) : Z_NO_FLUSH);
      bytes.remove_prefix(size - stream_.avail_in);
      packed.append(piece.data(), kPieceBytes - stream_.avail_out);
    } while (!bytes.empty() || stream_.avail_out == 0);
    return packed;
  }

 private:
  static int FlushOf(Until until) {
    if (until == Until::kEnd) return Z_FINISH;
    return until == Until::kHere ? Z_SYNC_FLUSH : Z_NO_FLUSH;
  }

  z_stream stream_ = {};
};

class ZstdCompressor : public Compressor {
 public:
  ZstdCompressor() {
    if (!context_) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  std::string Compress(std::string_view bytes, Until until) override {
    std::string packed;
    std::array<char, kPieceBytes> piece;
    ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out = {piece.data(), piece.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, DirectiveOf(until));
      if (ZSTD_isError(left)) throw std::bad_alloc();  // nothing else can go wrong
      packed.append(piece.data(), out.pos);
      // Bytes that are left inside matter only if all must come out.
      if (in.pos == in.size && (left == 0 || until == Until::kConvenient)) return packed;
    }
  }

 private:
  static ZSTD_EndDirective DirectiveOf(Until until) {
    if (until == Until::kEnd) return ZSTD_e_end;
    return until == Until::kHere ? ZSTD_e_flush : ZSTD_e_continue;
  }

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
};

}  // namespace

bool NamesCompressedFile(std::string_view path) {
  return path.ends_with(kGzipEnding) || path.ends_with(kZstdEnding);
}

std::unique_ptr<Decompressor> MakeDecompressor(std::string_view path, const std::string& name) {
  if (path.ends_with(kGzipEnding)) return std::make_unique<GzipDecompressor>(name);
  if (path.ends_with(kZstdEnding)) return std::make_unique<ZstdDecompressor>(name);
  return nullptr;
}

std::unique_ptr<Compressor> MakeCompressor(std::string_view path) {
  if (path.ends_with(kGzipEnding)) return std::make_unique<GzipCompressor>();
  if (path.ends_with(kZstdEnding)) return std::make_unique<ZstdCompressor>();
  return nullptr;
}

}  // namespace talmach
