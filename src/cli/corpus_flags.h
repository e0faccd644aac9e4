// The flags that name a parallel corpus: two files, or columns of one.
#pragma once

#include "cli/command_line.h"
#include "text/corpus_options.h"

namespace talmach {

/// Declares --source, --target, --tsv and --columns, which set `*corpus`.
void DeclareCorpus(CorpusOptions* corpus, FlagGroup* group);

/// Throws ConfigError unless the flags named one corpus, which is not read from standard input
/// twice.
void CheckCorpus(const CorpusOptions& corpus, const CommandLine& line);

}  // namespace talmach
