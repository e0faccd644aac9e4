// The files of src/drawing/viewer/, which the build puts into the library.
#pragma once

#include <string_view>

namespace talmach::drawing {

/// The content of the file `name`; empty if there is none.
std::string_view EmbeddedFile(std::string_view name);

}  // namespace talmach::drawing
