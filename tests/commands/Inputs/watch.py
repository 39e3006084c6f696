"""Drives `combine watch` as an editor would: watch.py COMBINE [OPTION...], in an empty folder.

Every wait is bounded; what was said so far is printed when something does not come.
"""

import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading

PATIENCE_S = 60

ARTIFACT = """#pragma once
#include <coop/artifact.h>
#include <cstdio>

struct Greeter : coop::Artifact {
  void greet(this auto&) { std::printf("%s\\n"); }
};
"""
SERVICE = """#pragma once
#include <coop/service.h>

#include "artifacts/greeter.h"
%s
struct Hello : coop::Service {
  Greeter greeter;
  int run(this auto& self) {
    self.greeter.greet();
    return 0;
  }
};
"""


class Watch:
    def __init__(self, *command):
        self.process = subprocess.Popen(
            [*command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Whoever runs this in the background may have it ignored, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.lines, self.said = queue.Queue(), []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip())
        self.lines.put(None)

    def expect(self, part):
        """Waits for a line that holds `part`; returns it."""
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE_S)
            except queue.Empty:
                line = None
            if line is None:
                sys.exit(f"'{part}' was not said; what was said:\n" + "\n".join(self.said))
            self.said.append(line)
            if part in line:
                return line


def check(truth, what):
    if not truth:
        sys.exit(f"not so: {what}")


def write(path, text):
    """As editors save: a new file takes the place of the old."""
    path = pathlib.Path(path)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".swap")
    temporary.write_text(text)
    temporary.rename(path)


def main():
    combine, options = sys.argv[1], sys.argv[2:]
    write("artifacts/greeter.h", ARTIFACT % "hello")
    write("services/hello.h", SERVICE % "")
    out = pathlib.Path("hello.cpp")
    command = [combine, "watch", *options, "--device=cpu", "services/hello.h", "-o", str(out)]
    watch = Watch(*command)
    try:
        watch.expect("combine: wrote hello.cpp")
        watch.expect("combine: watching ")
        check('"hello' in out.read_text(), "the first program says hello")

        write("artifacts/greeter.h", ARTIFACT % "good day")
        watch.expect("combine: artifacts/greeter.h changed")
        watch.expect("combine: wrote hello.cpp")
        watch.expect("combine: watching ")
        check('"good day' in out.read_text(), "the second program says good day")

        # A change that the emission does not show leaves the file as it is.
        before = out.stat().st_mtime_ns
        write("services/hello.h", "// a word to the reader\n" + SERVICE % "")
        watch.expect("services/hello.h changed")
        watch.expect("combine: wrote hello.cpp")  # the map of lines has changed
        watch.expect("combine: watching ")
        write("services/hello.h", "// two\n" + SERVICE % "")
        watch.expect("services/hello.h changed")
        watch.expect("combine: no difference in hello.cpp")
        watch.expect("combine: watching ")
        check(out.stat().st_mtime_ns > before, "a new map is written, and its file with it")

        # An error is shown, and what was written stays; a new file can mend it.
        kept = out.read_text()
        write("services/hello.h", SERVICE % '#include "artifacts/extra.h"')
        watch.expect("services/hello.h changed")
        watch.expect("[include-not-found]")
        watch.expect("combine: nothing was written")
        watch.expect("combine: watching ")
        check(out.read_text() == kept, "an error leaves what was written")
        write("artifacts/extra.h", "#pragma once\n")
        watch.expect("artifacts/extra.h is new")
        watch.expect("combine: wrote hello.cpp")
        watch.expect("combine: watching ")

        # A file that goes is an error until it is there again.
        os.remove("artifacts/greeter.h")
        watch.expect("artifacts/greeter.h is gone")
        watch.expect("combine: nothing was written")
        watch.expect("combine: watching ")
        write("artifacts/greeter.h", ARTIFACT % "back")
        watch.expect("artifacts/greeter.h is new")
        watch.expect("combine: wrote hello.cpp")
        watch.expect("combine: watching ")
        check('"back' in out.read_text(), "the last program says back")

        watch.process.send_signal(signal.SIGINT)
        code = watch.process.wait(timeout=PATIENCE_S)
        check(code in (-signal.SIGINT, 130), f"Ctrl-C ends it, exit code {code}")
        check(not list(pathlib.Path().rglob("*.tmp")), "nothing half written is left")
        check("Stack dump" not in "\n".join(watch.said), "no crash")
    finally:
        watch.process.kill()
        watch.process.wait()


main()
