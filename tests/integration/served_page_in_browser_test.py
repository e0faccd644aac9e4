"""Opens the page of `talmach serve` in Chromium without a window and looks at what it shows.

usage: served_page_in_browser_test.py PATH/TO/talmach
Skipped, visibly, where no Chromium is installed. What the page does with answers is tested with a
server that a script plays (tests/drawing/viewer_in_browser_test.cc); here the server is the real
one, which checks the Host and Origin that a browser sends.
"""

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

PROGRAM = os.path.abspath(sys.argv.pop(1))
MODEL = os.path.join(os.path.dirname(__file__), "..", "golden", "model_v1")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


def run_translate(sentence):
    result = subprocess.run([PROGRAM, "translate", "-m", MODEL, "--quiet"], input=sentence + "\n",
                            capture_output=True, text=True, check=True)
    return result.stdout.rstrip("\n")


@unittest.skipUnless(BROWSER, "needs Chromium: apt-get install chromium")
class ServedPageInBrowserTest(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "-m", MODEL, "--port", "0"],
                                        stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        for line in self.process.stderr:
            found = re.search(r"listening on http://\S+:(\d+)/", line)
            if found:
                self.port = int(found[1])
                return
        self.fail("the server does not start")

    def stop(self):
        self.process.terminate()
        self.process.stderr.close()
        self.process.wait()

    def open(self, address):
        """The page as it is after its scripts have run."""
        with tempfile.TemporaryDirectory() as profile:
            result = subprocess.run(
                [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                 "--disable-sync", "--disable-background-networking", "--disable-component-update",
                 f"--user-data-dir={profile}", "--virtual-time-budget=10000", "--dump-dom",
                 address],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=300)
        return html.unescape(result.stdout)

    def test_shows_the_translation_that_the_address_asks_for(self):
        sentence = "a dog sees a cat"
        page = self.open(f"http://127.0.0.1:{self.port}/?text={urllib.parse.quote(sentence)}")
        self.assertIn(run_translate(sentence), page)
        self.assertIn("Sentence 1, candidate 1", page)

    def test_knows_the_server_by_name(self):
        page = self.open(f"http://localhost:{self.port}/?text=a+cat")
        self.assertIn("Sentence 1, candidate 1", page)


if __name__ == "__main__":
    unittest.main()
