// Checks of several flags that name files.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

namespace talmach {

/// A flag and the file it was given; an empty path: none.
struct FileFlag {
  std::string flag;  // "--attention"
  std::string path;
};

/// Throws ConfigError naming the flags unless every output is a file of its own: no two write the
/// same file or both to stdout ("-"), none writes over an input, under whatever name (links, "..",
/// /proc/self/fd), nor over a file of a model directory. Devices and pipes may be named twice.
/// CommandLine::Parse calls it for all flags of a command.
void RequireHarmlessOutputs(const std::vector<FileFlag>& inputs,
                            const std::vector<FileFlag>& outputs);

/// Throws Error, with the path and the system's reason, if one of these files cannot be created.
/// Call it before long work whose results go into them. Leaves nothing behind; existing files stay
/// as they are.
void RequireWritable(std::initializer_list<FileFlag> outputs);

/// Throws ConfigError naming both flags if two of them read standard input ("-").
void RequireOneStandardInput(std::initializer_list<FileFlag> inputs);

}  // namespace talmach
