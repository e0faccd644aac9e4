// Opens the viewer's page in Chromium without a window and uses it. Skipped, visibly, where no
// Chromium is installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "drawing/html_viewer.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

std::string Output(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer;
  for (std::size_t count; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), count);
  }
  pclose(pipe);
  return output;
}

// Two hundred sentences; the first has pieces to merge, a second candidate and a second matrix.
std::string SamplePage() {
  HtmlViewer viewer("<b>Sample</b>");
  AttentionMap first{.line = 0,
                     .source = {"▁Ein", "▁Hu", "nd", "</s>"},
                     .target = {"▁A", "▁dog", "</s>"},
                     .weights = {0.9f, 0.05f, 0.05f, 0, 0, 0.5f, 0.5f, 0, 0, 0, 0.1f, 0.9f},
                     .score = -0.5};
  first.layers = {{.name = "saliency", .values = {1, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0, 2}}};
  viewer.Add(first);
  first.target[1] = "▁hound";
  viewer.Add(first);
  for (Index line = 1; line < 200; ++line) {
    viewer.Add({.line = line,
                .source = {line % 3 == 0 ? "▁Hund" : "▁Katze", "</s>"},
                .target = {line % 3 == 0 ? "▁dog" : "▁cat", "</s>"},
                .weights = {0.75f, 0.25f, 0, 1},
                .score = -static_cast<double>(line * 37 % 101)});
  }
  return viewer.Page();
}

// Runs tests/drawing/<script>, after report.js, inside `page` and expects all its checks to hold.
// `query` ends the page's address.
void RunInBrowser(std::string page, const std::string& script_name, const std::string& query = "") {
  const std::string browser = Output("command -v chromium || command -v chromium-browser");
  ASSERT_FALSE(browser.empty()) << "needs Chromium: apt-get install chromium";

  const TemporaryDirectory directory;
  std::ostringstream script;
  script << std::ifstream("tests/drawing/report.js").rdbuf()
         << std::ifstream("tests/drawing/" + script_name).rdbuf();
  page.insert(page.rfind("</body>"), "<script>(() => {" + script.str() + "})();</script>");
  const std::string output =
      Output("timeout 100 " + browser.substr(0, browser.find('\n')) +
             " --headless --no-sandbox --disable-gpu --no-first-run --disable-sync"
             " --disable-background-networking --disable-component-update --window-size=1200,900"
             " --user-data-dir=" +
             directory.Path("profile") + " --virtual-time-budget=5000 --dump-dom 'file://" +
             directory.Write("page.html", page) + query + "' 2>/dev/null");

  const auto start = output.find("<pre id=\"results\">");
  ASSERT_NE(start, output.npos) << "the script did not run to its end";
  const std::string results = output.substr(start, output.find("</pre>", start) - start);
  EXPECT_THAT(results, ::testing::Not(::testing::HasSubstr("FAIL"))) << results;
  EXPECT_THAT(results, ::testing::EndsWith("done"));
}

TEST(ViewerInBrowserTest, WorksAsAReaderWouldUseIt) {
  RunInBrowser(SamplePage(), "viewer_script.js");
}

TEST(ViewerInBrowserTest, ALivePageAsksItsServer) {
  RunInBrowser(LiveViewerPage("Live", /*beam_size=*/5), "live_script.js", "?text=Null");
}

}  // namespace
}  // namespace talmach
