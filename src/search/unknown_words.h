// What happens to words the model has no piece for.
#pragma once

namespace talmach {

/// `kAllow`: a produced `<unk>` is printed as SentencePiece prints it; `kBan`: it is never
/// produced; `kReplace`: each `<unk>` becomes the source word with the largest attention (Luong et
/// al. 2015).
enum class UnknownWords { kAllow, kBan, kReplace };

}  // namespace talmach
