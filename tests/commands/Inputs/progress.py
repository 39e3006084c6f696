"""Runs combine on a terminal of its own and reads what is shown: progress.py COMBINE ROOT."""

import os
import pathlib
import pty
import signal
import subprocess
import sys
import time

CLEAR = b"\r\x1b[K"


def shown(command, pause_s=0, **environment):
    """All that comes to the terminal behind standard error. The command is stopped for a while soon
    after its start, which makes it last, on any machine."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", **environment},
        start_new_session=True,
    )
    if pause_s:
        time.sleep(0.1)
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(pause_s)
        os.killpg(process.pid, signal.SIGCONT)
    os.close(theirs)
    text = b""
    try:
        while part := os.read(ours, 4096):
            text += part
    except OSError:  # how Linux says that nobody writes any longer
        pass
    process.wait(timeout=60)
    os.close(ours)
    return text


def check(truth, what, text):
    if not truth:
        sys.exit(f"not so: {what}: {text!r}")


def main():
    combine, root = sys.argv[1], sys.argv[2]
    slow = [combine, "--device=cpu", f"{root}/services/decode.h", "-o", "out.cpp"]
    text = shown(slow, pause_s=1.2)
    check(b"combine: instantiate, 1." in text, "the stage and its time are shown", text)
    check(text.endswith(CLEAR), "the line of progress goes at the end", text)
    text = shown(slow, pause_s=1.2, TERM="dumb")
    check(text == b"", "a dumb terminal gets no control signs", text)
    silent = subprocess.run(slow, capture_output=True, check=True)
    check(silent.stderr == b"", "where no terminal is, nothing is said", silent.stderr)

    pathlib.Path("wrong.h").write_text("// no service\n")
    wrong = [combine, "--device=cpu", "wrong.h"]
    text = shown(wrong)
    check(b"\x1b[" in text and b"no-service" in text, "an error is coloured", text)
    text = shown(wrong, NO_COLOR="1")
    check(b"\x1b[" not in text and b"no-service" in text, "NO_COLOR is heard", text)


main()
