// Protobuf's wire format (protobuf.dev, "Encoding"), as far as SentencePiece's models use it.
// Internal to text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace talmach {

/// Walks the fields of a message. What a model never has (groups, numbers that do not fit) counts
/// as damage, so that protobuf and this reader cannot see different fields.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  struct Field {
    std::uint64_t number = 0;
    std::string_view bytes = {};              // of a string or message
    std::optional<std::uint64_t> value = {};  // of an integer
  };
  /// The next string, message or integer; other fields are stepped over. None at the end or at
  /// damage.
  std::optional<Field> Next();

  bool damaged() const { return damaged_; }

 private:
  std::uint64_t ReadVarint();
  std::string_view Take(std::uint64_t size);

  std::string_view rest_;
  bool damaged_ = false;
};

/// Appends a string or message, or an integer, to a message.
void AppendField(std::uint64_t number, std::string_view bytes, std::string* message);
void AppendField(std::uint64_t number, std::uint64_t value, std::string* message);

}  // namespace talmach
