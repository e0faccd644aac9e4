#!/usr/bin/env python3
"""The memory of training must not depend on the size of its text.

Usage: large_corpus_test.py PROGRAM
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from sanitizer import MEMORY_COUNTS

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
from synthetic_text import make_text  # noqa: E402

PROGRAM = ""
SIZES = ["model.embedding_size=16", "model.readout.size=16", "model.encoder.hidden_size=16",
         "model.decoder.hidden_size=16", "model.attention.size=16", "training.workers=1",
         "training.precision=float32"]


class LargeCorpusTest(unittest.TestCase):
    def peak_bytes(self, prefix):
        """Of a short training."""
        done = subprocess.run(
            [PROGRAM, "benchmark", "train", "-c", str(ROOT / "configs/reference.yaml"), "--set",
             f"data.train.source={prefix}.source", f"data.train.target={prefix}.target",
             f"tokenizer.source_model={prefix}.spm", f"tokenizer.target_model={prefix}.spm",
             *SIZES, "--seconds", "0.1", "--json", "--quiet"],
            check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["peak_rss_bytes"]

    def test_memory_does_not_grow_with_the_text(self):
        with tempfile.TemporaryDirectory() as folder:
            peaks, text_bytes = [], 0
            for lines in (10000, 500000):
                prefix = Path(folder) / str(lines)
                make_text(prefix, lines, vocabulary=200, length=20, spread=5)
                peaks.append(self.peak_bytes(prefix))
                text_bytes = sum(prefix.with_suffix(side).stat().st_size
                                 for side in (".source", ".target"))
            self.assertGreater(text_bytes, 30e6)
            if MEMORY_COUNTS:
                self.assertLess(peaks[1] - peaks[0], 8e6,
                                f"with {text_bytes} bytes of text: {peaks}")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
