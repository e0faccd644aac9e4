#include "training/pretrained_embeddings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/message_of.h"
#include "tensor/tensor.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class PretrainedEmbeddingsTest : public ::testing::Test {
 protected:
  PretrainedCounts Read(const std::string& text) {
    const std::string path = directory_.Write("vectors.txt", text);
    return ReadPretrainedEmbeddings(path, 3, {{.vocabulary = &tokenizer_, .rows = rows_.view()}});
  }

  std::string Refusal(const std::string& text) {
    return MessageOf<DataError>([&] { Read(text); });
  }

  std::vector<float> Row(TokenId id) const {
    const float* row = rows_.view().row(id);
    return {row, row + 3};
  }

  TemporaryDirectory directory_;
  const Tokenizer& tokenizer_ = *ToyCorpus::Get().tokenizer();
  const std::string piece_ = tokenizer_.PieceOf(7);
  const std::string other_piece_ = tokenizer_.PieceOf(9);
  Tensor<float> rows_ = Tensor<float>({tokenizer_.size(), 3});
};

TEST_F(PretrainedEmbeddingsTest, RowsAreFilledByPiece) {
  const PretrainedCounts counts = Read(other_piece_ + " 1 2.5 -3e-1 \nnowhere 7 7 7\n" + piece_ +
                                       "\t4 5 6\n" + piece_ + " 8 8 8\n</s> 0.5 0 0\n");
  EXPECT_EQ(Row(9), (std::vector<float>{1, 2.5f, -0.3f}));
  EXPECT_EQ(Row(7), (std::vector<float>{4, 5, 6})) << "the first counts";
  EXPECT_EQ(Row(kEndId), (std::vector<float>{0.5f, 0, 0}));
  EXPECT_EQ(Row(kUnknownId), (std::vector<float>{0, 0, 0})) << "unknown pieces are not <unk>";
  EXPECT_EQ(counts.vectors, 5);
  EXPECT_EQ(counts.unused, 1);
  EXPECT_EQ(counts.repeated, 1);
  EXPECT_EQ(counts.rows, std::vector<Index>{3});
}

TEST_F(PretrainedEmbeddingsTest, AHeaderIsNoVectorAndMustBeRight) {
  EXPECT_EQ(Read("1 3\n" + piece_ + " 1 2 3\n").vectors, 1);
  EXPECT_THAT(Refusal("1 4\n" + piece_ + " 1 2 3 4\n"),
              AllOf(HasSubstr("vectors.txt:1: "), HasSubstr("which is 3, got 4")));
  EXPECT_THAT(Refusal("2 3\n" + piece_ + " 1 2 3\n"),
              AllOf(HasSubstr("expected 2 vectors"), HasSubstr("got 1 vector")));
}

TEST_F(PretrainedEmbeddingsTest, MalformedLinesAreRefusedWithTheirNumber) {
  const std::string good = piece_ + " 1 2 3\n";
  for (const std::string bad : {"a 1 2\n", "a 1 2 3 4\n", "\n", "a\n", "a 1 2 x\n", "a 1 2 nan\n",
                                "a 1 inf 2\n", "a 1 2 1e39\n", "a 1 2 3,5\n"}) {
    EXPECT_THAT(Refusal(good + good + bad), HasSubstr("vectors.txt:3: malformed")) << bad;
  }
}

TEST_F(PretrainedEmbeddingsTest, AFileOfOtherPiecesIsRefused) {
  EXPECT_THAT(Refusal("nowhere 1 2 3\n"), HasSubstr("no piece of the vocabularies"));
  EXPECT_THAT(Refusal(""), HasSubstr("no piece of the vocabularies"));
}

TEST_F(PretrainedEmbeddingsTest, PiecesAreCountedWithoutRows) {
  const std::string path = directory_.Write("vectors.txt", piece_ + " 1 2 3\n");
  ModelConfig config;
  config.tied_embeddings = TiedEmbeddings::kDecoder;
  const std::vector<EmbeddingTable> tables = EmbeddingTables(config, tokenizer_, tokenizer_);
  const PretrainedCounts counts = ReadPretrainedEmbeddings(path, 3, tables);
  EXPECT_EQ(counts.rows, (std::vector<Index>{1, 1}));
  const std::string size = std::to_string(tokenizer_.size());
  EXPECT_THAT(Describe(counts, tables),
              HasSubstr("1 of " + size + " source pieces and 1 of " + size + " target pieces"));
}

}  // namespace
}  // namespace talmach
