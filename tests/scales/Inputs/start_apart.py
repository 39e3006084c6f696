"""A caller begins before there is an owner, and another one after the first: what they print."""

import socket
import subprocess
import sys
import time

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    place = f"book@tcp://127.0.0.1:{free.getsockname()[1]}"
caller = [sys.argv[1], f"--connect={place}"]
first = subprocess.Popen([*caller, "--guests=2"], stdout=subprocess.PIPE, text=True)
time.sleep(0.3)
owner = subprocess.Popen([sys.argv[1], f"--serve={place}"])
try:
    print(first.communicate(timeout=60)[0], end="")
    words = [*caller, "--guests=0"]
    second = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    print(second.stdout, end="")
finally:
    first.kill()
    owner.kill()
    owner.wait()
