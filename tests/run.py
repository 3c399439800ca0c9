#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs all tests: builds, host suites, tiny PV kernels, systems under QEMU. The last line is the sum.

    run.py [-j N] [-l] [WORD...]      only the cases whose names contain one of the words

Every case is a row of one list, made by cases(). Nothing is skipped: what cannot run has failed. A whole Debian that failed while
another case ran beside it is run once more at the end, alone; if it passes then, the last lines say so.
"""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path[:0] = [os.path.join(TOP, "scripts/lib"), os.path.join(TOP, "tests")]

import bochs  # noqa: E402
import boot  # noqa: E402
import host  # noqa: E402
import installed  # noqa: E402
import roots  # noqa: E402
import system  # noqa: E402
import terminal  # noqa: E402
import tiny  # noqa: E402

# Run again when they fail: here a program on a busy machine may be late. Where only our own code runs, a failure is one.
AGAIN = ("system/", "terminal/session", "installed/")
LOGS = os.path.join(TOP, "build/run/tests")
lock = threading.Lock()


def cases():
    """The list. The builds run one after another, first; the others two at a time, the longest first."""
    others = host.cases() + tiny.cases() + boot.cases() + bochs.cases() + system.cases() + terminal.cases()
    others += installed.cases()
    return host.builds(), sorted(others, key=lambda case: -getattr(case, "timeout", 0))


def shortened(lines):
    """What went wrong first, and last."""
    return lines if len(lines) <= 60 else lines[:30] + ["..."] + lines[-30:]


def run(case, again=False):
    """Runs one case. Returns a list of (name, error or None)."""
    log = os.path.join(LOGS, case.name.replace("/", "-").replace(" ", "_") + (".again" if again else "") + ".log")
    began = time.monotonic()
    try:
        results = case.run(log) or [(case.name, None)]
    except Exception as e:  # whatever goes wrong in a case is that case's failure
        results = [(case.name, "%s" % (e if str(e) else repr(e)))]
    took = time.monotonic() - began
    with lock:
        for name, error in results:
            print("%s %s%s%s" % ("FAIL" if error else "pass", "again " if again else "", name,
                                 "" if len(results) > 1 else " (%.0f s)" % took))
            if error:
                print("".join("     %s\n" % l for l in shortened(str(error).splitlines())) + "     log: " +
                      os.path.relpath(log, TOP))
        sys.stdout.flush()
    return results


def main():
    parser = argparse.ArgumentParser(description="Run the tests.")
    parser.add_argument("words", nargs="*", help="only cases whose names contain one of these")
    parser.add_argument("-j", "--jobs", type=int, default=min(os.cpu_count() or 1, 2), help="machines at a time")
    parser.add_argument("-l", "--list", action="store_true", help="list the cases")
    args = parser.parse_args()
    os.makedirs(LOGS, exist_ok=True)

    def wanted(case):
        return not args.words or any(w in case.name for w in args.words)

    first, rest = ([c for c in group if wanted(c)] for group in cases())
    if args.list:
        print("\n".join(c.name for c in first + rest))
        return 0
    roots.fetch()
    if rest and not any(c.name == "guests-build" for c in first):
        subprocess.run(["make", "-s", "-C", os.path.join(TOP, "xen/tests/guests")], check=True)
    began = time.monotonic()
    results = [r for case in first for r in run(case)]
    beside = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for case, some in zip(rest, pool.map(run, rest)):
            beside.append((case, some))
    second = []
    for case, some in beside:
        if any(error for _, error in some) and case.name.startswith(AGAIN) and args.jobs > 1 and len(rest) > 1:
            some = run(case, again=True)
            second += [name for name, error in some if not error]
        results += some
    failed = [name for name, error in results if error]
    print("\n%d s" % (time.monotonic() - began))
    if second:
        print("passed only the second time, alone: " + ", ".join(second))
    if failed:
        print("failed: " + ", ".join(failed))
    print("%d passed, %d failed" % (len(results) - len(failed), len(failed)))
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
