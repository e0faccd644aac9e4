// Paths, directories, contents and copies of files, with errors that say what could not be done.
#pragma once

#include <string>

namespace talmach {

/// Makes the directory `path`, and those above it, unless it is there. Throws Error naming it and
/// the reason.
void MakeDirectory(const std::string& path);

/// An absolute path without links, "." and "..", as far as it exists, and without a final slash, so
/// that two spellings of one place are the same and a name can be put beside it. Throws
/// std::filesystem errors.
std::string ResolvePath(const std::string& path);

/// The bytes of a regular file: a pipe might never end. Throws Error naming it and the reason.
std::string ReadFile(const std::string& path);

/// Copies a file, over another one if there is one, whole or not at all: the standard library
/// leaves half a file on a full disk. Throws Error naming the file that failed and the reason.
void CopyFile(const std::string& from, const std::string& to);

}  // namespace talmach
