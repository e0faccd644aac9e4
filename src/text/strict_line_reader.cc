#include "text/strict_line_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/unicode_text.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

constexpr std::string_view kByteOrderMark = "\uFEFF";
constexpr Index kManyColumns = 1 << 20;

// At most `limit` fields; further tabs belong to the last.
std::vector<std::string> SplitAtTabs(std::string_view line, Index limit) {
  std::vector<std::string> fields;
  for (std::size_t start = 0;;) {
    const bool last = static_cast<Index>(fields.size()) + 1 == limit;
    const std::size_t tab = last ? std::string_view::npos : line.find('\t', start);
    fields.emplace_back(line.substr(start, tab - start));
    if (tab == std::string_view::npos) return fields;
    start = tab + 1;
  }
}

}  // namespace

struct StrictLineReader::Impl {
  Impl(const std::string& path, ByteOrderMark mark)
      : reader(path, {.keep_byte_order_mark = mark == ByteOrderMark::kKeepAndWarn}) {}
  TextReader reader;
};

StrictLineReader::StrictLineReader(const std::string& path, ByteOrderMark mark)
    : impl_(std::make_unique<Impl>(path, mark)) {}
StrictLineReader::StrictLineReader(StrictLineReader&&) noexcept = default;
StrictLineReader::~StrictLineReader() = default;

bool StrictLineReader::ReadUnstripped(std::string* line) {
  TextReader& reader = impl_->reader;
  if (!reader.ReadLine(line)) return false;
  const TextRepairs& repairs = reader.repairs();
  if (repairs.cut_lines > 0) {
    throw DataError({.where = Place(),
                     .what = "the line is too long",
                     .expected = "at most 1 MiB",
                     .got = "more",
                     .hint = "is it text, a sentence a line?"});
  }
  if (repairs.nul_lines > 0) {
    throw DataError({.where = Place(),
                     .what = "not text",
                     .expected = "UTF-8 without NUL characters",
                     .got = "a NUL character (a byte of value 0)",
                     .hint = "of UTF-16, iconv -f UTF-16 -t UTF-8 makes UTF-8"});
  }
  if (repairs.repaired_lines > 0) {
    throw DataError({.where = Place(),
                     .what = "not UTF-8",
                     .expected = "text in UTF-8",
                     .got = "bytes that are none",
                     .hint = "iconv -f LATIN1 -t UTF-8, say, converts it"});
  }
  if (num_lines() == 1 && line->starts_with(kByteOrderMark)) {
    Log().warn("{}: the byte order mark at the start counts as a character, as in sacreBLEU",
               Place());
  }
  return true;
}

bool StrictLineReader::Read(std::string* line) {
  if (!ReadUnstripped(line)) return false;
  line->resize(StripRight(*line).size());
  return true;
}

Index StrictLineReader::CountAll() {
  std::string line;
  while (Read(&line)) {
  }
  return num_lines();
}

const std::string& StrictLineReader::name() const { return impl_->reader.name(); }
Index StrictLineReader::num_lines() const { return impl_->reader.num_lines(); }
std::string StrictLineReader::Place() const { return fmt::format("{}:{}", name(), num_lines()); }

void RequireSameEnd(StrictLineReader* first, StrictLineReader* second) {
  if (first->num_lines() == second->num_lines()) return;
  const bool first_is_shorter = first->CountAll() < second->CountAll();
  const StrictLineReader& shorter = first_is_shorter ? *first : *second;
  const StrictLineReader& longer = first_is_shorter ? *second : *first;
  throw DataError({.where = shorter.Place(),
                   .what = "the text ends here",
                   .expected = fmt::format("{} lines as in {}", longer.num_lines(), longer.name()),
                   .got = std::to_string(shorter.num_lines())});
}

ColumnReader::ColumnReader(const std::string& path, Index num_columns, std::string missing)
    : lines_(path), num_columns_(num_columns), missing_(std::move(missing)) {}

ColumnReader::ColumnReader(const std::string& path) : lines_(path), counted_(true) {
  std::string line;
  const bool any = lines_.Read(&line);
  num_columns_ = std::ssize(SplitAtTabs(line, kManyColumns));
  if (any) first_line_ = Split(line);
}

void ColumnReader::Read(Index count, std::vector<std::vector<std::string>>* columns) {
  const std::size_t first = columns->size();
  columns->resize(first + static_cast<std::size_t>(num_columns_));
  for (std::size_t column = first; column < columns->size(); ++column) {
    (*columns)[column].reserve(static_cast<std::size_t>(count));
  }
  auto append = [&](std::vector<std::string>&& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      (*columns)[first + i].push_back(std::move(fields[i]));
    }
  };
  Index num_read = 0;
  if (!first_line_.empty()) {
    append(std::exchange(first_line_, {}));
    ++num_read;
  }
  std::string line;
  for (; num_read < count && lines_.ReadUnstripped(&line); ++num_read) append(Split(line));
}

// As sacreBLEU does it: of a file with a known number of columns only the last is stripped. Columns
// that a line of references lacks are no mistake here.
std::vector<std::string> ColumnReader::Split(std::string_view line) const {
  const auto expected = static_cast<std::size_t>(num_columns_);
  std::vector<std::string> fields = SplitAtTabs(line, counted_ ? kManyColumns : num_columns_);
  while (fields.size() > expected && Strip(fields.back()).empty()) fields.pop_back();
  const bool too_few = counted_ && fields.size() < expected;
  if (too_few || fields.size() > expected) ThrowWrongNumber(fields.size());
  for (std::string& field : fields) {
    if (counted_ || &field == &fields.back()) field.resize(StripRight(field).size());
  }
  fields.resize(expected, missing_);
  return fields;
}

void ColumnReader::ThrowWrongNumber(std::size_t found) const {
  throw DataError(
      {.where = lines_.Place(),
       .what = "another number of columns",
       .expected = fmt::format("{} separated by tabs", num_columns_),
       .got = std::to_string(found),
       .hint = "the first line has as many as there are systems; --input - reads tabs as white "
               "space"});
}

}  // namespace talmach
