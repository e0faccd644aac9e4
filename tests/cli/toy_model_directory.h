// A model directory as `talmach train` leaves it, for tests of commands that use one. Its model has
// learnt next to nothing: what matters is which lines, columns and errors come out.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file_operations.h"
#include "cli/command.h"
#include "project/configuration_file.h"
#include "support/message_of.h"
#include "support/temporary_directory.h"
#include "training/toy_training.h"

namespace talmach {

/// The directory, made once for all tests of the program.
class ToyModelDirectory {
 public:
  static std::string Path() {
    static const ToyModelDirectory made;
    return made.directory_.Path("model");
  }

 private:
  ToyModelDirectory() {
    TrainingSetup setup = ToySetup(directory_.Path("model"));
    setup.training.max_updates = 3;
    setup.training.save_every = {.count = 2, .unit = Period::Unit::kUpdates};
    Train(setup);
    const ModelDirectory model(setup.directory);
    for (const std::string& path : {model.SourceTokenizer(), model.TargetTokenizer()}) {
      CopyFile(ToyCorpus::Get().tokenizer()->path(), path);
    }
    Config config;
    config.data = setup.data;
    directory_.Write("model/config.yaml", ConfigurationText(config));
  }

  TemporaryDirectory directory_;
};

/// Runs a command on files of its own.
class CommandTest : public ::testing::Test {
 protected:
  using Command = void (*)(const Arguments& arguments);

  std::string Write(const std::string& name, const std::string& text) const {
    return directory_.Write(name, text);
  }

  /// What the command writes to the file of -o; lines without their breaks.
  std::vector<std::string> Lines(Command command, Arguments arguments) const {
    arguments.insert(arguments.end(), {"-o", directory_.Path("out"), "--quiet"});
    command(arguments);
    std::vector<std::string> lines;
    std::ifstream file(directory_.Path("out"));
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  /// What the command prints.
  static std::string Printed(Command command, const Arguments& arguments) {
    ::testing::internal::CaptureStdout();
    command(arguments);
    return ::testing::internal::GetCapturedStdout();
  }

  /// The message of the error of type E that the command ends with. It must leave no output.
  template <typename E>
  std::string Failure(Command command, Arguments arguments) const {
    std::filesystem::remove(directory_.Path("out"));
    arguments.insert(arguments.end(), {"-o", directory_.Path("out")});
    const std::string message = MessageOf<E>([&] { command(arguments); });
    EXPECT_FALSE(message.empty()) << "no such error";
    EXPECT_FALSE(std::filesystem::exists(directory_.Path("out")));
    return message;
  }

  TemporaryDirectory directory_;
};

}  // namespace talmach
