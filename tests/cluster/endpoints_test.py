#!/usr/bin/env python3
"""What processes of engine zmq are told on their command lines: endpoints, files, keys.

    endpoints_test.py PROBE      PROBE is probe.cpp with that engine
"""

import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import unittest


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Endpoints(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.place = f"ledger@tcp://127.0.0.1:{free_port()}"

    def run_probe(self, *flags):
        return subprocess.run([PROBE, *flags], capture_output=True, text=True, timeout=60)

    def start_owner(self, *flags):
        owner = subprocess.Popen([PROBE, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        def end():
            owner.kill()
            owner.communicate()

        self.addCleanup(end)
        return owner

    def assert_calls(self, *flags):
        done = self.run_probe("--seconds=0.2", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r'"right": [1-9]\d*, "wrong": 0, "expired": 0')

    def assert_refused(self, words, *flags):
        done = self.run_probe("--patience=0.2", *flags)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, f"^error: {words}\n$")

    def test_a_process_that_is_told_nothing_owns_all(self):
        self.assert_calls()

    def test_one_owns_and_others_connect(self):
        self.start_owner(f"--serve={self.place}")
        self.assert_calls(f"--connect={self.place}")
        self.assert_calls(f"--connect={self.place}")

    def test_one_owns_and_runs_as_well(self):
        owner = self.start_owner(f"--share={self.place}", "--seconds=2")
        self.assert_calls(f"--connect={self.place}")
        self.assertEqual(owner.wait(timeout=60), 0)

    def test_places_may_be_in_a_file(self):
        places = self.folder / "places"
        places.write_text(f"{self.place}\n")
        self.start_owner(f"--serve=@{places}")
        self.assert_calls(f"--connect=@{places}")

    def test_processes_of_one_host_may_use_a_file_as_the_place(self):
        place = f"ledger@ipc://{self.folder}/socket"
        self.start_owner(f"--serve={place}")
        self.assert_calls(f"--connect={place}")

    def test_the_owner_makes_the_key_and_keeps_it(self):
        key, public = self.folder / "key", self.folder / "key.public"
        owner = self.start_owner(f"--serve={self.place}", f"--key={key}")
        self.assert_refused(".*took no call within 200 ms", f"--connect={self.place}")
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertRegex(public.read_text(), r"^.{40}\n$")
        self.assertNotIn(key.read_text().split()[1], public.read_text())
        self.assert_calls(f"--connect={self.place}", f"--key={public}")
        owner.kill()
        owner.wait()
        before = key.read_text()
        self.start_owner(f"--serve={self.place}", f"--key={key}")
        self.assert_calls(f"--connect={self.place}", f"--key={public}")
        self.assertEqual(key.read_text(), before)

    def test_who_listens_to_other_hosts_needs_a_key(self):
        self.assert_refused(
            "tcp://10.0.0.1:7001: who listens to other hosts needs a --key",
            "--serve=ledger@tcp://10.0.0.1:7001",
        )

    def test_an_owner_listens_at_one_interface(self):
        for host in ("*", "0.0.0.0", "[::]"):
            self.assert_refused(
                re.escape(f"tcp://{host}:7001: name one interface") + "(, and a port)?",
                f"--serve=ledger@tcp://{host}:7001",
                f"--key={self.folder}/key",
            )

    def test_mistakes_are_told(self):
        self.assert_refused("nothing that is owned is called ledgr", "--connect=ledgr@tcp://a:1")
        self.assert_refused("'ledger' is no NAME@ENDPOINT", "--connect=ledger")
        self.assert_refused(
            "ledger has two endpoints", f"--connect={self.place}", f"--serve={self.place}"
        )
        self.assert_refused("cannot read nowhere", "--connect=@nowhere")
        self.assert_refused("cannot read nowhere", f"--connect={self.place}", "--key=nowhere")
        key = self.folder / "short"
        key.write_text("abc\n")
        self.assert_refused(
            f"{key} holds no key of an owner", f"--serve={self.place}", f"--key={key}"
        )
        self.assert_refused(".*took no call within 200 ms", f"--connect={self.place}")

    def test_two_owners_of_one_endpoint_are_refused(self):
        self.start_owner(f"--serve={self.place}")
        self.assert_calls(f"--connect={self.place}")
        endpoint = self.place.split("@")[1]
        self.assert_refused(
            f"cannot listen at {endpoint}: Address already in use", f"--serve={self.place}"
        )


if __name__ == "__main__":
    PROBE = sys.argv.pop(1)
    unittest.main()
