# SPDX-License-Identifier: GPL-2.0-only
"""The tiny PV kernels of xen/tests/guests: each as dom0's kernel by their own runner, and all of them as guests of one dom0."""
import glob
import os
import subprocess

import machine

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
TESTS = os.path.join(TOP, "xen/tests/guests")
KERNELS = os.path.join(TOP, "build/tests/guests")

# Run in dom0: a guest of each kernel in /tiny. What it prints ends with its verdict, or with the words before its crash.
AS_GUESTS = r"""
bad=0
for kernel in /tiny/*; do
	name=${kernel##*/}
	cat > /tmp/tiny.cfg <<X
name = "tiny-$name"
kernel = "$kernel"
memory = 64
vcpus = 2
on_poweroff = "destroy"
on_crash = "destroy"
on_reboot = "destroy"
X
	timeout 60 xm create -c /tmp/tiny.cfg > /tmp/out 2>&1 < /dev/null
	if grep -qE "Test result: (SUCCESS|SKIP)|Expect crash" /tmp/out; then
		echo "ok - $name: $(grep -oE 'Test result: .*|Expect crash.*' /tmp/out)"
	else
		echo "not ok - $name"
		cat /tmp/out
		bad=1
	fi
	xm destroy "tiny-$name" 2> /dev/null
done
xm list
exit $bad
"""


def names():
    """All but those that only measure, or are guests of another test."""
    found = [os.path.basename(os.path.dirname(path)) for path in sorted(glob.glob(os.path.join(TESTS, "*/main.c")))]
    return [name for name in found if not name.startswith(("bench-", "aux-"))]


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


class Neighbours:
    """Guests that hold each other's pages, that flood the store, that crash, and a hundred of them: tests/neighbours.sh."""

    name = "guest/neighbours"

    def run(self, log):
        files = {}
        for path in glob.glob(os.path.join(KERNELS, "aux-*")):
            with open(path, "rb") as f:
                files["tiny/" + os.path.basename(path)] = f.read()
        with open(os.path.join(TOP, "tests/neighbours.sh")) as f:
            script = f.read()
        with machine.Machine(xen="ours", tools="ours", smp=2, mem=1536, guest=None, test=script, files=files,
                             log=log) as m:
            if m.result(900):
                raise machine.Failure("\n".join(line for line in m.text.splitlines() if "not ok" in line))


class TinyGuests:
    """All of them as guests, one after another."""

    def __init__(self, xen):
        self.xen = xen
        self.name = "guest/all as guests of " + xen

    def run(self, log):
        files = {}
        for name in names():
            with open(os.path.join(KERNELS, name), "rb") as f:
                files["tiny/" + name] = f.read()
        with machine.Machine(xen=self.xen, tools="ours", smp=2, guest=None, test=AS_GUESTS, files=files, log=log) as m:
            if m.result(400):
                raise machine.Failure("\n".join(line for line in m.text.splitlines() if "not ok" in line))


def cases():
    return [Tiny(name) for name in names()] + [TinyGuests("ours"), Neighbours()]
