# SPDX-License-Identifier: GPL-2.0-only
"""The tiny PV kernels of xen/tests/guests: one case each, judged by that folder's own runner."""
import glob
import os
import subprocess

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
GUESTS = os.path.join(TOP, "xen/tests/guests")


class Tiny:
    """One kernel as a case."""

    def __init__(self, test):
        self.test = test
        self.name = "guest/" + test

    def run(self, log):
        with open(log, "w+", errors="replace") as f:
            status = subprocess.run([os.path.join(GUESTS, "run"), "--xen", os.path.join(TOP, "build/xen"), self.test],
                                    stdout=f, stderr=subprocess.STDOUT, timeout=300).returncode
            f.seek(0)
            text = f.read()
        return [(self.name, text if status else None)]


def cases():
    return [Tiny(os.path.basename(os.path.dirname(path))) for path in sorted(glob.glob(GUESTS + "/*/main.c"))]
