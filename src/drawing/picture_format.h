// The file formats of pictures.
#pragma once

#include <string>

namespace talmach {

enum class PictureFormat { kSvg, kPng, kPdf };

/// The name of a format as its file extension, "svg".
std::string ToString(PictureFormat format);

}  // namespace talmach
