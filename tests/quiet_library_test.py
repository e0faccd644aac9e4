"""The library never prints, exits or aborts: only src/cli may (see docs/architecture.md), and what
starts processes of their own.

usage: python3 tests/quiet_library_test.py, from anywhere
"""

import re
import unittest

import source_tree

_FORBIDDEN = re.compile(
    r"\bstd::(cout|cerr|clog|terminate)\b"
    r"|\b(printf|fprintf|vprintf|puts|putchar|perror|abort|exit|quick_exit|_exit|_Exit|assert|raise"
    r"|signal|sigaction)\s*\("
    r"|\bfmt::print\b|\bspdlog::(trace|debug|info|warn|error|critical)\b"
    r"|#\s*include\s*<(iostream|print|cassert|csignal)>")
# They prepare a child's signals, or are the child.
_START_PROCESSES = ("base/child_process.cc", "base/shell_command.cc")
_COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def violations(source):
    """["nn/gru.cc:12: std::cerr", …] of a source tree without its folder cli."""
    found = []
    for name, text in source_tree.code_files(source):
        if name.parts[0] == "cli" or str(name) in _START_PROCESSES:
            continue
        code = _COMMENT_OR_STRING.sub(lambda match: "\n" * match.group().count("\n"), text)
        for match in _FORBIDDEN.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: {match.group()}")
    return found


class QuietLibraryTest(source_tree.SourceTreeTest):
    violations = staticmethod(violations)

    def test_the_library_is_quiet(self):
        self.check_sources()

    def test_printing_exiting_and_aborting_are_found(self):
        self.assertEqual(self.check("nn/gru.cc", '\n  std::cerr << "x";\n'),
                         ["nn/gru.cc:2: std::cerr"])
        for code in ("#include <iostream>", "printf(x);", "std::abort();", "std::exit (1);",
                     "assert(x);", "fmt::print(x);", 'spdlog::warn("x");'):
            self.assertEqual(len(self.check("io/reader.cc", code)), 1, code)

    def test_words_are_not_calls(self):
        self.assertEqual(self.check(
            "io/reader.h", '// printf(x), abort()\nF("exit(1)"); text.snprintf_(x); OnExit();\n'),
                         [])

    def test_the_program_may(self):
        self.assertEqual(self.check("cli/main.cc", "std::cerr << 1; exit(1);"), [])


if __name__ == "__main__":
    unittest.main()
