"""A folder of src/ includes only folders below it; see docs/architecture.md. No header of tests/ has
the path of one of src/: which of the two is included would depend on the compiler's flags.

usage: python3 tests/folder_order_test.py, from anywhere
"""

import re
import unittest

import source_tree

_NUMERIC = ("base", "tensor", "kernels", "io", "nn")
# What each folder may include besides itself: a folder, or a single header of one.
_ALLOWED = {
    "base": (),
    "tensor": ("base",),
    "kernels": ("base", "tensor"),
    "io": ("base", "tensor"),
    "alignment": ("base",),
    "text": ("base", "alignment"),
    "evaluation": ("base",),
    "attention": ("base", "alignment"),
    "drawing": ("base", "attention"),
    "report": ("base", "text", "evaluation", "drawing"),
    "nn": ("base", "tensor", "kernels", "io"),
    # what a model is fed, and the hash that tells whether a vocabulary belongs to it
    "model": _NUMERIC + ("text/batch.h", "text/tokenizer.h"),
    "search": _NUMERIC + ("model", "text", "attention"),
    "serving": ("base", "search", "attention", "drawing", "text/compression.h"),
    # the option structs of all rooms, which it gives names in YAML
    "config": ("base", "kernels", "nn", "model", "search", "text"),
    "training": _NUMERIC + ("model", "search", "config", "text", "evaluation"),
    "project": _NUMERIC + ("model", "search", "training", "config", "text"),
    # the public interface; picture.cc is all that draws, and a library of its own
    "talmach": _NUMERIC + ("model", "search", "training", "config", "project", "text", "alignment",
                           "evaluation", "attention", "drawing"),
    "cli": _NUMERIC + ("model", "search", "training", "serving", "config", "project", "text",
                       "alignment", "evaluation", "attention", "drawing", "report"),
}
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def violations(source):
    """["nn/gru.cc includes search/beam_search.h", …] of a source tree."""
    found = []
    for name, text in source_tree.code_files(source):
        folder = name.parts[0]
        if folder not in _ALLOWED:
            found.append(f"{name} lies in a folder without a place in the order")
            continue
        for header in _INCLUDE.findall(text):
            other = header.split("/")[0]
            if other != folder and not {other, header} & set(_ALLOWED[folder]):
                found.append(f"{name} includes {header}")
    return found


class FolderOrderTest(source_tree.SourceTreeTest):
    violations = staticmethod(violations)

    def test_the_sources_keep_the_order(self):
        self.check_sources()

    def test_no_header_of_a_test_hides_one_of_the_sources(self):
        headers = [{path.relative_to(root).as_posix() for path in root.rglob("*.h")}
                   for root in (source_tree.SOURCE, source_tree.SOURCE.parent / "tests")]
        self.assertTrue(headers[1])
        self.assertEqual(headers[0] & headers[1], set())

    def test_an_include_of_a_higher_folder_is_found(self):
        self.assertEqual(self.check("nn/gru.cc", '#include "search/beam_search.h"\n'),
                         ["nn/gru.cc includes search/beam_search.h"])
        self.assertEqual(self.check("text/batch.h", '  # include "tensor/tensor.h"\n'),
                         ["text/batch.h includes tensor/tensor.h"])

    def test_an_include_between_neighbours_is_found(self):
        self.assertEqual(self.check("kernels/gemm.cc", '#include "io/safetensors.h"\n'),
                         ["kernels/gemm.cc includes io/safetensors.h"])

    def test_the_model_does_not_read_corpora(self):
        self.assertEqual(self.check("model/encoder.cc", '#include "text/batch.h"\n'), [])
        self.assertEqual(self.check("model/encoder.cc", '#include "text/corpus.h"\n'),
                         ["model/encoder.cc includes text/corpus.h"])

    def test_the_search_draws_nothing(self):
        self.assertEqual(self.check("search/translator.cc", '#include "drawing/picture.h"\n'),
                         ["search/translator.cc includes drawing/picture.h"])

    def test_a_folder_nobody_placed_is_found(self):
        self.assertEqual(len(self.check("misc/things.cc", "")), 1)

    def test_system_headers_and_lower_folders_are_allowed(self):
        self.assertEqual(self.check(
            "cli/main.cc", '#include <vector>\n#include "base/log.h"\n#include "nn/gru.h"\n'), [])


if __name__ == "__main__":
    unittest.main()
