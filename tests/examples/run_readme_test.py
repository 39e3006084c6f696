#!/usr/bin/env python3
"""The test of run_readme: what it runs, what it compares, and that it can fail."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

RUN_README = pathlib.Path(__file__).with_name("run_readme")


class RunReadme(unittest.TestCase):
    def run_on(self, markdown):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            example = root / "examples" / "01_one"
            example.mkdir(parents=True)
            (root / "services").mkdir()
            (root / "services" / "a.h").write_text("struct A {};\n")
            (example / "README.md").write_text(markdown)
            run = subprocess.run(
                [sys.executable, RUN_README, "--root", root, "--combine", root / "bin" / "combine"]
                + ["examples/01_one/README.md"],
                capture_output=True,
                text=True,
            )
            self.left = sorted(path.name for path in example.iterdir())
            return run.returncode, run.stdout + run.stderr

    def passes(self, markdown):
        status, said = self.run_on(markdown)
        self.assertEqual(status, 0, said)

    def fails(self, markdown, complaint):
        status, said = self.run_on(markdown)
        self.assertEqual(status, 1, said)
        self.assertIn(complaint, said)

    def test_what_is_shown_is_what_is_printed(self):
        self.passes("```sh\necho one; echo two\n```\n\n```text\none\ntwo\n```\n")

    def test_another_text_fails_at_its_line(self):
        self.fails("```sh\necho one\n```\n```text\ntwo\n```\n", "README.md:4: error")

    def test_dots_are_any_lines_or_any_part_of_one(self):
        self.passes("```sh\nseq 9\n```\n```text\n1\n...\n9\n```\n")
        self.passes("```sh\necho 12.5 tokens/s\n```\n```text\n... tokens/s\n```\n")
        self.fails("```sh\nseq 9\n```\n```text\n1\n...\n8\n```\n", "not what is printed")

    def test_a_failing_command_fails(self):
        self.fails("```sh\ntrue\n```\n```sh\nfalse | cat\necho no\n```\n", "README.md:4: error")

    def test_leaving_early_fails_even_with_success(self):
        self.fails("```sh\nexit 0\n```\n```sh\nfalse\n```\n", "README.md:1: error: leaves")

    def test_standard_error_is_compared_too(self):
        self.passes("```sh\necho error >&2\n```\n```text\nerror\n```\n")

    def test_a_block_after_a_sentence_is_only_read(self):
        self.passes("```sh\ntrue\n```\nRead:\n```cpp\nint x;\n```\n")

    def test_the_shell_keeps_its_folder_and_variables(self):
        self.passes("```sh\nmkdir a; cd a; b=1\n```\n```sh\ntest $b = 1; basename $PWD\n```\n"
                    "```text\na\n```\n")

    def test_the_repository_is_around_and_the_example_stays_clean(self):
        self.passes("```sh\ncat ../../services/a.h; test -d $COOP; touch made\n```\n"
                    "```cpp\nstruct A {};\n```\n")
        self.assertEqual(self.left, ["README.md"])

    def test_a_readme_without_commands_fails(self):
        self.fails("Words.\n", "nothing to follow")


if __name__ == "__main__":
    unittest.main()
