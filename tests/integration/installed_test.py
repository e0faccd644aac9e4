"""What `cmake --install` leaves is what programs need: the examples are built against it with CMake
and with pkg-config, static and shared, in C++ and in C; headers stand alone and their examples run;
a shared library shows nothing but the public names. The source tree works as a subproject, too.

usage: installed_test.py BUILD_FOLDER CMAKE C++_COMPILER C_COMPILER

Both kinds of libraries are tried if the build has both.
"""

import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

import toy

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "examples"
MODEL = REPOSITORY / "tests" / "golden" / "model_v1"
_STANDARD_HEADER = r"[a-z_]+|stddef\.h"


def run(*command, **options):
    """Standard output of a command that must succeed."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.stdout}{result.stderr}")
    return result.stdout


def opening_example(header):
    """(#include lines, other lines) of the example in the first comment of a header: its first
    indented block, which ends where prose goes on."""
    comment = re.match(r"(//.*\n)+|/\*.*?\*/", header, re.DOTALL).group()
    code = []
    for line in comment.splitlines():
        if re.match(r"(//|/\*| \*)   ", line):
            code.append(line[5:])
        elif code and re.match(r"(//|/\*| \*) \S", line):
            break
    includes = [line for line in code if line.startswith("#include")]
    return includes, [line for line in code if not line.startswith("#include")]


class InstalledTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.work = pathlib.Path(cls.folder.name)
        cls.prefix = cls.work / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)
        cls.library = next(cls.prefix.rglob("talmach.pc")).parents[1]
        cls.shared = cls.library / "libtalmach.so"
        cls.kinds = [kind for kind, path in (("static", cls.library / "libtalmach.a"),
                                             ("shared", cls.shared)) if path.exists()]
        cls.headers = sorted((cls.prefix / "include" / "talmach").iterdir())

    def check_translations(self, program):
        environment = {**os.environ, "LD_LIBRARY_PATH": str(self.library)}
        text = (MODEL / "input.txt").read_text(encoding="utf-8")
        lines = run(program, MODEL, input=text, env=environment).splitlines()
        lines = [re.sub(r"^-?\d+\.\d+ ", "", line) for line in lines if not line.startswith("  ")]
        self.assertEqual(lines, (MODEL / "expected.txt").read_text(encoding="utf-8").splitlines())

    def compile(self, compiler, source, kind):
        """A program by pkg-config. Where both kinds lie in a folder the linker takes the shared."""
        program = self.work / f"{source.stem}_{kind}"
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.library / "pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", *(["--static"] * (kind == "static")),
                    "talmach", env=environment).split()
        if kind == "static":
            flags = [str(self.library / "libtalmach.a") if flag == "-ltalmach" else flag
                     for flag in flags]
        run(*compiler, source, "-o", program, *flags)
        return program

    def test_the_program_runs_where_it_is_installed(self):
        self.assertIn("talmach", run(self.prefix / "bin" / "talmach", "--version"))

    def test_find_package_finds_the_library(self):
        for kind in self.kinds:
            for name in ("translate", "translate_c"):
                with self.subTest(kind=kind, name=name):
                    build = self.work / f"{name}_{kind}_build"
                    run(CMAKE, "-S", EXAMPLES / name, "-B", build,
                        f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_CXX_COMPILER={CXX}",
                        f"-DCMAKE_C_COMPILER={CC}",
                        f"-Dtalmach_USE_STATIC_LIBS={'ON' if kind == 'static' else 'OFF'}")
                    run(CMAKE, "--build", build)
                    self.check_translations(build / name)

    def test_pkg_config_finds_the_library(self):
        for kind in self.kinds:
            with self.subTest(kind=kind):
                self.check_translations(self.compile(
                    [CXX, "-std=c++20"], EXAMPLES / "translate" / "translate.cc", kind))
                self.check_translations(self.compile(
                    [CC, "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"],
                    EXAMPLES / "translate_c" / "translate.c", kind))

    def test_translating_takes_no_library_that_draws(self):
        program = self.compile([CXX, "-std=c++20"], EXAMPLES / "translate" / "translate.cc",
                               self.kinds[0])
        libraries = self.run_there("ldd", program)
        self.assertIn("dnnl", libraries)
        self.assertNotRegex(libraries, "pango|cairo")

    def test_only_public_headers_are_installed_and_each_stands_alone(self):
        self.assertEqual([path.name for path in (self.prefix / "include").iterdir()], ["talmach"])
        self.assertIn("translator.h", [header.name for header in self.headers])
        for header in self.headers:
            with self.subTest(header=header.name):
                run(CXX, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-pedantic",
                    "-I", self.prefix / "include", "-include", f"talmach/{header.name}",
                    "-x", "c++", "/dev/null")
                for quoted, name in re.findall(r'^#include ([<"])(.*)[>"]', header.read_text(),
                                               re.MULTILINE):
                    if quoted == '"':
                        self.assertRegex(name, r"^talmach/[a-z_]+\.h$")
                    else:
                        self.assertRegex(name, rf"^({_STANDARD_HEADER})$")

    def test_the_examples_in_the_headers_run(self):
        includes, functions = set(), []
        for header in self.headers:
            if header.name in ("namespace.h", "picture.h", "talmach.h"):
                continue
            own_includes, code = opening_example(header.read_text(encoding="utf-8"))
            self.assertTrue(code, f"{header.name} opens without an example")
            includes.update([f"#include <talmach/{header.name}>", *own_includes])
            functions.append("void " + header.stem.title() + "() {\n" + "\n".join(code) + "\n}\n")
        source = self.work / "examples.cc"
        calls = "".join(re.match(r"void (\w+\(\))", function).group(1) + "; "
                        for function in functions)
        source.write_text(
            "#include <fstream>\n#include <iostream>\n" + "\n".join(sorted(includes)) + "\n" +
            "\n".join(functions).replace('{"runs/phrasebook/model"}', f'{{"{MODEL}"}}')
            .replace("configs/phrasebook.yaml", "toy.yaml") +
            "\nint main() { " + calls + "}\n", encoding="utf-8")
        program = self.compile([CXX, "-std=c++20", "-Wall", "-Werror"], source, self.kinds[-1])
        toy.write_corpus(self.work, random.Random(1))
        (self.work / "toy.yaml").write_text(toy.CONFIG, encoding="utf-8")
        self.run_there(program)

    def test_the_example_of_the_c_interface_runs(self):
        header = (self.prefix / "include" / "talmach" / "talmach.h").read_text(encoding="utf-8")
        includes, code = opening_example(header)
        source = self.work / "example.c"
        source.write_text("\n".join(["#include <stdio.h>", *includes, "int main(void) {", *code,
                                     "return talmach_error_code();\n}\n"])
                          .replace("runs/phrasebook/model", str(MODEL)), encoding="utf-8")
        program = self.compile([CC, "-std=c99", "-Wall", "-Werror"], source, self.kinds[-1])
        self.assertTrue(self.run_there(program).strip())

    def run_there(self, *command):
        return run(*command, cwd=self.work,
                   env={**os.environ, "LD_LIBRARY_PATH": str(self.library)})

    def test_the_shared_library_shows_only_public_names(self):
        if "shared" not in self.kinds:
            self.skipTest("this build has no shared library")
        for library in self.library.glob("libtalmach*.so"):
            names = [line.split(" ", 2)[2] for line in
                     run("nm", "-DC", "--defined-only", library).splitlines()]
            self.assertTrue(names)
            foreign = [name for name in names if not re.match(
                r"(talmach_|talmach::v1::|(typeinfo|typeinfo name|vtable) for talmach::v1::)",
                name)]
            self.assertEqual(foreign, [], library.name)
        self.assertIn("talmach::v1::Translator::Translate(",
                      run("nm", "-DC", "--defined-only", self.shared))
        self.assertRegex(run("readelf", "-d", self.shared), r"SONAME.*libtalmach\.so\.0\.1\]")

    def test_a_subproject_is_the_library_and_nothing_else(self):
        build = self.work / "subproject"
        run(CMAKE, "-S", EXAMPLES / "subproject", "-B", build, "-DCMAKE_BUILD_TYPE=Debug",
            "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", f"-DCMAKE_CXX_COMPILER={CXX}")
        commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
        inside = [str(path.relative_to(REPOSITORY)) for path in
                  (pathlib.Path(entry["file"]) for entry in commands)
                  if REPOSITORY in path.parents]
        self.assertIn("src/talmach/translator.cc", inside)
        self.assertEqual([path for path in inside if not path.startswith("src/")],
                         ["examples/translate/translate.cc"])
        self.assertEqual([path for path in inside
                          if path.split("/")[1] in ("cli", "serving", "report", "drawing")], [])
        for entry in commands:
            if "/kernels/" in entry["file"]:
                self.assertRegex(entry["command"], r"-O[23]", entry["file"])
            if entry["file"].endswith("examples/translate/translate.cc"):
                self.assertIn("-std=", entry["command"])
                self.assertNotRegex(entry["command"], rf"-I\s*{REPOSITORY}/src\b")


if __name__ == "__main__":
    BUILD, CMAKE, CXX, CC = sys.argv[1:5]
    del sys.argv[1:]
    unittest.main()
