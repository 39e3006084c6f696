#!/usr/bin/env python3
"""What programs do when machines, cables and processes fail, and when strangers call.

    faults.py --programs BUILD/tests/cluster [NAME...]    checks; all faults without a NAME
    faults.py --list                                      their names
    faults.py --programs ... --table docs/scales.md       writes what came out into that page

Machines are network namespaces (netlab), so root is needed; without it everything is skipped.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SLACK = 3  # a busy machine is so many times slower


@dataclasses.dataclass
class Row:
    """One line of the table."""

    event: str
    outcome: str
    seconds: float  # to the end, or until calls are answered again
    lost: str  # calls without an answer
    twice: str  # calls that were run, or answered, twice


def calls_of(*reports):
    return sum(report["calls"] for report in reports)


def lost(*reports):
    missing = sum(r["expired"] + r["unreachable"] + r["failed"] for r in reports)
    return f"{missing} of {calls_of(*reports)}"


def twice(*reports):
    return str(max(r["wrong"] + r["most_runs"] - 1 for r in reports))


class Machines:
    """Hosts on a switch; everything that runs on them ends with them."""

    def __init__(self, count, programs):
        self.name, self.count, self.programs = f"coop{os.getpid()}", count, programs
        self.processes = []
        self.files = tempfile.TemporaryDirectory()

    def __enter__(self):
        self.netlab("sweep")
        self.netlab("up", str(self.count))
        return self

    def __exit__(self, *error):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
        self.netlab("down")
        for process in self.processes:
            process.communicate()
        self.files.cleanup()

    def netlab(self, command, *words):
        # Also what an earlier process left behind is removed.
        name = [] if command == "sweep" else [self.name]
        subprocess.run([HERE / "netlab", command, *name, *words], check=True, timeout=30)

    def start(self, *command):
        # Output goes to a file: nobody reads a pipe meanwhile.
        out = pathlib.Path(self.files.name, str(len(self.processes)))
        with out.open("w") as stdout, out.with_suffix(".err").open("w") as stderr:
            process = subprocess.Popen(
                [HERE / "netlab", command[0], self.name, *map(str, command[1:])],
                stdout=stdout,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
            )
        process.out, process.err = out, out.with_suffix(".err")
        self.processes.append(process)
        return process

    def mpirun(self, *flags):
        job = self.start(
            "mpirun", self.count, self.programs / "probe", "--interface", "eth0", *flags
        )
        wait_for(lambda: job.out.read_text().count("ready") == self.count, job)
        return job

    def owner(self, machine=0, program="probe_zmq", wait=True):
        """Serves at 10.77.0.<machine + 1>, with the key of all."""
        process = self.start(
            "at", machine, self.programs / program, f"--serve={self.place(machine)}",
            f"--key={self.files.name}/key",
        )  # fmt: skip
        if wait:
            wait_for(lambda: pathlib.Path(self.files.name, "key.public").exists(), process)
        return process

    def caller(self, machine, *flags, program="probe_zmq", ready=True):
        process = self.start(
            "at", machine, self.programs / program, f"--connect={self.place(0)}",
            f"--key={self.files.name}/key.public", *flags,
        )  # fmt: skip
        if ready:
            wait_for(lambda: "ready" in process.out.read_text(), process)
        return process

    def place(self, machine):
        return f"ledger@tcp://10.77.0.{machine + 1}:7001"

    def pids(self, machine, name):
        """Processes of that program there."""
        listed = subprocess.run(
            ["ip", "netns", "pids", f"{self.name}-{machine}"], capture_output=True, text=True
        )
        found = []
        for pid in listed.stdout.split():
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == name:
                    found.append(int(pid))
        return found

    def signal(self, machine, name, number):
        pids = self.pids(machine, name)
        assert pids, f"{name} does not run on machine {machine}"
        for pid in pids:
            os.kill(pid, number)

    @contextlib.contextmanager
    def delayed(self, machine, microseconds, lost_per_mille):
        delay = self.start("at", "hub", self.programs / "tapdelay", microseconds, lost_per_mille)
        wait_for(lambda: "ready" in delay.out.read_text(), delay)
        self.netlab("far", str(machine))
        yield
        delay.kill()


def wait_for(condition, process, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, f"ended: {process.out.read_text()}{process.err.read_text()}"
        assert time.monotonic() < end, f"not ready: {process.out.read_text()}"
        time.sleep(0.01)


def finish(process, seconds):
    """Its reports, one for each rank; it must end well, in time."""
    code = process.wait(timeout=seconds)
    assert code == 0, f"exit code {code}: {process.err.read_text()}"
    lines = process.out.read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def all_are_gone(machines, *numbers):
    """No process of the job outlives it there."""
    end = time.monotonic() + 5 * SLACK
    while left := [number for number in numbers if machines.pids(number, "probe")]:
        assert time.monotonic() < end, f"ranks are left on {left}"
        time.sleep(0.05)


def ends(process, since, limit, text=""):
    """Seconds until it ended, which must be an error, and say so."""
    code = process.wait(timeout=limit)
    seconds = time.monotonic() - since
    assert code != 0, "it ended well"
    assert text in process.err.read_text(), f"'{text}' is not in: {process.err.read_text()}"
    return seconds


# ---- Started by MPI: a rank that is lost ends the job --------------------------------------------


def rank_killed(programs):
    with Machines(3, programs) as machines:
        job = machines.mpirun("--seconds", 60)
        start = time.monotonic()
        machines.signal(2, "probe", signal.SIGKILL)
        seconds = ends(job, start, 10 * SLACK)
        all_are_gone(machines, 0, 1, 2)
    return Row("a rank is killed", "the job ends, exit code not 0", seconds, "the job's", "0")


def owner_rank_killed(programs):
    with Machines(3, programs) as machines:
        job = machines.mpirun("--seconds", 60)
        start = time.monotonic()
        machines.signal(0, "probe", signal.SIGKILL)
        seconds = ends(job, start, 10 * SLACK)
        all_are_gone(machines, 0, 1, 2)
    return Row(
        "the owner's rank is killed", "the job ends, exit code not 0", seconds, "the job's", "0"
    )


def rank_throws(programs):
    rows = []
    for event, rank in [("a rank throws", 2), ("the owner's rank throws", 0)]:
        with Machines(3, programs) as machines:
            job = machines.mpirun("--seconds", 60, "--failing", rank)
            wait_for(lambda: "{" in job.out.read_text(), job)
            seconds = ends(job, time.monotonic(), 10 * SLACK, f"rank {rank}: the disk is full")
            all_are_gone(machines, 0, 1, 2)
        rows.append(Row(event, "the job ends, and its text is told", seconds, "the job's", "0"))
    return rows


def owner_rank_hangs(programs):
    with Machines(3, programs) as machines:
        job = machines.mpirun("--seconds", 60, "--stubborn", "false")
        start = time.monotonic()
        machines.signal(0, "probe", signal.SIGSTOP)
        text = "ledger.record: no answer from rank 0"
        seconds = ends(job, start, 15 * SLACK, text)
        all_are_gone(machines, 0, 1, 2)
    return Row(
        "the owner's rank hangs", "a caller's deadline ends the job, and it says so", seconds,
        "the job's", "0",
    )  # fmt: skip


def cable_pulled_from_rank(programs):
    with Machines(3, programs) as machines:
        job = machines.mpirun("--seconds", 60)
        start = time.monotonic()
        machines.netlab("cut", "2")
        seconds = ends(job, start, 20 * SLACK)
        all_are_gone(machines, 0, 1, 2)
    return Row(
        "a rank's cable is pulled", "keepalives end the job, exit code not 0", seconds, "the job's",
        "0",
    )  # fmt: skip


def link_delayed_among_ranks(programs):
    with Machines(3, programs) as machines, machines.delayed(2, 1000, 0):
        reports = finish(machines.mpirun("--seconds", 4), 20 * SLACK)
    assert len(reports) == 3 and lost(*reports).startswith("0 "), reports
    return Row(
        "a rank is 1 ms further away", "its calls are slower", 0, lost(*reports), twice(*reports)
    )


# ---- Started one by one: either side may go and come ---------------------------------------------


def owner_restarted(programs):
    with Machines(3, programs) as machines:
        machines.owner()
        sure = machines.caller(1, "--seconds", 6, "--sure", "true")
        not_sure = machines.caller(2, "--seconds", 6)
        time.sleep(1)
        machines.signal(0, "probe_zmq", signal.SIGKILL)
        time.sleep(1)
        machines.owner()
        [sure_report], [report] = finish(sure, 20 * SLACK), finish(not_sure, 20 * SLACK)
        told = sure.err.read_text()
    assert lost(sure_report).startswith("0 "), sure_report
    assert 0 < report["expired"] + report["unreachable"] < 30, report
    assert "began anew, and has lost what it held" in told, told
    recovered = report["last_failure"] - report["first_failure"] - 1
    return [
        Row("the owner is killed, started 1 s later", "callers go on, and say that it began anew",
            recovered, lost(report), twice(report)),
        Row("the same, repeatable calls", "as above", sure_report["longest"] - 1, lost(sure_report),
            twice(sure_report)),
    ]  # fmt: skip


def owner_lost(programs):
    with Machines(2, programs) as machines:
        machines.owner()
        caller = machines.caller(1, "--seconds", 60, "--stubborn", "false")
        start = time.monotonic()
        machines.signal(0, "probe_zmq", signal.SIGKILL)
        seconds = ends(caller, start, 5 * SLACK, "error: ledger.record: ")
    return Row(
        "the owner is killed for good", "a caller ends at its deadline, code 1", seconds, "1", "0"
    )


def owner_hangs(programs):
    with Machines(3, programs) as machines:
        machines.owner()
        sure = machines.caller(1, "--seconds", 5, "--sure", "true")
        not_sure = machines.caller(2, "--seconds", 5)
        time.sleep(1)
        machines.signal(0, "probe_zmq", signal.SIGSTOP)
        time.sleep(1)
        machines.signal(0, "probe_zmq", signal.SIGCONT)
        [sure_report], [report] = finish(sure, 20 * SLACK), finish(not_sure, 20 * SLACK)
    assert lost(sure_report).startswith("0 "), sure_report
    assert report["expired"] > 0, report
    assert twice(report, sure_report) == "0"
    return [
        Row("the owner hangs for 1 s", "late answers are dropped",
            report["last_failure"] - report["first_failure"] - 1, lost(report), twice(report)),
        Row("the same, repeatable calls", "one call takes 1 s", sure_report["longest"] - 1,
            lost(sure_report), twice(sure_report)),
    ]  # fmt: skip


def cable_pulled_and_put_back(programs):
    with Machines(3, programs) as machines:
        machines.owner()
        sure = machines.caller(1, "--seconds", 8, "--sure", "true")
        not_sure = machines.caller(2, "--seconds", 8)
        time.sleep(1)
        machines.netlab("cut", "0")
        time.sleep(2.5)
        machines.netlab("mend", "0")
        [sure_report], [report] = finish(sure, 30 * SLACK), finish(not_sure, 30 * SLACK)
    assert lost(sure_report).startswith("0 "), sure_report
    assert report["expired"] + report["unreachable"] > 0, report
    assert twice(report, sure_report) == "0"
    return [
        Row("the owner's cable is pulled for 2.5 s", "callers connect again",
            report["last_failure"] - report["first_failure"] - 2.5, lost(report), twice(report)),
        Row("the same, repeatable calls", "one call takes that long",
            sure_report["longest"] - 2.5, lost(sure_report), twice(sure_report)),
    ]  # fmt: skip


def caller_killed(programs):
    with Machines(3, programs) as machines:
        machines.owner()
        machines.caller(2, "--seconds", 60)
        other = machines.caller(1, "--seconds", 3)
        time.sleep(1)
        machines.signal(2, "probe_zmq", signal.SIGKILL)
        [report] = finish(other, 20 * SLACK)
    assert lost(report).startswith("0 "), report
    return Row("a caller is killed", "the others notice nothing", 0, lost(report), twice(report))


def caller_begins_first(programs):
    with Machines(2, programs) as machines:
        earlier = machines.owner()  # which left a key
        earlier.kill()
        earlier.wait()
        caller = machines.caller(1, "--seconds", 2, ready=False)
        time.sleep(1.5)
        machines.owner(wait=False)
        start = time.monotonic()
        wait_for(lambda: "ready" in caller.out.read_text(), caller)
        seconds = time.monotonic() - start
        [report] = finish(caller, 20 * SLACK)
    assert lost(report).startswith("0 "), report
    return Row(
        "a caller begins 1.5 s before the owner", "it waits", seconds, lost(report), twice(report)
    )


def link_delayed_and_lossy(programs):
    with Machines(3, programs) as machines, machines.delayed(2, 1000, 10):
        machines.owner()
        sure = machines.caller(2, "--seconds", 5, "--sure", "true")
        not_sure = machines.caller(2, "--seconds", 5)
        [sure_report], [report] = finish(sure, 30 * SLACK), finish(not_sure, 30 * SLACK)
    assert lost(sure_report).startswith("0 "), sure_report
    assert twice(report, sure_report) == "0"
    return [
        Row("1 ms further away, 1 % of frames lost", "some calls miss 100 ms", 0, lost(report),
            twice(report)),
        Row("the same, repeatable calls", "some calls are slow", 0, lost(sure_report),
            twice(sure_report)),
    ]  # fmt: skip


# ---- Who has no business there -------------------------------------------------------------------


def stranger_without_key(programs):
    with Machines(3, programs) as machines:
        machines.owner()
        caller = machines.caller(1, "--seconds", 5)
        start = time.monotonic()
        stranger = machines.start(
            "at", 2, programs / "probe_zmq", f"--connect={machines.place(0)}", "--patience", 2
        )
        seconds = ends(stranger, start, 10 * SLACK, "took no call within 2000 ms")
        [report] = finish(caller, 20 * SLACK)
    assert lost(report).startswith("0 "), report
    return Row("a stranger has no key", "it gets no answer", seconds, lost(report), twice(report))


def peer_of_another_build(programs):
    with Machines(3, programs) as machines:
        machines.owner()
        caller = machines.caller(1, "--seconds", 3)
        start = time.monotonic()
        other = machines.caller(2, program="probe_other", ready=False)
        seconds = ends(other, start, 5 * SLACK, "ledger.greet: the owner is of another build")
        [report] = finish(caller, 20 * SLACK)
    assert lost(report).startswith("0 "), report
    return Row(
        "a peer of another build", "it is refused at its start, with the reason", seconds,
        lost(report), twice(report),
    )  # fmt: skip


def garbage(programs):
    """Bytes from somebody who speaks TCP and no more; what the key's owners may send wrongly is
    tried in owned_test.cpp."""
    with Machines(3, programs) as machines:
        machines.owner()
        caller = machines.caller(1, "--seconds", 5)
        sender = machines.start("at", 2, sys.executable, "-B", __file__, "--send-garbage", 3)
        assert sender.wait(timeout=20 * SLACK) == 0, sender.err.read_text()
        sent = sender.out.read_text().strip()
        [report] = finish(caller, 20 * SLACK)
    assert int(sent) > 100, sent
    assert lost(report).startswith("0 "), report
    return Row(
        "garbage, truncated and oversized messages", f"{sent} connections are closed", 0,
        lost(report), twice(report),
    )  # fmt: skip


def send_garbage(seconds):
    """To the owner's port: noise, and a greeting of ZeroMQ's that goes on wrongly."""
    greeting = b"\xff" + b"\0" * 8 + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + b"\0" * 32
    huge = b"\x06" + (1 << 62).to_bytes(8, "big")  # a command that claims so many bytes
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        noise = os.urandom(1 + count % 3000)
        texts = [noise, greeting[: count % 64], greeting + noise, greeting + huge + noise]
        with contextlib.suppress(OSError), socket.create_connection(("10.77.0.1", 7001)) as peer:
            peer.sendall(texts[count % 4])
            if count % 3 == 0:
                peer.settimeout(0.02)
                peer.recv(1000)
        count += 1
    print(count)


FAULTS = [
    rank_killed,
    owner_rank_killed,
    rank_throws,
    owner_rank_hangs,
    cable_pulled_from_rank,
    link_delayed_among_ranks,
    owner_restarted,
    owner_lost,
    owner_hangs,
    cable_pulled_and_put_back,
    caller_killed,
    caller_begins_first,
    link_delayed_and_lossy,
    stranger_without_key,
    peer_of_another_build,
    garbage,
]


def write_table(page, rows):
    """Between the marks of the page."""
    lines = ["| event | what the programs do | seconds | calls lost | twice |"]
    lines.append("|---|---|---|---|---|")
    for row in rows:
        seconds = "0" if row.seconds < 0.05 else f"{row.seconds:.1f}"
        lines.append(f"| {row.event} | {row.outcome} | {seconds} | {row.lost} | {row.twice} |")
    marks = re.compile(r"(<!-- faults -->\n).*?(<!-- end of faults -->)", re.DOTALL)
    table = "\n".join(lines) + "\n"
    text, count = marks.subn(lambda found: found[1] + table + found[2], page.read_text())
    assert count == 1, f"{page} has no marks for this table"
    page.write_text(text)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = {fault.__name__: fault for fault in FAULTS}
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--send-garbage", type=float, help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    options = parser.parse_args()
    if options.send_garbage:
        return send_garbage(options.send_garbage)
    if options.list:
        return print("\n".join(names))
    if os.geteuid() != 0:
        return print("[  SKIPPED ] network namespaces need root")
    if subprocess.run(["ip", "netns", "list"], capture_output=True).returncode != 0:
        return print("[  SKIPPED ] there are no network namespaces here (ip netns)")
    # What ends this process ends the machines too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    rows = []
    for name in options.names or names:
        if "delayed" in name and not os.access("/dev/net/tun", os.W_OK):
            print(f"[  SKIPPED ] {name}: there is no /dev/net/tun")
            continue
        outcome = names[name](options.programs.resolve())
        new_rows = outcome if isinstance(outcome, list) else [outcome]
        for row in new_rows:
            print(f"{name}: {row}", flush=True)
        rows += new_rows
    if options.table:
        write_table(options.table, rows)


if __name__ == "__main__":
    sys.exit(main())
