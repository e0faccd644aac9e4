// talmach corpus stats, a command of corpus_command.cc.
#pragma once

#include "cli/command.h"

namespace talmach {

void RunCorpusStats(const Arguments& arguments);

}  // namespace talmach
