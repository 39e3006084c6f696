#!/usr/bin/env python3
"""The test of the tidy test: every rule complains about one small sin, and of nothing else."""

import pathlib
import tempfile
import unittest

import tidy

# A repository in which all is well.
CLEAN = {
    ".clang-format": "BasedOnStyle: Google\nColumnLimit: 100\n",
    "README.md": "[kernels](kernels/cpu/add.h), [web](https://a.b/c), `[code](no)`\n",
    "artifacts/cache/kv.h": '#include <coop/artifact.h>\n\n#include "add.h"\nstruct Kv {};\n',
    "combiner/CMakeLists.txt": "add_library(combiner plan.cpp)\n",
    "combiner/diagnostics.def": 'DIAGNOSTIC(not_registered, error, "nothing named %0")\n',
    "combiner/plan.cpp": '#include "combiner/plan.h"\n',
    "combiner/plan.h": "int plan();  // reads combiner/diagnostics.def, templates/main.cpp\n",
    "include/coop/artifact.h": "struct Artifact {};\n",
    "kernels/cpu/add.h": "#include <cstddef>\n",
    "services/decode.h": '#include "artifacts/cache/kv.h"\nstruct Decode {};\n',
    "templates/main.cpp": "int main() {}\n",
    "tests/errors/a.cpp": "// RUN: not %combine\n// CHECK: no [not-registered]\nint   a;\n",
}


class Tidy(unittest.TestCase):
    def complaints(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, content in {**CLEAN, **changes}.items():
                if content is None:
                    continue
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                if isinstance(content, bytes):
                    (root / path).write_bytes(content)
                else:
                    (root / path).write_text(content)
            tree = tidy.Tree(root)
            return [
                f"{complaint} [{check.__name__}]"
                for check in tidy.CHECKS
                for complaint in check(tree)
            ]

    def assert_one(self, expected, changes):
        found = self.complaints(changes)
        self.assertEqual(len(found), 1, found)
        for part in expected:
            self.assertIn(part, found[0])

    def test_all_is_well(self):
        self.assertEqual(self.complaints({}), [])

    def test_layers(self):
        for path, include in [
            ("kernels/cpu/add.h", '"artifacts/cache/kv.h"'),
            ("kernels/cpu/add.h", "<coop/artifact.h>"),
            ("artifacts/cache/kv.h", '"services/decode.h"'),
            ("artifacts/cache/kv.h", '"kernels/cpu/add.h"'),
            ("artifacts/cache/kv.h", "<coop/service.h>"),
            ("services/decode.h", '"templates/main.cpp"'),
            ("combiner/plan.h", '"artifacts/cache/kv.h"'),
            ("templates/main.cpp", '"combiner/plan.h"'),
            ("include/coop/artifact.h", '"artifacts/cache/kv.h"'),
        ]:
            text = f"#include {include}\n\n{CLEAN[path]}"
            found = [line for line in self.complaints({path: text}) if "[layering]" in line]
            self.assertEqual(len(found), 1, (path, include, found))
            self.assertIn(f"{path}:1: error: {path.split('/')[0]}/ must not include", found[0])

    def test_dead_kernel_though_its_test_includes_it(self):
        self.assert_one(
            ["kernels/cpu/scale.h:1:", "[dead_files]"],
            {
                "kernels/cpu/scale.h": "#include <cstddef>\n",
                "tests/kernels/scale_test.cpp": '#include "scale.h"\n',
            },
        )

    def test_dead_template_and_stage(self):
        self.assert_one(["templates/b.cpp:1:"], {"templates/b.cpp": "int b();\n"})
        self.assert_one(["combiner/b.cpp:1:"], {"combiner/b.cpp": "int b();\n"})

    def test_an_artifact_that_is_only_named_is_alive(self):
        artifact = {"artifacts/cache/paged.h": "struct Paged {};\n"}
        self.assert_one(["artifacts/cache/paged.h:1:", "[dead_files]"], artifact)
        self.assertEqual(self.complaints({**artifact, "A.md": "Or `--with Cache=Paged`.\n"}), [])

    def test_the_end_of_another_name_is_no_mention(self):
        self.assert_one(
            ["kernels/cpu/d.h:1:"], {"kernels/cpu/d.h": "\n", "services/x.h": '#include "add.h"\n'}
        )

    def test_a_diagnostic_without_a_test(self):
        text = CLEAN["combiner/diagnostics.def"] + 'DIAGNOSTIC(never_seen, error, "x")\n'
        self.assert_one(
            ["combiner/diagnostics.def:2:", "[never-seen]"], {"combiner/diagnostics.def": text}
        )

    def test_long_lines(self):
        long_line = "// " + "x" * 98 + "\n"
        self.assert_one(["a.py:1: error: 101 columns"], {"a.py": "#" + "é" * 100 + "\n"})
        found = self.complaints({"tests/a.h": long_line})
        self.assertIn("tests/a.h:1: error: 101 columns are more than 100 [columns]", found)
        allowed = f"// RUN: {'x' * 99}\n// CHECK-NEXT: {'x' * 99}\n// https://{'x' * 99}\n"
        self.assertEqual(self.complaints({"tests/errors/b.cpp": allowed}), [])
        self.assertEqual(self.complaints({"generated/a.cpp": long_line}), [])

    def test_text(self):
        self.assert_one(["a.md:2: error: no newline"], {"a.md": "a\nb"})
        self.assert_one(["a.md:1: error: a tab"], {"a.md": "a\tb\n"})
        self.assert_one(["a.md:1: error: a carriage return"], {"a.md": b"a\r\nb\n"})
        self.assertEqual(self.complaints({"a.bin": b"\0\t", "tests/fixtures/a.txt": "\t"}), [])

    def test_paths_of_a_machine(self):
        for folder in ["home", "root", "work"]:
            self.assert_one(["a.md:1:", "[machine_paths]"], {"a.md": f"cd /{folder}/me\n"})
        self.assertEqual(self.complaints({"a.md": "src/homes/a $x/home/b https://a/root/c\n"}), [])

    def test_links(self):
        self.assert_one(
            ["a.md:4: error: the link leads nowhere: b.md"],
            {"a.md": "```\n[x](no)\n```\n[b](b.md#part)\n"},
        )

    def test_pitfalls(self):
        head = "| construct | | test |\n|---|---|---|\n"
        row = "| arrays | {} | [a](../tests/a.cpp) |\n"
        self.assert_one(
            ["docs/pitfalls.md:3: error: no test shows it"],
            {"docs/pitfalls.md": head + "| arrays | handled | none |\n"},
        )
        self.assert_one(
            ["docs/pitfalls.md:3: error: neither handled nor refused"],
            {"docs/pitfalls.md": head + row.format("fine"), "tests/a.cpp": "int a;\n"},
        )

    def test_formatting(self):
        names = "// diagnostics.def templates/main.cpp\n"
        self.assert_one(
            ["combiner/plan.h:1:", "clang-format-22 -i combiner/plan.h"],
            {"combiner/plan.h": f"int  plan();\n{names}"},
        )
        self.assertEqual(self.complaints({"generated/a.cpp": "int  a;\n"}), [])


if __name__ == "__main__":
    unittest.main()
