#!/usr/bin/env python3
"""The test of the golden test: with a stand-in for combine, each kind of staleness is seen."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import golden

EMISSION = "// Build: g++ -std=c++20 a.cpp -o a\nint main() { return 0; }\n"
OUTPUT = "generated/a/a.cpp"

# Copies a source to the place after -o, with a map beside it; `--where` betrays where it ran.
COMBINE = """#!/bin/sh
out=$4
cp services/a.h "$out"
if [ "$1" = --where ]; then pwd >> "$out"; fi
echo '{}' > "${out%.cpp}.map.json"
"""


class Golden(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.combine = self.root / "combine"
        self.write("combine", COMBINE)
        self.combine.chmod(0o755)
        self.write("services/a.h", EMISSION)
        self.write("generated/manifest", f"# the one\n{OUTPUT} --device=cpu services/a.h\n")
        self.quietly(golden.bless, self.root, self.combine)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def quietly(self, function, *arguments):
        with contextlib.redirect_stdout(io.StringIO()):
            return function(*arguments)

    def failure(self, function, *arguments):
        with self.assertRaises(golden.Failure) as caught:
            self.quietly(function, self.root, *arguments)
        return str(caught.exception)

    def test_blessed_is_fresh(self):
        self.quietly(golden.check, self.root, self.combine, OUTPUT)
        self.quietly(golden.stray, self.root)

    def test_a_changed_source_shows_the_difference_and_the_way_out(self):
        self.write("services/a.h", EMISSION.replace("return 0", "return 1"))
        message = self.failure(golden.check, self.combine, OUTPUT)
        self.assertIn("-int main() { return 0; }", message)
        self.assertIn("+int main() { return 1; }", message)
        self.assertIn("cmake --build build --target bless", message)

    def test_the_map_is_compared_too(self):
        self.write("generated/a/a.map.json", "[]")
        self.assertIn("a.map.json", self.failure(golden.check, self.combine, OUTPUT))

    def test_what_was_never_committed_is_named(self):
        (self.root / OUTPUT).unlink()
        message = self.failure(golden.check, self.combine, OUTPUT)
        self.assertIn(f"{OUTPUT} is emitted and not committed", message)

    def test_an_emission_must_not_depend_on_where_the_sources_are(self):
        self.write("generated/manifest", f"{OUTPUT} --where services/a.h\n")
        self.quietly(golden.bless, self.root, self.combine)
        message = self.failure(golden.check, self.combine, OUTPUT)
        self.assertIn("depends on where the sources are", message)

    def test_a_failing_combine_is_quoted(self):
        self.write("combine", "#!/bin/sh\necho 'a.h:1: error: no' >&2\nexit 3\n")
        message = self.failure(golden.check, self.combine, OUTPUT)
        self.assertIn("exits with 3", message)
        self.assertIn("a.h:1: error: no", message)

    def test_a_stray_file_is_named(self):
        self.write("generated/b/b.cpp", EMISSION)
        self.assertIn("generated/b/b.cpp", self.failure(golden.stray))

    def test_a_manifest_line_is_checked(self):
        for line, complaint in [
            ("a.cpp services/a.h", "not under generated/"),
            ("generated/../a.cpp services/a.h", "not under generated/"),
            (OUTPUT, "no arguments"),
            (f"{OUTPUT} a\n{OUTPUT} b", "listed twice"),
        ]:
            self.write("generated/manifest", line + "\n")
            self.assertIn(complaint, self.failure(golden.read_manifest))

    def test_traces_of_larger_scales_and_macros_are_refused(self):
        for line in ["#include <nccl.h>", "MPI_Init();", "#if COOP_CUDA", "#include <coop/a.h>"]:
            self.write(OUTPUT, f"{EMISSION}{line}\n")
            message = self.failure(golden.compile_alone, OUTPUT, "g++", "")
            self.assertIn(f"{OUTPUT}:3:", message)

    def test_what_compiles_alone_passes(self):
        self.quietly(golden.compile_alone, self.root, OUTPUT, "g++", "")

    def test_a_warning_is_an_error(self):
        self.write(OUTPUT, EMISSION.replace("return 0", "int x; return 0"))
        self.assertIn("unused", self.failure(golden.compile_alone, OUTPUT, "g++", ""))

    def test_a_banner_without_the_command_is_refused(self):
        self.write(OUTPUT, "int main() {}\n")
        self.assertIn("// Build:", self.failure(golden.compile_alone, OUTPUT, "g++", ""))

    def test_a_banner_that_compiles_another_file_is_refused(self):
        self.write(OUTPUT, EMISSION.replace("a.cpp", "b.cpp"))
        message = self.failure(golden.compile_alone, OUTPUT, "g++", "")
        self.assertIn("does not compile a.cpp", message)

    def test_what_was_never_emitted_does_not_compile(self):
        (self.root / OUTPUT).unlink()
        message = self.failure(golden.compile_alone, OUTPUT, "g++", "")
        self.assertIn("was never emitted", message)

    def test_cuda_without_nvcc_is_skipped(self):
        self.write("generated/a/a.cu", EMISSION)
        with self.assertRaisesRegex(golden.Skip, "needs nvcc"):
            self.quietly(golden.compile_alone, self.root, "generated/a/a.cu", "g++", "")

    def test_cuda_without_the_toolkit_is_skipped(self):
        self.write("combine", "#!/bin/sh\necho 'error: no headers [missing-toolkit]'\nexit 1\n")
        with self.assertRaisesRegex(golden.Skip, "toolkit"):
            self.quietly(golden.check, self.root, self.combine, OUTPUT)


if __name__ == "__main__":
    unittest.main()
