// Tested by tests/config/config_test.cc.
#include "config/key_sections.h"

namespace talmach {
namespace {

// Of the first corpus: see corpus_keys.h.
void AddCorpora(ConfigKeyTable& table) {
  table.Path("data.train.source", kReported, TALMACH_FIELD(data.train.front().source),
             "training text, a sentence per line; plain, .gz or .zst");
  table.Also({"train_sets", "train_source", "train_src", "path_src", "src"});
  table.Path("data.train.target", kReported, TALMACH_FIELD(data.train.front().target),
             "its translation: line i translates line i");
  table.Also({"train_target", "train_tgt", "train_trg", "path_tgt", "tgt", "trg"});
  table.Path("data.train.tsv", kReported, TALMACH_FIELD(data.train.front().tsv),
             "instead of both: one file, a pair per line in columns separated by tabs");
  table.Columns("data.train.columns", RefusedIf(IsTsv), TALMACH_ENUM(data.train.front().columns),
                "where in the TSV the source and the target are");
  table.Text("data.train.name", kFree, TALMACH_FIELD(data.train.front().name), "a name",
             "of the corpus, in logs; by default the name of its first file");
  table.Number("data.train.weight", RefusedIf(IsMixedByWeights),
               TALMACH_FIELD(data.train.front().weight), Positive(),
               "share of the corpus where `mixing` is weights; by default its number of pairs");
  table.UnsetAtZero();
  table.Text("data.train.tag", kRefused, TALMACH_FIELD(data.train.front().tag), "words",
             "put before each source, such as `<bt>`; each must be a piece of the tokenizer");
  table.Path("data.train.links", LinksOfCorpusRule(), TALMACH_FIELD(data.train.front().links),
             "word links of the corpus, a line per pair, for guided alignment");
  table.Choice("data.mixing", RefusedIf(HasSeveralCorpora), TALMACH_ENUM(data.mixing.type),
               WordsOf({CorpusMixing::kAll, CorpusMixing::kWeights}),
               "an epoch has each pair of all corpora once (all), or as many pairs, shared among "
               "the corpora by weight");
  table.Also({"sampling_method"});
  table.Number("data.mixing_temperature", RefusedIf(IsMixedByWeights),
               TALMACH_FIELD(data.mixing.temperature), Positive(),
               "T: shares are proportional to weight^(1/T); above 1 they are more even");
  table.Also({"sampling_temperature"});
}

// What few change about building a tokenizer.
void AddTokenizerTraining(ConfigKeyTable& table) {
  using Rule = TokenizerTrainerOptions::Normalization;
  table.Choice("tokenizer.normalization", kBuiltIn, TALMACH_ENUM(tokenizer.normalization),
               Words{{"nmt_nfkc", static_cast<int>(Rule::kNmtNfkc)},
                     {"nfkc", static_cast<int>(Rule::kNfkc)},
                     {"nmt_nfkc_cf", static_cast<int>(Rule::kNmtNfkcFolded)},
                     {"nfkc_cf", static_cast<int>(Rule::kNfkcFolded)},
                     {"identity", static_cast<int>(Rule::kIdentity)}},
               "what is done to text first: Unicode's NFKC, with a tidier white space (nmt), in "
               "lower case (cf), or nothing");
  table.Also({"normalization_rule_name"});
  table.Switch("tokenizer.split_digits", kBuiltIn, TALMACH_FIELD(tokenizer.split_digits),
               "every digit is a piece of its own");
  table.Switch("tokenizer.split_by_unicode_script", kBuiltIn,
               TALMACH_FIELD(tokenizer.split_by_unicode_script),
               "no piece mixes letters of different scripts");
  table.Switch("tokenizer.split_by_whitespace", kBuiltIn,
               TALMACH_FIELD(tokenizer.split_by_whitespace),
               "no piece reaches over a space; false lets frequent phrases become pieces");
  table.Number("tokenizer.max_sentencepiece_length", kBuiltIn,
               TALMACH_FIELD(tokenizer.max_sentencepiece_length), Bounds(1, 512),
               "characters of the longest piece");
  table.Number("tokenizer.max_sentence_length", kBuiltIn,
               TALMACH_FIELD(tokenizer.max_sentence_length), Bounds(10, 1e9),
               "bytes; the tokenizer is built without longer lines");
  table.Number("tokenizer.input_sentence_size", kBuiltIn,
               TALMACH_FIELD(tokenizer.input_sentence_size), Bounds(0, 1e12),
               "build it from so many random lines of the text; 0: from all");
}

}  // namespace

void AddData(ConfigKeyTable& table) {
  AddCorpora(table);
  table.Path("data.valid.source", ReportedIf(HasValidation), TALMACH_FIELD(data.valid_source),
             "validation text; without it nothing is validated");
  table.Also({"valid_sets", "valid_source", "valid_src", "dev"});
  table.Path("data.valid.target", ReportedIf(HasValidation), TALMACH_FIELD(data.valid_target),
             "its translation, also the reference of the metrics");
  table.Also({"valid_target", "valid_tgt", "valid_trg"});
  table.Number("data.max_length", kRefused, TALMACH_FIELD(data.max_length), Bounds(1, 10000),
               "training pairs with more tokens on a side are left out");
  table.Also({"max_len", "max_sent_length", "max_sentence_length", "max_seq_length",
              "src_seq_length", "tgt_seq_length", "max_source_positions", "max_target_positions"});
}

void AddTokenizer(ConfigKeyTable& table) {
  using Type = TokenizerTrainerOptions::Type;
  table.Choice(
      "tokenizer.type", kBuiltIn, TALMACH_ENUM(tokenizer.type),
      Words{{"unigram", static_cast<int>(Type::kUnigram)},
            {"bpe", static_cast<int>(Type::kBpe)},
            {"char", static_cast<int>(Type::kChar)},
            {"word", static_cast<int>(Type::kWord)},
            {"given", static_cast<int>(Type::kGiven)}},
      "kind of pieces: by probability, by merges, characters or words, all made by SentencePiece; "
      "given: those of the text, which is in pieces already, with spaces between them");
  table.Also({"model_type", "level", "tokenizer_type"});
  table.Number("tokenizer.vocabulary_size", kBuiltIn, TALMACH_FIELD(tokenizer.vocabulary_size),
               Bounds(8, 1000000), "pieces; lowered if the text has fewer");
  table.Also({"vocab_size", "voc_limit", "dim_vocabs", "src_vocab_size", "tgt_vocab_size",
              "src_words_min_frequency", "vocab", "num_merges"});
  table.Switch("tokenizer.joint", kBuiltIn, TALMACH_FIELD(tokenizer.joint),
               "one model for both languages; `tied_embeddings: all` needs it");
  table.Also({"share_vocab", "joined_dictionary", "joint_vocab", "joint_vocabulary"});
  table.Number("tokenizer.character_coverage", kBuiltIn,
               TALMACH_FIELD(tokenizer.character_coverage), Bounds(0.98, 1),
               "share of the text's characters that get a piece");
  table.Also({"coverage"});
  table.List("tokenizer.symbols", kBuiltIn, TALMACH_LIST(tokenizer.symbols), "list of words",
             "pieces that are never split, such as tags and placeholders");
  table.Also({"user_defined_symbols", "extra_special_tokens", "special_symbols"});
  table.Switch("tokenizer.byte_fallback", kBuiltIn, TALMACH_FIELD(tokenizer.byte_fallback),
               "characters without a piece become the pieces of their bytes, never `<unk>`");
  AddTokenizerTraining(table);
  table.Number(
      "tokenizer.sampling_alpha", kRefused, TALMACH_FIELD(data.sampling_alpha), Bounds(0, 100),
      "random segmentation in training: for unigram the exponent of probabilities, so that "
      "small values give more varied pieces; for bpe the share of merges left out; 0: none");
  table.Also({"sentencepiece_alphas", "bpe_dropout", "src_subword_alpha"});
  table.Path(
      "tokenizer.source_model", kBuiltIn, TALMACH_FIELD(tokenizer.source_model),
      "a SentencePiece model, whatever ids it reserves, or a list of pieces, to use instead of "
      "building one");
  table.Also({"src_vocab", "vocabs", "src_subword_model"});
  table.Path("tokenizer.target_model", kBuiltIn, TALMACH_FIELD(tokenizer.target_model),
             "likewise; both or none are given");
  table.Also({"tgt_vocab", "tgt_subword_model"});
  table.Path("tokenizer.source_pieces", kBuiltIn, TALMACH_FIELD(tokenizer.source_pieces),
             "the pieces of `type: given`, one per line, perhaps with counts; without it the most "
             "frequent ones of the training text");
  table.Path("tokenizer.target_pieces", kBuiltIn, TALMACH_FIELD(tokenizer.target_pieces),
             "likewise; both or none are given");
}

}  // namespace talmach
