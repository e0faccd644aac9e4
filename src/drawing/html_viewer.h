// One self-contained HTML page for a whole file of attention maps: search and sort the sentences,
// see each as linked words and as a matrix, in pieces or words. The page (src/drawing/viewer/)
// needs no network and asks for none; its content security policy forbids it.
//
// Texts reach the page as JSON that only a parser reads, never as HTML. Weights are stored in a
// byte each on a square-root scale: the error is at most 0.004 near 1 and falls to 0.0001 near
// 0.001. The page unpacks the matrix of a sentence when it is looked at, so a thousand sentences
// load at once.
//
// The same page can be live: served by src/serving, it sends what is typed to the address `records`
// beside it and shows the records that come back.
#pragma once

#include <memory>
#include <string>

#include "attention/attention_map.h"
#include "base/types.h"

namespace talmach {

/// Collects maps and makes the page. Maps with the same `line` become candidates of one sentence,
/// in the order they were added.
class HtmlViewer {
 public:
  explicit HtmlViewer(const std::string& title);
  ~HtmlViewer();
  HtmlViewer(const HtmlViewer&) = delete;
  HtmlViewer& operator=(const HtmlViewer&) = delete;

  void Add(const AttentionMap& map);

  /// The page with everything added so far.
  std::string Page() const;

 private:
  struct Data;
  std::unique_ptr<Data> data_;
};

/// The page without sentences, with a field to type them in. `beam_size` is what it asks for until
/// the reader changes it.
std::string LiveViewerPage(const std::string& title, Index beam_size);

/// The record of a translation, as JSON that the page reads; `text` is the translation as users
/// read it.
std::string ViewerRecord(const AttentionMap& map, const std::string& text);

}  // namespace talmach
