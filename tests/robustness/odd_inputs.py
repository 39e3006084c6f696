#!/usr/bin/env python3
"""Services that nobody writes, and that machines and accidents make: each ends, within a bound,
with the right emission or with the error that names what is odd.

    odd_inputs.py --combine COMBINE --gxx "g++ ..."

Runs in the current folder, which must be empty.
"""
import argparse
import os
import shlex
import subprocess

SECONDS_MAX = 120  # on a machine that does much else; alone, each takes a few

SERVICE = """#include <coop/service.h>
struct S : coop::Service {
  int run(int, char**) { BODY }
};
"""


def service(body, before=""):
    return (before + SERVICE).replace("BODY", body)


# What ends in an emission that compiles.
RIGHT = {
    "deep_parentheses": service("return " + "(" * 1000 + "0" + ")" * 1000 + ";"),
    "long_sum": service("return " + "1+" * 3000 + "0;"),
    "long_line": service("return 0" + " " * 1_000_000 + "+ 0;"),
    "many_branches": service("if (0) ; else " * 1000 + "; return 0;"),
    "many_namespaces": service("return 0;", "namespace a {" * 500 + "}" * 500 + "\n"),
    "deep_templates": service(
        "return deep<800>();",
        "template <int N> int deep() { if constexpr (N == 0) return 0; else return deep<N - 1>(); }"
        "\n",
    ),
    "long_table": service("return t[3];", "inline int t[] = {" + "1, 2 + 1, " * 10_000 + "};\n"),
    "twenty_megabytes": service("return 0;") + "// " + ("x" * 76 + "\n// ") * 250_000 + "\n",
    "line_ends_of_windows": service("int a = 1;\n  // one\n  return a;").replace("\n", "\r\n"),
    "byte_order_mark": "\ufeff" + service("return 0;"),
    "zero_byte_in_a_comment": service("return 0; /* \0 */"),
    "a name with spaces": service("return 0;"),
    "ünïcödé": service("return 0;"),
}

# What ends in an error, and a part of what it says.
REFUSED = {
    "deeper_parentheses": (
        service("return " + "(" * 10_000 + "0" + ")" * 10_000 + ";"),
        "bracket nesting level exceeded maximum",
    ),
    "endless_templates": (
        service("return deep<0>();", "template <int N> int deep() { return deep<N + 1>(); }\n"),
        "recursive template instantiation exceeded maximum depth",
    ),
    "endless_constant": (
        service("return 0;", "constexpr int f() { for (;;); }\nconstexpr int x = f();\n"),
        "must be initialized by a constant expression",
    ),
    "includes_itself": (
        '#include "includes_itself.h"\n' + service("return 0;"),
        "#include nested too deeply",
    ),
    "empty": ("", "declares no service [no-service]"),
    "open_comment": (service("return 0; /* "), "unterminated /* comment"),
    "open_string": (service('return 0; R"('), "raw string missing terminating delimiter"),
    "no_text": ("\0\1\2\3" * 1000, "declares no service [no-service]"),
    'quote"': (service("return 0;"), "[cannot-read]"),
    "line\nbreak": (service("return 0;"), "[cannot-read]"),
}


def combine(command, name):
    process = subprocess.run(
        [command, "--device=cpu", name + ".h", "-o", name + ".cpp"],
        capture_output=True,
        timeout=SECONDS_MAX,
    )
    said = process.stderr.decode(errors="replace")
    if "internal error" in said or process.returncode not in (0, 1):
        raise SystemExit(f"{name}: exit {process.returncode}: {said[-2000:]}")
    return process.returncode, said


def check_right(command, gxx, name):
    status, said = combine(command, name)
    if status != 0:
        raise SystemExit(f"{name}: refused: {said[-2000:]}")
    compiled = subprocess.run(
        [*shlex.split(gxx), "-w", "-fsyntax-only", name + ".cpp"], timeout=SECONDS_MAX
    )
    if compiled.returncode != 0:
        raise SystemExit(f"{name}: the emission does not compile")


def check_refused(command, name, expected):
    status, said = combine(command, name)
    if status != 1 or expected not in said:
        raise SystemExit(f"{name}: exit {status}, without '{expected}': {said[-2000:]}")
    if os.path.exists(name + ".cpp"):
        raise SystemExit(f"{name}: something was written")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--combine", required=True)
    parser.add_argument("--gxx", required=True)
    given = parser.parse_args()
    for name, text in [*RIGHT.items(), *((name, text) for name, (text, _) in REFUSED.items())]:
        with open(name + ".h", "w", newline="") as file:
            file.write(text)
    for name in RIGHT:
        check_right(given.combine, given.gxx, name)
    for name, (_, expected) in REFUSED.items():
        check_refused(given.combine, name, expected)

    os.mkdir("folder.h")
    check_refused(given.combine, "folder", "it is a folder [cannot-read]")
    os.mkfifo("pipe.h")
    check_refused(given.combine, "pipe", "it is no regular file [cannot-read]")
    os.symlink("nowhere.h", "dangling.h")
    check_refused(given.combine, "dangling", "[cannot-read]")
    os.mkdir("linked")
    os.symlink("../a name with spaces.h", "linked/service.h")
    check_right(given.combine, given.gxx, "linked/service")


if __name__ == "__main__":
    main()
