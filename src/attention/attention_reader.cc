#include "attention/attention_reader.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/input_stream.h"

namespace talmach {
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxLayers = 100;
constexpr std::size_t kMaxNumbers = std::size_t{1} << 22;  // of all matrices together
constexpr std::size_t kMaxPieces = 100000;  // a piece may need ten times its bytes in the file
constexpr std::uint64_t kMaxLineNumber = std::uint64_t{1} << 53;  // what JavaScript counts exactly
constexpr double kMaxWeight = 1.001;  // sums of float32 pass one by some units in the last place

// A key of the record and the shape of its value: one character per level of nesting, of which
// '[' is a list, '{' an object, 's' a string and 'n' a number.
struct Field {
  std::string_view name;
  std::string_view shape;
  bool required;
};
constexpr std::array<Field, 6> kFields = {{{"line", "n", true},
                                           {"source", "[s", true},
                                           {"target", "[s", true},
                                           {"weights", "[[n", true},
                                           {"score", "n", true},
                                           {"layers", "{[[n", false}}};
enum FieldIndex { kLine, kSource, kTarget, kWeights, kScore, kLayers, kIgnored };

std::string Describe(char shape) {
  switch (shape) {
    case '[':
      return "a list";
    case '{':
      return "an object";
    case 's':
      return "a string";
    default:
      return "a number";
  }
}

// A matrix as it grows number by number.
struct Rows {
  std::vector<float> values;
  std::size_t num_rows = 0;
  std::size_t row_length = 0;  // of every finished row
  std::size_t column = 0;      // of the next number in the row that is being read
};

// Fills the record from the tokens the parser reports (SAX), so that no hostile nesting or length
// costs much more memory than the line itself. `field_` is the key whose value is being read,
// `depth_` counts the open brackets: 1 inside the record, so that shape[depth_ - 1] is what must
// come next.
class RecordHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit RecordHandler(std::string where) : where_(std::move(where)) {}

  bool null() override {
    if (field_ == kScore && depth_ == 1) return Store(std::nan(""));
    return Scalar("null");
  }
  bool boolean(bool value) override { return Scalar(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return Store(static_cast<double>(value)); }
  bool number_unsigned(std::uint64_t value) override { return Store(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) override { return Store(value); }
  bool string(std::string& value) override;
  bool binary(binary_t&) override { return Scalar("binary data"); }
  bool key(std::string& name) override;
  bool start_object(std::size_t) override { return Open('{'); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override;

  // The complete record; throws DataError if something is missing or does not fit together.
  AttentionMap TakeRecord();

 private:
  [[noreturn]] void Fail(const std::string& what, const std::string& expected,
                         const std::string& got) const {
    throw DataError({.where = where_, .what = what, .expected = expected, .got = got});
  }
  void Expect(char token, const std::string& got) const;
  bool Scalar(const std::string& got) const;
  bool Open(char bracket);
  bool Close();
  bool Store(double value);
  void StoreLine(double value);
  void StoreCell(double value);
  void CheckMatrix(const Rows& rows, const std::string& name) const;

  // True while the numbers of a row are expected.
  bool InRow() const {
    return (field_ == kWeights || field_ == kLayers) &&
           static_cast<std::size_t>(depth_) == kFields[field_].shape.size();
  }
  Rows& matrix() { return field_ == kLayers ? layers_.back() : weights_; }
  const Rows& matrix() const { return field_ == kLayers ? layers_.back() : weights_; }
  std::string MatrixName() const {
    return field_ == kLayers ? "layers." + record_.layers.back().name : "weights";
  }

  std::string where_;
  AttentionMap record_;
  Rows weights_;
  std::vector<Rows> layers_;  // as record_.layers
  std::size_t num_numbers_ = 0;
  int field_ = kIgnored;
  unsigned seen_ = 0;  // a bit per field
  int depth_ = 0;
};

void RecordHandler::Expect(char token, const std::string& got) const {
  if (depth_ == 0) {
    if (token != '{') Fail("not a record", "an object", got);
    return;
  }
  if (field_ == kIgnored) return;
  const Field& field = kFields[field_];
  const char expected = field.shape[depth_ - 1];
  if (token != expected) Fail(std::string(field.name), Describe(expected), got);
}

bool RecordHandler::Scalar(const std::string& got) const {
  Expect('?', got);  // no field holds such a value
  return true;
}

bool RecordHandler::Open(char bracket) {
  Expect(bracket, Describe(bracket));
  ++depth_;
  return true;
}

bool RecordHandler::Close() {
  --depth_;
  if (depth_ == 1) field_ = kIgnored;
  return true;
}

bool RecordHandler::key(std::string& name) {
  if (depth_ == 2 && field_ == kLayers) {
    if (layers_.size() == kMaxLayers) {
      Fail("layers", "at most " + std::to_string(kMaxLayers) + " layers", "more");
    }
    record_.layers.push_back({.name = name, .values = {}});
    layers_.emplace_back();
  }
  if (depth_ != 1) return true;
  field_ = 0;
  while (field_ < kIgnored && kFields[field_].name != name) ++field_;
  if (field_ == kIgnored) return true;
  if ((seen_ >> field_) & 1u) Fail(name, "each key once", "it twice");
  seen_ |= 1u << field_;
  return true;
}

bool RecordHandler::string(std::string& value) {
  Expect('s', "a string");
  if (field_ != kSource && field_ != kTarget) return true;
  auto& pieces = field_ == kSource ? record_.source : record_.target;
  if (pieces.size() == kMaxPieces) {
    Fail(std::string(kFields[field_].name), "at most " + std::to_string(kMaxPieces) + " pieces",
         "more");
  }
  pieces.push_back(std::move(value));
  return true;
}

bool RecordHandler::start_array(std::size_t) {
  Open('[');
  if (InRow()) matrix().column = 0;
  return true;
}

bool RecordHandler::end_array() {
  if (InRow()) {
    Rows& rows = matrix();
    if (rows.num_rows > 0 && rows.column != rows.row_length) {
      Fail(MatrixName() + "[" + std::to_string(rows.num_rows) + "]",
           std::to_string(rows.row_length) + " numbers as in the rows before",
           std::to_string(rows.column));
    }
    rows.row_length = rows.column;
    ++rows.num_rows;
  }
  return Close();
}

bool RecordHandler::parse_error(std::size_t position, const std::string&,
                                const nlohmann::json::exception& error) {
  // The library's text starts with its own name and number in brackets.
  std::string reason = error.what();
  if (const auto end = reason.find("] "); end != std::string::npos) reason.erase(0, end + 2);
  throw DataError({.where = where_,
                   .what = "not JSON at byte " + std::to_string(position),
                   .got = reason.substr(0, 200)});
}

bool RecordHandler::Store(double value) {
  Expect('n', "a number");
  if (field_ == kLine) StoreLine(value);
  if (field_ == kScore) record_.score = value;
  if (InRow()) StoreCell(value);
  return true;
}

void RecordHandler::StoreLine(double value) {
  if (!(value >= 0 && value <= static_cast<double>(kMaxLineNumber)) || value != std::floor(value)) {
    Fail("line", "a whole number from 0", nlohmann::json(value).dump());
  }
  record_.line = static_cast<Index>(value);
}

void RecordHandler::StoreCell(double value) {
  if (++num_numbers_ > kMaxNumbers) {
    Fail(MatrixName(), "at most " + std::to_string(kMaxNumbers) + " numbers in a record", "more");
  }
  Rows& rows = matrix();
  const double smallest = field_ == kWeights ? 0 : std::numeric_limits<float>::lowest();
  const double largest = field_ == kWeights ? kMaxWeight : std::numeric_limits<float>::max();
  if (!(value >= smallest && value <= largest)) {
    Fail(MatrixName() + "[" + std::to_string(rows.num_rows) + "][" + std::to_string(rows.column) +
             "]",
         field_ == kWeights ? "a weight from 0 to 1" : "a float32", nlohmann::json(value).dump());
  }
  rows.values.push_back(static_cast<float>(value));
  ++rows.column;
}

void RecordHandler::CheckMatrix(const Rows& rows, const std::string& name) const {
  if (rows.num_rows != record_.target.size()) {
    Fail(name, std::to_string(record_.target.size()) + " rows, one per target piece",
         std::to_string(rows.num_rows));
  }
  if (rows.num_rows > 0 && rows.row_length != record_.source.size()) {
    Fail(name + "[0]", std::to_string(record_.source.size()) + " numbers, one per source piece",
         std::to_string(rows.row_length));
  }
}

AttentionMap RecordHandler::TakeRecord() {
  for (int i = 0; i < kIgnored; ++i) {
    if (kFields[i].required && !((seen_ >> i) & 1u)) {
      Fail("not a record", "the key \"" + std::string(kFields[i].name) + "\"", "none");
    }
  }
  CheckMatrix(weights_, "weights");
  record_.weights = std::move(weights_.values);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    CheckMatrix(layers_[i], "layers." + record_.layers[i].name);
    record_.layers[i].values = std::move(layers_[i].values);
  }
  return std::move(record_);
}

}  // namespace

AttentionMap ParseAttentionMap(std::string_view json, const std::string& where) {
  RecordHandler handler(where);
  nlohmann::json::sax_parse(json.begin(), json.end(), &handler);
  return handler.TakeRecord();
}

AttentionReader::AttentionReader(const std::string& path)
    : file_(std::make_unique<InputStream>(path)),
      input_(file_.get()),
      name_(path == "-" ? "standard input" : path) {}

AttentionReader::AttentionReader(std::istream& input, std::string name)
    : input_(&input), name_(std::move(name)) {}

std::string AttentionReader::Where() const { return name_ + ":" + std::to_string(line_number_); }

// Like std::getline, but stops at kMaxLineBytes; false at the end of the file.
bool AttentionReader::ReadLine() {
  std::array<char, 1 << 16> chunk;
  line_.clear();
  ++line_number_;
  while (true) {
    input_->getline(chunk.data(), chunk.size());
    if (input_->bad()) {
      throw DataError({.where = Where(), .what = "cannot read", .got = ErrnoText(errno)});
    }
    const auto num_read = static_cast<std::size_t>(input_->gcount());
    const bool complete = !input_->fail() && !input_->eof();  // gcount includes the line break
    line_.append(chunk.data(), complete ? num_read - 1 : num_read);
    if (complete) return true;
    if (input_->eof()) return !line_.empty();
    input_->clear();  // the chunk was too small for the line
    if (line_.size() > kMaxLineBytes) {
      throw DataError({.where = Where(),
                       .what = "the line is too long",
                       .expected = "at most " + std::to_string(kMaxLineBytes) + " bytes",
                       .got = "more"});
    }
  }
}

bool AttentionReader::Next(AttentionMap* map) {
  while (ReadLine()) {
    if (line_.find_first_not_of(" \t\r") == std::string::npos) continue;
    *map = ParseAttentionMap(line_, Where());
    return true;
  }
  return false;
}

}  // namespace talmach
