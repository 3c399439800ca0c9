# SPDX-License-Identifier: GPL-2.0-only
"""Cases that need no machine: the builds, and programs that run on the host.

A command is one case, unless it prints lines `PASS name` and `FAIL name`; then each of those is one.
"""
import os
import re
import subprocess

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))

# name, command
BUILDS = [
    ("build", "make -j2 all"),
    ("build-clang", "mkdir -p build/clang && make -j2 -C tools CC=clang OUT=$PWD/build/clang/tools all && "
     "make -j2 -C xen CC=clang B=$PWD/build/clang O=$PWD/build/clang/hyp"),
    ("guests-build", "make -C xen/tests/guests"),
]
PROGRAMS = [
    ("unit", "make -C xen/tests/unit check; status=$?; cat build/unit/*.out; exit $status"),
    ("abi", "make -C xen/tests/abi check"),
    ("tools-unit", "make -C tools test"),
    ("store-daemon", "python3 -B tests/store_daemon.py"),
    ("guestboot", "python3 -B tests/guestboot.py"),
    ("style", "scripts/check-style"),
]


class Command:
    """One command as a case."""

    timeout = 900

    def __init__(self, name, line):
        self.name, self.line = name, line

    def run(self, log):
        with open(log, "wb") as f:
            status = subprocess.run(self.line, shell=True, cwd=TOP, stdout=f, stderr=subprocess.STDOUT,
                                    timeout=self.timeout).returncode
        with open(log, errors="replace") as f:
            text = f.read()
        found = re.findall(r"(?m)^\s*(PASS|FAIL):? +(\S.*)$", text)
        results = [("%s/%s" % (self.name, name), None if verdict == "PASS" else "failed") for verdict, name in found]
        if status and not any(error for _, error in results):
            results.append((self.name, "\n".join(text.splitlines()[-25:]) + "\n%s: status %d" % (self.line, status)))
        return results


def builds():
    """What everything else needs."""
    return [Command(name, line) for name, line in BUILDS]


def cases():
    return [Command(name, line) for name, line in PROGRAMS]
