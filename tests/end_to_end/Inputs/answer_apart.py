"""Replicas are processes: one is killed at work, another does what it left. What that prints."""

import pathlib
import socket
import subprocess
import sys
import time

program, model = sys.argv[1:]
prompts = pathlib.Path("prompts")
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    place = f"router@tcp://127.0.0.1:{free.getsockname()[1]}"
replica = [program, "--model", model, "--prompts", str(prompts), f"--connect={place}"]
owner = subprocess.Popen([program, f"--serve={place}", "--router.patience", "1500"])
slow = subprocess.Popen([*replica, "--steps", "100000"], stdout=subprocess.DEVNULL)
try:
    time.sleep(1.0)  # it has a prompt by now, of which there is no end
    if slow.poll() is not None:
        sys.exit("the first replica ended before it was killed")
    slow.kill()
    slow.wait()
    words = [*replica, "--steps", "12"]
    subprocess.run(words, timeout=60, check=True)
finally:
    slow.kill()
    owner.kill()
    owner.wait()
