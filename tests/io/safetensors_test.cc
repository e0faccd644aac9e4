#include "io/safetensors.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <bit>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/temporary_directory.h"
#include "tensor/tensor.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string LengthBytes(std::uint64_t length) {
  const auto bytes = std::bit_cast<std::array<char, 8>>(length);
  return {bytes.begin(), bytes.end()};
}

// A file of this header, padded to 8 bytes, and this many bytes of data.
std::string FileOf(std::string header, std::size_t data_bytes) {
  header.resize(RoundUp(std::ssize(header), 8), ' ');
  return LengthBytes(header.size()) + header + std::string(data_bytes, '\0');
}

class SafetensorsTest : public ::testing::Test {
 protected:
  SafetensorsTest() {
    for (Index i = 0; i < matrix_.size(); ++i) matrix_.data()[i] = 0.5f * static_cast<float>(i);
    vector_.data()[2] = -1.25f;
    scalar_.data()[0] = 7;
  }

  std::vector<NamedTensor> tensors() const {
    return {{"z.matrix", matrix_.view()},
            {"a.vector", vector_.view()},
            {"empty", empty_.view()},
            {"scalar", scalar_.view()}};
  }

  void ExpectRefused(const std::string& bytes, const std::string& reason) {
    directory_.Write("hostile", bytes);
    EXPECT_THAT([&] { SafetensorsFile(directory_.Path("hostile")); },
                ThrowsMessage<CheckpointError>(AllOf(HasSubstr("hostile"), HasSubstr(reason))))
        << bytes.substr(0, 200);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.Path("model.safetensors");
  Tensor<float> matrix_ = Tensor<float>({3, 5});
  Tensor<float> vector_ = Tensor<float>({3});
  Tensor<float> empty_ = Tensor<float>({0, 4});
  Tensor<float> scalar_ = Tensor<float>(std::initializer_list<Index>{});
};

TEST_F(SafetensorsTest, ReadsWhatItWrote) {
  WriteSafetensors(path_, tensors(), {{"format", "talmach"}, {"config", "{\"a\": \"ä\"}"}});
  const SafetensorsFile file(path_);
  EXPECT_THAT(file.names(), ElementsAre("z.matrix", "a.vector", "empty", "scalar"));
  EXPECT_THAT(file.Get("z.matrix").span(), ElementsAreArray(matrix_.view().span()));
  EXPECT_EQ(file.Get("z.matrix").ShapeText(), "[3, 5]");
  EXPECT_THAT(file.Get("a.vector").span(), ElementsAre(0, 0, -1.25f));
  EXPECT_EQ(file.Get("empty").ShapeText(), "[0, 4]");
  EXPECT_EQ(file.Get("scalar").ShapeText(), "[]");
  EXPECT_EQ(file.Get("scalar")[0], 7);
  EXPECT_THAT(file.metadata(), ElementsAre(testing::Pair("config", "{\"a\": \"ä\"}"),
                                           testing::Pair("format", "talmach")));
  EXPECT_EQ(file.Verify(), 4);
}

TEST_F(SafetensorsTest, ReadsAFileWithoutTensors) {
  WriteSafetensors(path_, {});
  EXPECT_TRUE(SafetensorsFile(path_).names().empty());
}

// The layout as its specification describes it, read here byte by byte.
TEST_F(SafetensorsTest, FollowsTheFormat) {
  WriteSafetensors(path_, tensors(), {{"updates", "12"}});
  const std::string bytes = directory_.Read("model.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  EXPECT_EQ(header["__metadata__"]["updates"], "12");
  EXPECT_EQ(header["z.matrix"]["dtype"], "F32");
  EXPECT_EQ(header["z.matrix"]["shape"], nlohmann::json({3, 5}));
  EXPECT_EQ(header["z.matrix"]["data_offsets"], nlohmann::json({0, 60}));
  EXPECT_EQ(header["a.vector"]["data_offsets"], nlohmann::json({60, 72}));
  float last = 0;
  std::memcpy(&last, bytes.data() + 8 + length + 56, 4);
  EXPECT_EQ(last, 7.0f);
  EXPECT_EQ(bytes.size(), 8 + length + 60 + 12 + 4);
}

TEST_F(SafetensorsTest, KeepsTheTypeOfEachTensor) {
  Tensor<std::int8_t> bytes({3, 5});
  for (Index i = 0; i < bytes.size(); ++i) bytes.data()[i] = static_cast<std::int8_t>(9 * i - 70);
  WriteSafetensors(path_, {{"vector", vector_.view()}, {"bytes", bytes.view()}});
  const SafetensorsFile file(path_);
  EXPECT_THAT(file.Get("vector").span(), ElementsAreArray(vector_.view().span()));
  EXPECT_THAT(file.GetInt8("bytes").span(), ElementsAreArray(bytes.view().span()));
  EXPECT_EQ(TypeName(file.GetAny("bytes")), "I8");
  EXPECT_EQ(ShapeText(file.GetAny("bytes")), "[3, 5]");
  EXPECT_EQ(file.Verify(), 2);
  EXPECT_THAT([&] { file.Get("bytes"); },
              ThrowsMessage<CheckpointError>(HasSubstr("expected F32, got I8")));
  EXPECT_THAT([&] { file.GetInt8("vector"); },
              ThrowsMessage<CheckpointError>(HasSubstr("expected I8, got F32")));
}

TEST_F(SafetensorsTest, ReadsFilesOfOtherPrograms) {
  directory_.Write("other", FileOf(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8));
  const SafetensorsFile file(directory_.Path("other"));
  EXPECT_THAT(file.Get("w").span(), ElementsAre(0, 0));
  EXPECT_EQ(file.Verify(), 0);
}

TEST_F(SafetensorsTest, NamesWhatIsMissing) {
  WriteSafetensors(path_, tensors());
  const SafetensorsFile file(path_);
  EXPECT_THAT([&] { file.Get("no.such"); }, ThrowsMessage<CheckpointError>(HasSubstr("no.such")));
  EXPECT_THAT([&] { file.Metadata("key"); }, ThrowsMessage<CheckpointError>(HasSubstr("\"key\"")));
  EXPECT_FALSE(file.Has("no.such"));
  EXPECT_TRUE(file.Has("empty"));
}

TEST_F(SafetensorsTest, VerifyFindsEveryFlippedDataBit) {
  WriteSafetensors(path_, tensors());
  const std::string good = directory_.Read("model.safetensors");
  const std::size_t data_begin = good.size() - 76;
  for (std::size_t position = data_begin; position < good.size(); ++position) {
    std::string bad = good;
    bad[position] ^= static_cast<char>(1 << position % 8);
    directory_.Write("model.safetensors", bad);
    const SafetensorsFile file(path_);
    EXPECT_THAT([&] { file.Verify(); }, ThrowsMessage<CheckpointError>(HasSubstr("checksum")));
  }
}

TEST_F(SafetensorsTest, OpeningFindsEveryFlippedHeaderBit) {
  WriteSafetensors(path_, {{"w", vector_.view()}}, {{"format", "talmach"}});
  const std::string good = directory_.Read("model.safetensors");
  const std::size_t header_size = good.size() - vector_.view().span().size_bytes();
  for (std::size_t bit = 0; bit < 8 * header_size; ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    directory_.Write("model.safetensors", bad);
    EXPECT_THROW(SafetensorsFile{path_}, CheckpointError) << bit;
  }
}

TEST_F(SafetensorsTest, AFileThatHasLostOneOfItsChecksumsIsRefused) {
  WriteSafetensors(path_, {{"w", vector_.view()}}, {{"format", "talmach"}});
  const std::string good = directory_.Read("model.safetensors");
  for (const std::string key : {"\"xxh3\"", "\"xxh3:w\""}) {
    std::string bad = good;
    bad[bad.find(key) + 2] = 'y';
    directory_.Write("model.safetensors", bad);
    EXPECT_THAT([&] { SafetensorsFile{path_}; },
                ThrowsMessage<CheckpointError>(HasSubstr("header is damaged")));
  }
}

TEST_F(SafetensorsTest, RefusesEveryTruncation) {
  WriteSafetensors(path_, tensors());
  const std::string good = directory_.Read("model.safetensors");
  for (std::size_t size = 0; size < good.size(); ++size) {
    directory_.Write("cut", good.substr(0, size));
    EXPECT_THROW(SafetensorsFile(directory_.Path("cut")), CheckpointError) << size;
  }
  ExpectRefused(good + '\0', "size of the file");
}

TEST_F(SafetensorsTest, RefusesWrongLengths) {
  ExpectRefused("", "too short");
  ExpectRefused(std::string(8, '\0'), "header length");
  ExpectRefused(std::string(8, '\xff'), "header length");
  ExpectRefused(LengthBytes(16) + "{}", "header length");
  ExpectRefused(LengthBytes(3) + "{} ", "aligned");
  // A sparse gigabyte of zeros.
  const std::string zeros = directory_.Write("hostile_zeros", "");
  std::filesystem::resize_file(zeros, std::uintmax_t{1} << 30);
  EXPECT_THROW(SafetensorsFile{zeros}, CheckpointError);
}

TEST_F(SafetensorsTest, RefusesHeadersThatAreNoObjectsOfTensors) {
  ExpectRefused(FileOf("not json", 0), "not valid JSON");
  ExpectRefused(FileOf("[1, 2]", 0), "not a JSON object");
  ExpectRefused(FileOf("{\"\xff\": 1}", 0), "not valid JSON");
  ExpectRefused(FileOf(std::string(1'000'000, '['), 0), "nested too deeply");
  ExpectRefused(FileOf(R"({"w": {"a": {"b": {"c": {}}}}})", 0), "nested too deeply");
  ExpectRefused(FileOf(R"({"w": 3})", 0), "tensor w");
  ExpectRefused(FileOf(R"({"w": {}})", 0), "no dtype");
  ExpectRefused(FileOf(R"({"__metadata__": 3})", 0), "metadata");
  ExpectRefused(FileOf(R"({"__metadata__": {"key": 3}})", 0), "\"key\"");
  ExpectRefused(FileOf(R"({"__metadata__": {"xxh3": "0"}})", 0), "wrong checksum");
}

TEST_F(SafetensorsTest, RefusesWrongTensors) {
  const auto expect = [this](const std::string& dtype, const std::string& shape,
                             const std::string& offsets, const std::string& reason) {
    ExpectRefused(FileOf(R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape +
                             R"(,"data_offsets":)" + offsets + "}}",
                         8),
                  reason);
  };
  expect("BF16", "[4]", "[0,8]", "got BF16");
  expect("F32", "[-2]", "[0,8]", "whole numbers");
  expect("F32", "[2.0]", "[0,8]", "whole numbers");
  expect("F32", "[[2]]", "[0,8]", "nested");
  expect("F32", "2", "[0,8]", "not a list");
  expect("F32", "[1,1,1,1,2]", "[0,8]", "dimensions");
  expect("F32", "[3]", "[0,8]", "does not fit");
  expect("F32", "[4611686018427387904,2]", "[0,8]", "does not fit");
  expect("F32", "[18446744073709551615]", "[0,8]", "whole numbers");
  expect("F32", "[2]", "[0,8,9]", "two numbers");
  expect("F32", "[2]", "[8,0]", "outside");
  expect("F32", "[2]", "[0,800]", "outside");
  expect("F32", "[1]", "[4,8]", "gap");
  expect("F32", "[1]", "[0,4]", "size of the file");
  expect("F32", "[1]", "[2,6]", "not aligned");
  expect("I8", "[9]", "[0,8]", "does not fit");
}

TEST_F(SafetensorsTest, RefusesOverlapsAndDoubles) {
  const std::string w = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  ExpectRefused(FileOf(R"({"v":)" + w + R"(,"w":)" + w + "}", 8), "overlaps");
  ExpectRefused(FileOf(R"({"w":)" + w + R"(,"w":)" + w + "}", 8), "twice");
}

TEST_F(SafetensorsTest, RefusesWhatIsNoFile) {
  EXPECT_THROW(SafetensorsFile{directory_.Path("missing")}, CheckpointError);
  EXPECT_THROW(SafetensorsFile{directory_.Path("")}, CheckpointError);
  EXPECT_THROW(SafetensorsFile{"/dev/null"}, CheckpointError);
}

// A mapped file would end the program here.
TEST_F(SafetensorsTest, AFileThatIsCutWhileItIsReadIsRefused) {
  WriteSafetensors(path_, tensors());
  const SafetensorsFile file(path_);
  std::filesystem::resize_file(path_, 100);
  EXPECT_THAT([&] { file.Get("z.matrix"); },
              ThrowsMessage<CheckpointError>(
                  AllOf(HasSubstr("model.safetensors"), HasSubstr("changed while it was read"))));
}

TEST_F(SafetensorsTest, AFileThatIsReplacedInPlaceIsNeverHalfOldAndHalfNew) {
  WriteSafetensors(path_, tensors());
  const std::string bytes = directory_.Read("model.safetensors");
  const auto overwrite = [&] {
    std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary)
        << bytes.substr(0, bytes.size() - 60) << std::string(60, '\x7f');
    std::filesystem::last_write_time(
        path_, std::filesystem::last_write_time(path_) + std::chrono::seconds(1));
  };
  const SafetensorsFile before(path_);
  EXPECT_EQ(before.Verify(), 4);
  const SafetensorsFile between(path_);
  overwrite();
  EXPECT_EQ(before.Get("z.matrix")(2, 4), matrix_.view()(2, 4)) << "read before";
  EXPECT_THROW(between.Verify(), CheckpointError);
}

TEST_F(SafetensorsTest, APipeIsRefusedAtOnce) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT([&] { SafetensorsFile{path_}; },
              ThrowsMessage<CheckpointError>(HasSubstr("not a regular file")));
}

TEST_F(SafetensorsTest, KeepsTheOldFileWhenAnyWriteFails) {
  WriteSafetensors(path_, tensors(), {{"version", "1"}});
  const std::string old = directory_.Read("model.safetensors");
  for (int failing_call = 1; failing_call <= 4; ++failing_call) {
    int calls = 0;
    const AtomicFileOptions options = {
        .write = [&](int descriptor, const void* bytes, std::size_t size) -> ssize_t {
          if (++calls < failing_call) return ::write(descriptor, bytes, size);
          errno = ENOSPC;
          return -1;
        }};
    EXPECT_THAT([&] { WriteSafetensors(path_, tensors(), {}, options); },
                ThrowsMessage<Error>(AllOf(HasSubstr("No space left"), HasSubstr(path_))));
    EXPECT_EQ(directory_.Read("model.safetensors"), old);
    EXPECT_EQ(directory_.NumFiles(), 1);
  }
}

TEST_F(SafetensorsTest, RefusesNamesThatCannotBeReadAgain) {
  EXPECT_THROW(WriteSafetensors(path_, {{"", vector_.view()}}), std::logic_error);
  EXPECT_THROW(WriteSafetensors(path_, {{"\xff", vector_.view()}}), std::logic_error);
  EXPECT_THROW(WriteSafetensors(path_, {{"w", vector_.view()}, {"w", vector_.view()}}),
               std::logic_error);
  EXPECT_THROW(WriteSafetensors(path_, {}, {{"xxh3", "0"}}), std::logic_error);
  const Tensor<std::int8_t> byte({1});
  EXPECT_THROW(WriteSafetensors(path_, {{"b", byte.view()}, {"w", vector_.view()}}),
               std::logic_error);
}

}  // namespace
}  // namespace talmach
