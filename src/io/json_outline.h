// A first look at JSON from files that cannot be trusted, before anything is built of it:
// libraries follow nesting by recursion, which ends at the end of the stack.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// What is wrong with `text`: "is not valid JSON", "is nested too deeply" (lists and objects in
/// each other, more than `max_depth`), or "names "x" twice" (keys of the outermost object). Empty
/// if nothing is.
std::string FindJsonMistake(std::string_view text, int max_depth);

}  // namespace talmach
