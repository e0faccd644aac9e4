#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/error.h"
#include "cli/toy_model_directory.h"
#include "text/text_reader.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CorpusCommandTest : public CommandTest {
 protected:
  std::vector<std::string> ReadLines(const std::string& name) const {
    TextReader reader(directory_.Path(name));
    std::vector<std::string> lines;
    for (std::string line; reader.ReadLine(&line);) lines.push_back(line);
    return lines;
  }

  void WriteCompressed(const std::string& name, const std::vector<std::string>& lines) const {
    TextWriter writer(directory_.Path(name));
    for (const std::string& line : lines) writer.WriteLine(line);
    writer.Finish();
  }

  // Cleans the files s and t into S and T.
  void Clean(const Arguments& flags) const {
    Arguments all = {"clean",
                     "-s",
                     directory_.Path("s"),
                     "-t",
                     directory_.Path("t"),
                     "--output-source",
                     directory_.Path("S"),
                     "--output-target",
                     directory_.Path("T"),
                     "--quiet"};
    all.insert(all.end(), flags.begin(), flags.end());
    RunCorpusCommand(all);
  }

  // Splits the files `source` and t into p.*.
  void Split(const Arguments& flags, const std::string& source = "s") const {
    const std::string path = source == "-" ? source : directory_.Path(source);
    Arguments all = {"split",  "-s", path, "-t", directory_.Path("t"), "-o", directory_.Path("p"),
                     "--quiet"};
    all.insert(all.end(), flags.begin(), flags.end());
    RunCorpusCommand(all);
  }

  // A hundred different pairs.
  void WriteHundred() const {
    std::string source;
    std::string target;
    for (int i = 0; i < 100; ++i) {
      source += "source " + std::to_string(i) + "\n";
      target += "target " + std::to_string(i) + "\n";
    }
    Write("s", source);
    Write("t", target);
  }
};

TEST_F(CorpusCommandTest, CleanKeepsThePairsThatPassAndListsTheOthers) {
  Write("s", "one\n\ntwo\nBonn\none\n= 5\nthe very long one\nthree\n");
  Write("t", "eins\nleer\nzwei\nBonn\neins\n= 5 a\nlang\ndrei");
  Clean({"--identical", "--duplicates", "--min-letters", "0.5", "--max-length-ratio", "3",
         "--dropped", directory_.Path("dropped")});
  EXPECT_THAT(ReadLines("S"), ElementsAre("one", "two", "three"));
  EXPECT_THAT(ReadLines("T"), ElementsAre("eins", "zwei", "drei"));
  EXPECT_THAT(ReadLines("dropped"), ElementsAre("2\tempty", "4\tidentical", "5\tduplicate",
                                                "6\tfew_letters", "7\tlength_ratio"));
}

TEST_F(CorpusCommandTest, CleanReadsAndWritesCompressedFiles) {
  WriteCompressed("s.gz", {"a", "b"});
  WriteCompressed("t.zst", {"A", ""});
  RunCorpusCommand({"clean", "-s", directory_.Path("s.gz"), "-t", directory_.Path("t.zst"),
                    "--output-source", directory_.Path("S.zst"), "--output-target",
                    directory_.Path("T.gz"), "--dropped", directory_.Path("d.gz"), "--quiet"});
  EXPECT_THAT(ReadLines("S.zst"), ElementsAre("a"));
  EXPECT_THAT(ReadLines("T.gz"), ElementsAre("A"));
  EXPECT_THAT(ReadLines("d.gz"), ElementsAre("2\tempty"));
  EXPECT_EQ(directory_.Read("S.zst").substr(0, 4), "\x28\xB5\x2F\xFD");
}

TEST_F(CorpusCommandTest, CleanRepairsBytesThatAreNoText) {
  Write("s", std::string("a\xFF\n\0b\n", 6));
  Write("t", "x\ny\n");
  Clean({});
  EXPECT_THAT(ReadLines("S"), ElementsAre("a\uFFFD", "\uFFFDb"));
}

TEST_F(CorpusCommandTest, AllReadColumnsOfAFile) {
  const std::string tsv = Write("p.tsv", "1\tx\ta\n2\ty\tb\tmore\n3\tx\ta\r\n");
  const Arguments corpus = {"--tsv", tsv, "--columns", "3,2"};
  const auto run = [&](Arguments arguments) {
    arguments.insert(arguments.end(), corpus.begin(), corpus.end());
    RunCorpusCommand(arguments);
  };
  run({"clean", "--output-source", directory_.Path("S"), "--output-target", directory_.Path("T"),
       "--duplicates", "--quiet"});
  EXPECT_THAT(ReadLines("S"), ElementsAre("a", "b"));
  EXPECT_THAT(ReadLines("T"), ElementsAre("x", "y"));
  run({"split", "-o", directory_.Path("q"), "--valid", "1", "--test", "0", "--quiet"});
  EXPECT_THAT(ReadLines("q.valid.source"), ElementsAre("b"));
  EXPECT_THAT(ReadLines("q.train.target"), ElementsAre("x", "x"));
  run({"stats", "--format", "json", "-o", directory_.Path("out")});
  EXPECT_THAT(directory_.Read("out"), HasSubstr(R"("pairs":3,"repeated":1)"));
}

TEST_F(CorpusCommandTest, MissingColumnsAreNamed) {
  const std::string tsv = Write("p.tsv", "a\tb\nc\n");
  const auto stats = [&](const Arguments& more) {
    Arguments all = {"stats", "--tsv", tsv};
    all.insert(all.end(), more.begin(), more.end());
    return MessageOf<Error>([&] { RunCorpusCommand(all); });
  };
  EXPECT_THAT(stats({}), HasSubstr("p.tsv:2: a column is missing"));
  EXPECT_THAT(stats({"--columns", "2"}), HasSubstr("--columns: expected two columns from 1"));
  EXPECT_THAT(stats({"--columns", "0,1"}), HasSubstr("--columns: expected two columns from 1"));
  EXPECT_THAT(stats({"-s", tsv}), HasSubstr("a TSV alone"));
}

TEST_F(CorpusCommandTest, CleanThatFailsWritesNothing) {
  Write("s", "a\nb\n");
  Write("t", "a\n");
  EXPECT_THAT(MessageOf<DataError>([&] { Clean({}); }), HasSubstr("2 and 1"));
  Write("t", "a\nb\n");
  EXPECT_THAT(MessageOf<DataError>([&] { Clean({"--identical"}); }),
              HasSubstr("no pair is left; of 2 pairs left out: 2 with identical sides"));
  EXPECT_THAT(MessageOf<ConfigError>([&] {
                Clean({"--max-length-ratio", "0.5"});
              }),
              HasSubstr("--max-length-ratio: expected 0 or a number from 1"));
  EXPECT_THAT(MessageOf<ConfigError>([&] {
                Clean({"--dropped", directory_.Path("s")});
              }),
              HasSubstr("write over"));
  EXPECT_FALSE(std::filesystem::exists(directory_.Path("S")));
  EXPECT_FALSE(std::filesystem::exists(directory_.Path("T")));
  EXPECT_EQ(directory_.Read("s"), "a\nb\n");
}

TEST_F(CorpusCommandTest, SplitWritesEachPairToOnePart) {
  WriteHundred();
  Split({"--valid", "20", "--test", "10", "--compress", "gz"});
  EXPECT_THAT(ReadLines("p.valid.source.gz"), SizeIs(20));
  EXPECT_THAT(ReadLines("p.test.source.gz"), SizeIs(10));
  std::set<std::string> all;
  for (const std::string part : {"train", "valid", "test"}) {
    const auto sources = ReadLines("p." + part + ".source.gz");
    const auto targets = ReadLines("p." + part + ".target.gz");
    ASSERT_EQ(sources.size(), targets.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      EXPECT_EQ(sources[i].substr(6), targets[i].substr(6));
      all.insert(sources[i]);
    }
  }
  EXPECT_THAT(all, SizeIs(100));
}

TEST_F(CorpusCommandTest, SplitWritesNoSetOfNoPairs) {
  WriteHundred();
  Split({"--valid", "20", "--test", "0"});
  EXPECT_THAT(ReadLines("p.train.source"), SizeIs(80));
  EXPECT_FALSE(std::filesystem::exists(directory_.Path("p.test.source")));
}

TEST_F(CorpusCommandTest, SplitRefusesWhatItCannotDo) {
  WriteHundred();
  const auto complaint = [&](const Arguments& flags, const std::string& source = "s") {
    return MessageOf<Error>([&] { Split(flags, source); });
  };
  EXPECT_THAT(complaint({"--valid", "90", "--test", "20"}), HasSubstr("cannot be split; expected"));
  EXPECT_THAT(complaint({"--valid", "80", "--test", "20"}), HasSubstr("and a rest"));
  EXPECT_THAT(complaint({"--valid", "0", "--test", "0"}), HasSubstr("at least one above 0"));
  EXPECT_THAT(complaint({}, "-"), HasSubstr("read twice"));
  EXPECT_THAT(complaint({}, "none"), HasSubstr("none"));
  Write("p.valid.source", "mine\n");
  EXPECT_THAT(complaint({}, "p.valid.source"), HasSubstr("write over"));
  EXPECT_FALSE(std::filesystem::exists(directory_.Path("p.train.source")));
}

TEST_F(CorpusCommandTest, StatsPrintsTextJsonAndAPage) {
  Write("s", "ba be\nbi\nba be\n");
  Write("t", "bo\nbu\nbo\n");
  const Arguments corpus = {"stats", "-s", directory_.Path("s"), "-t", directory_.Path("t")};
  Arguments json = corpus;
  json.insert(json.end(),
              {"--valid-source", Write("vs", "bi\nda\n"), "--valid-target", Write("vt", "bu\ndu\n"),
               "--test-source", Write("xs", "da\n"), "--test-target", Write("xt", "bo\n"),
               "--source-model", ToyCorpus::Get().tokenizer()->path(), "--format", "json", "--html",
               directory_.Path("page.html")});
  const std::string printed = Printed(RunCorpusCommand, json);
  EXPECT_THAT(printed, HasSubstr(R"("name":"training","pairs":3,"repeated":1)"));
  EXPECT_THAT(printed, HasSubstr(R"("pieces":)"));
  EXPECT_THAT(printed, HasSubstr(R"({"of":"validation","in":"training","lines":2,"pairs":1,)"
                                 R"("sources":1,"targets":1})"));
  EXPECT_THAT(printed, HasSubstr(R"({"of":"test","in":"training","lines":1,"pairs":0,)"
                                 R"("sources":0,"targets":1})"));
  EXPECT_THAT(printed, HasSubstr(R"({"of":"test","in":"validation","lines":1,"pairs":0,)"
                                 R"("sources":1,"targets":0})"));
  EXPECT_THAT(directory_.Read("page.html"), HasSubstr("<svg"));
  EXPECT_THAT(Printed(RunCorpusCommand, corpus), HasSubstr("1 (33.33 %)"));
}

TEST_F(CorpusCommandTest, StatsReadsWhatIsNoUtf8) {
  Write("s", "Gr\xFC\xDF\ngut\n");
  Write("t", std::string("b\0y\0e\0\nGrÃ¼n\n", 15));
  const std::string printed = Printed(RunCorpusCommand, {"stats", "-s", directory_.Path("s"), "-t",
                                                         directory_.Path("t"), "--format", "json"});
  EXPECT_THAT(printed, HasSubstr(R"("utf16":0,"single_byte":1,"invalid":0,)"));
  EXPECT_THAT(printed, HasSubstr(R"("utf16":1,"single_byte":0,"invalid":0,)"));
  EXPECT_THAT(printed, HasSubstr(R"("double_encoded":1)"));
}

TEST_F(CorpusCommandTest, StatsRefusesHalfACorpus) {
  Write("s", "a\nb\n");
  const auto stats = [&](const std::string& target, const Arguments& more) {
    Arguments all = {"stats", "-s", directory_.Path("s"), "-t", target};
    all.insert(all.end(), more.begin(), more.end());
    return MessageOf<Error>([&] { RunCorpusCommand(all); });
  };
  EXPECT_THAT(stats(Write("t", "a\n"), {"-o", directory_.Path("out")}), HasSubstr("2 and 1"));
  EXPECT_FALSE(std::filesystem::exists(directory_.Path("out")));
  EXPECT_THAT(stats(Write("t", "a\nb\n"), {"--valid-source", directory_.Path("s")}),
              HasSubstr("--valid-source, --valid-target: expected both or neither"));
  EXPECT_THAT(stats("-", {"--test-source", "-", "--test-target", directory_.Path("t")}),
              HasSubstr("standard input can be read once"));
  EXPECT_THAT(stats(directory_.Path("t"), {"-o", directory_.Path("s")}), HasSubstr("write over"));
}

}  // namespace
}  // namespace talmach
