// tests/integration/installed_test.py compiles a program in C; this looks at the corners.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "talmach/talmach.h"

namespace {

constexpr const char* kModel = "tests/golden/model_v1";
const char* const kDirectories[] = {kModel};
const char* const kLines[] = {"a b c", ""};

TEST(CInterfaceTest, TranslationsHaveScoresPiecesAndAttention) {
  talmach_translator* translator =
      talmach_create(kDirectories, 1, "beam_size=3 n_best=2\n threads=1 unk=ban");
  ASSERT_NE(translator, nullptr) << talmach_error_text();
  talmach_result* result = talmach_translate(translator, kLines, 2);
  ASSERT_NE(result, nullptr) << talmach_error_text();
  talmach_free(translator);
  EXPECT_EQ(talmach_num_lines(result), 2u);
  EXPECT_EQ(talmach_num_candidates(result, 0), 2u);
  EXPECT_STREQ(talmach_text(result, 1, 0), "");
  EXPECT_LE(talmach_score(result, 0, 1), talmach_score(result, 0, 0));
  EXPECT_LT(talmach_log_probability(result, 0, 0), 0);
  const size_t source_pieces = talmach_num_source_pieces(result, 0, 0);
  EXPECT_STREQ(talmach_source_piece(result, 0, 0, source_pieces - 1), "</s>");
  ASSERT_GT(talmach_num_target_pieces(result, 0, 0), 0u);
  float sum = 0;
  for (size_t s = 0; s < source_pieces; ++s) sum += talmach_attention(result, 0, 0)[s];
  EXPECT_NEAR(sum, 1, 1e-5);
  talmach_free_result(result);
}

TEST(CInterfaceTest, WhatDoesNotExistIsEmpty) {
  for (const talmach_result* result : {static_cast<talmach_result*>(nullptr)}) {
    EXPECT_EQ(talmach_num_lines(result), 0u);
    EXPECT_EQ(talmach_num_candidates(result, 5), 0u);
    EXPECT_STREQ(talmach_text(result, 0, 0), "");
    EXPECT_STREQ(talmach_target_piece(result, 0, 0, 0), "");
    EXPECT_EQ(talmach_attention(result, 0, 0), nullptr);
    EXPECT_EQ(talmach_score(result, 0, 0), 0);
  }
  talmach_free_result(nullptr);
  talmach_free(nullptr);
}

// The error of a call that must fail.
std::string ErrorOf(const char* const* directories, size_t count, const char* options, int code) {
  EXPECT_EQ(talmach_create(directories, count, options), nullptr);
  EXPECT_EQ(talmach_error_code(), code) << talmach_error_text();
  return talmach_error_text();
}

TEST(CInterfaceTest, ErrorsHaveAKindAndALine) {
  const char* const missing[] = {"no/such/model"};
  const char* const none[] = {nullptr};
  EXPECT_NE(ErrorOf(missing, 1, nullptr, TALMACH_BAD_MODEL).find("no/such/model"),
            std::string::npos);
  ErrorOf(nullptr, 1, nullptr, TALMACH_WRONG_OPTION);
  ErrorOf(none, 1, nullptr, TALMACH_WRONG_OPTION);
  ErrorOf(kDirectories, 0, nullptr, TALMACH_WRONG_OPTION);
  EXPECT_EQ(ErrorOf(kDirectories, 1, "beam-size", TALMACH_WRONG_OPTION),
            "options: expected NAME=VALUE, got 'beam-size'");
  EXPECT_EQ(ErrorOf(kDirectories, 1, "beam_sise=3", TALMACH_WRONG_OPTION),
            "options: there is no 'beam_sise'; did you mean beam_size?");
  EXPECT_NE(
      ErrorOf(kDirectories, 1, "threads=many", TALMACH_WRONG_OPTION).find("threads: expected"),
      std::string::npos);
  EXPECT_NE(
      ErrorOf(kDirectories, 1, "beam_size=0", TALMACH_WRONG_OPTION).find("beam_size: expected"),
      std::string::npos);
  EXPECT_EQ(talmach_translate(nullptr, kLines, 1), nullptr);
  EXPECT_EQ(talmach_error_code(), TALMACH_WRONG_OPTION);
}

TEST(CInterfaceTest, ErrorsBelongToTheirThreadAndGoWithTheNextCall) {
  ErrorOf(kDirectories, 1, "x=1", TALMACH_WRONG_OPTION);
  std::jthread([] { EXPECT_STREQ(talmach_error_text(), ""); }).join();
  talmach_translator* translator = talmach_create(kDirectories, 1, nullptr);
  EXPECT_EQ(talmach_error_code(), TALMACH_OK);
  EXPECT_STREQ(talmach_error_text(), "");
  const char* const null_line[] = {nullptr};
  EXPECT_EQ(talmach_translate(translator, null_line, 1), nullptr);
  EXPECT_EQ(talmach_error_code(), TALMACH_WRONG_OPTION);
  talmach_free(translator);
}

TEST(CInterfaceTest, TheVersionIsTheLibrarys) { EXPECT_STREQ(talmach_version(), "0.1.0"); }

}  // namespace
