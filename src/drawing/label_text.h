// The text of a unit as a reader should see it. Pieces may hold anything, so control characters,
// noncharacters and direction overrides become U+FFFD, a leading combining mark gets a dotted
// circle to stand on, what would be invisible is shown as an open box, and what no picture has room
// for is cut.
#pragma once

#include <string>

namespace talmach {

/// The label of `unit`: well-formed UTF-8, one line, not empty.
std::string LabelText(const std::string& unit);

}  // namespace talmach
