// Any bytes are refused as a model with a CheckpointError or give a tokenizer that can be used.

#include <cstdlib>
#include <numeric>

#include "base/error.h"
#include "fuzz/fuzz_file.h"
#include "text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    const auto tokenizer =
        talmach::Tokenizer::Load(talmach::WriteFuzzFile("f.model", talmach::AsText(bytes, size)));
    for (const char* text :
         {"The dog sees the key.", "ﬁ ½ ㍿ ą́ \u3000y\u2028\x01 🙂 <s>"}) {
      for (const talmach::TokenId id : tokenizer->Encode(text)) tokenizer->PieceOf(id);
      if (tokenizer->CanSample()) tokenizer->Sample(text, 0.1f, 1);
      tokenizer->DecodePieces(tokenizer->EncodePieces(text));
    }
    std::vector<talmach::TokenId> all(tokenizer->size());
    std::iota(all.begin(), all.end(), 0);
    if (tokenizer->Decode(all).find('\n') != std::string::npos) std::abort();
  } catch (const talmach::CheckpointError&) {
  }
  return 0;
}
