// Tested by tests/config/config_test.cc.
#include "config/key_sections.h"

namespace talmach {

void AddModel(ConfigKeyTable& table) {
  const Bounds size(1, 65536);
  table.Number("model.embedding_size", kRefused, TALMACH_FIELD(model.embedding_size), size,
               "numbers per token, E");
  table.Also({"embedding_dim", "dim_emb", "word_vec_size", "emb_size", "encoder_embed_dim",
              "decoder_embed_dim"});
  table.Choice("model.tied_embeddings", kRefused, TALMACH_ENUM(model.tied_embeddings),
               WordsOf({TiedEmbeddings::kAll, TiedEmbeddings::kDecoder, TiedEmbeddings::kNone}),
               "one matrix for source, target and output (all), for target and output (decoder)");
  table.Also({"share_embeddings", "tied_embeddings_all", "tied_embeddings_src", "tie_embeddings",
              "tied_softmax", "share_all_embeddings", "share_decoder_embeddings",
              "share_decoder_input_output_embed"});
  table.Number("model.encoder.layers", kRefused, TALMACH_FIELD(model.encoder.layers), Bounds(1, 64),
               "bidirectional GRU layers");
  table.Also({"num_layers", "enc_depth", "enc_layers", "encoder_layers", "n_layers"});
  table.Number("model.encoder.hidden_size", kRefused, TALMACH_FIELD(model.encoder.hidden_size),
               size, "numbers per direction, H");
  table.Also({"dim_rnn", "rnn_size", "hidden", "hid_dim", "enc_hid_size", "encoder_hidden_size"});
  table.Switch("model.encoder.layer_norm", kRefused, TALMACH_FIELD(model.encoder.layer_norm),
               "normalise the inputs of the gates");
  table.Choice("model.decoder.type", kRefused, TALMACH_ENUM(model.decoder.type),
               WordsOf({DecoderType::kBahdanau, DecoderType::kConditional}),
               "attention asks with the previous state, or with one that has read the previous "
               "token");
  table.Number("model.decoder.hidden_size", kRefused, TALMACH_FIELD(model.decoder.hidden_size),
               size, "numbers in the decoder's state");
  table.Also({"dim_rnn", "rnn_size", "hidden", "hid_dim", "dec_hid_size", "decoder_hidden_size"});
  table.Choice("model.decoder.initial_state", kRefused, TALMACH_ENUM(model.decoder.initial_state),
               WordsOf({InitialState::kMean, InitialState::kFirstBackward, InitialState::kZero}),
               "the first state: from the mean annotation, from the first backward state, or zero");
  table.Also({"init_hidden"});
  table.Switch("model.decoder.layer_norm", kRefused, TALMACH_FIELD(model.decoder.layer_norm),
               "normalise the inputs of the gates");
  table.Number("model.attention.size", kRefused, TALMACH_FIELD(model.attention.size), size,
               "numbers in the space where query and keys are added, A");
  table.Also({"attn_size", "attention_size", "dim_att"});
  table.Switch("model.attention.bias", kRefused, TALMACH_FIELD(model.attention.bias),
               "a bias inside the activation");
  table.Choice("model.attention.activation", kRefused, TALMACH_ENUM(model.attention.activation),
               WordsOf({AttentionActivation::kTanh, AttentionActivation::kRelu}),
               "of query plus key");
  table.Choice("model.attention.scale", kRefused, TALMACH_ENUM(model.attention.scale),
               WordsOf({AttentionScale::kVector, AttentionScale::kNone}),
               "energies are the product with a learned vector, or a plain sum");
  table.Number("model.attention.temperature", kRefused, TALMACH_FIELD(model.attention.temperature),
               Positive(), "divides the energies; below 1 sharpens the weights");
  table.Number(
      "model.readout.size", kRefused, TALMACH_FIELD(model.readout.size), size,
      "numbers before the output layer, R; tied embeddings need embedding_size, which is taken "
      "unless this key is set");
  table.Choice("model.readout.activation", kRefused, TALMACH_ENUM(model.readout.activation),
               WordsOf({ReadoutActivation::kTanh, ReadoutActivation::kMaxout}), "of the readout");
  table.Path("model.pretrained_embeddings", kReported,
             TALMACH_FIELD(training.pretrained_embeddings),
             "vectors of pieces in word2vec's text format, plain, .gz or .zst, which a new run's "
             "embeddings start with; a resumed run does not read it");
  table.Also({"embedding_vectors", "pre_word_vecs_enc", "pre_word_vecs_dec", "src_embeddings",
              "tgt_embeddings", "both_embeddings", "encoder_embed_path", "decoder_embed_path",
              "load_pretrained_embeddings"});
}

void AddDropout(ConfigKeyTable& table) {
  table.Number("model.dropout.embedding", kRefused, TALMACH_FIELD(model.dropout.embedding), Rate(),
               "probability of dropping elements of the embeddings, in training");
  table.Also({"dropout_emb", "emb_dropout", "embedding_dropout", "dropout_rate"});
  table.Number("model.dropout.state", kRefused, TALMACH_FIELD(model.dropout.state), Rate(),
               "elements of recurrent states, the same for a whole sentence");
  table.Also({"dropout_rnn", "rnn_dropout", "hidden_dropout"});
  table.Number("model.dropout.annotation", kRefused, TALMACH_FIELD(model.dropout.annotation),
               Rate(), "elements of what each encoder layer hands on");
  table.Number("model.dropout.readout", kRefused, TALMACH_FIELD(model.dropout.readout), Rate(),
               "elements of the readout");
  table.Number("model.dropout.attention", kRefused, TALMACH_FIELD(model.dropout.attention), Rate(),
               "attention weights");
  table.Also({"attention_dropout", "attn_dropout"});
  table.Number("model.dropout.source_word", kRefused, TALMACH_FIELD(model.dropout.source_word),
               Rate(), "source tokens, replaced by `<unk>`");
  table.Also({"dropout_src", "word_dropout", "token_dropout"});
  table.Number("model.dropout.target_word", kRefused, TALMACH_FIELD(model.dropout.target_word),
               Rate(), "decoder inputs, replaced by `<unk>`");
  table.Also({"dropout_trg", "dropout_tgt"});
}

}  // namespace talmach
