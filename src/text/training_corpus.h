// A corpus that is trained on: any of its pairs by number. Internal to text.
#pragma once

#include <optional>
#include <string>

#include "alignment/links.h"
#include "base/types.h"
#include "text/corpus_options.h"
#include "text/line_file.h"

namespace talmach {

/// Checksums of the two sides of a corpus.
struct CorpusChecksums {
  std::string source = {};
  std::string target = {};
  bool operator==(const CorpusChecksums&) const = default;
};

/// One thread at a time.
class TrainingCorpus {
 public:
  /// Indexes the files (a scan). Throws DataError if one is missing, empty or no regular file, or
  /// if numbers of lines differ.
  explicit TrainingCorpus(const CorpusOptions& options);

  const CorpusOptions& options() const { return options_; }
  Index num_lines() const { return source_.num_lines(); }
  const std::string& source_name() const { return source_.name(); }
  bool has_links() const { return links_.has_value(); }
  /// XXH3 of each text, unpacked. That of a column is the file's, with the column's number.
  CorpusChecksums Checksums() const;

  /// The pair in a line in [0, num_lines()), without the tag. Throws DataError if reading fails or
  /// a column is missing.
  void Read(Index line, std::string* source, std::string* target);
  /// Its word links. Throws DataError if they are malformed or name a word that does not exist.
  Alignment ReadLinks(Index line, const std::string& source, const std::string& target);

  /// Warns about lines that had to be repaired so far.
  void LogRepairs() const;

 private:
  CorpusOptions options_;
  LineFile source_;                 // or the file with both columns
  std::optional<LineFile> target_;  // unless that file has it
  std::optional<LineFile> links_;
  TextRepairs source_repairs_;
  TextRepairs target_repairs_;
};

}  // namespace talmach
