# SPDX-License-Identifier: GPL-2.0-only
"""The tiny PV kernels of xen/tests/guests, each booted as dom0's kernel on our hypervisor by their own runner."""
import glob
import os
import subprocess

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
TESTS = os.path.join(TOP, "xen/tests/guests")


class Tiny:
    """One kernel as a case."""

    def __init__(self, test):
        self.test = test
        self.name = "guest/" + test

    def run(self, log):
        command = [os.path.join(TESTS, "run"), "--xen", os.path.join(TOP, "build/xen"), self.test]
        with open(log, "wb") as f:
            status = subprocess.run(command, stdout=f, stderr=subprocess.STDOUT, timeout=300).returncode
        if status:
            with open(log, errors="replace") as f:
                raise RuntimeError(f.read())


def cases():
    paths = sorted(glob.glob(os.path.join(TESTS, "*/main.c")))
    return [Tiny(os.path.basename(os.path.dirname(path))) for path in paths]
