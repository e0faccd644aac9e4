// A first look at JSON from files that cannot be trusted, before anything is built from it:
// libraries follow nesting by recursion, so deep nesting would overflow the stack.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// What is wrong with `text`: "is not valid JSON", "is nested too deeply" (more than `max_depth`
/// lists and objects inside each other), or "names "x" twice" (keys of the outermost object). Empty
/// if nothing is.
std::string FindJsonMistake(std::string_view text, int max_depth);

}  // namespace talmach
