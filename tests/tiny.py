# SPDX-License-Identifier: GPL-2.0-only
"""The tiny PV kernels of xen/tests/guests, each booted as dom0's kernel on our hypervisor.

Each prints its verdict as a line that begins with PASS or FAIL.
"""
import glob
import os

import machine

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
KERNELS = os.path.join(TOP, "build/guests")


class Tiny:
    """One kernel as a case."""

    def __init__(self, path):
        self.path = path
        self.name = "guest/" + os.path.basename(path).replace(".elf", "")

    def run(self, log):
        empty = os.path.join(machine.RUN, "empty")
        os.makedirs(machine.RUN, exist_ok=True)
        open(empty, "ab").close()
        with machine.Machine(kernel=self.path, initrd=empty, mem=256, dom0_mem=64, log=log) as m:
            match = m.expect(r"(?m)^(?:\(d\d+\) *|\(XEN\) *)?(PASS|FAIL)\b([^\r\n]*)", 60)
            if match.group(1) == "FAIL":
                raise machine.Failure("FAIL" + match.group(2))


def cases():
    return [Tiny(path) for path in sorted(glob.glob(os.path.join(KERNELS, "*.elf")))]
