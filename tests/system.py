# SPDX-License-Identifier: GPL-2.0-only
"""Whole systems under QEMU. Each script tests/dom0/*.sh says in `# run:` lines on which machines it runs.

    # run: xen=ours smp=2 boot=grub-mb1 device=virtio-net,ahci timeout=100 poweroff

Each such line is one case; its words are options of Machine (device, programs, modules: several, by commas), or `timeout=`, or
`poweroff`: the machine must end by itself within 30 s after the script's end. A backslash continues the line with the next comment.
"""
import glob
import os
import re

import machine

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
NUMBERS = {"smp", "mem", "dom0_mem"}
NOT_NAMED = ("timeout=", "programs=", "modules=")


class System:
    """One script on one machine."""

    def __init__(self, script, words):
        self.script = script
        self.timeout, self.poweroff, self.options = 400, False, {}
        for word in words:
            self.take(*(word.split("=", 1) + [""])[:2])
        base = os.path.basename(script).replace(".sh", "")
        self.name = " ".join(["system/" + base] + [w for w in words if not w.startswith(NOT_NAMED)])

    def take(self, key, value):
        if key == "timeout":
            self.timeout = int(value)
        elif key == "poweroff":
            self.poweroff = True
        elif key == "device":
            self.options["devices"] = value.split(",")
        elif key in ("programs", "modules"):
            self.options[key] = value.split(",")
        elif key == "guest" and value == "none":
            self.options["guest"] = None
        elif key in ("xen_args", "kernel_args"):
            self.options[key] = value.replace("+", " ")
        elif key in machine.Machine.OPTIONS:
            self.options[key] = int(value) if key in NUMBERS else value
        else:
            raise ValueError("%s: unknown word %r in a run: line" % (self.script, key))

    def run(self, log):
        with open(self.script) as f:
            text = f.read()
        with machine.Machine(test=text, log=log, **self.options) as m:
            status = m.result(self.timeout)
            if status:
                bad = re.findall(r"(?m)^(?:not ok.*|# .*(?<!\d s))$", m.text.replace("\r", ""))
                raise machine.Failure("%s\nthe script's status is %d" % ("\n".join(bad) or m.tail(25), status))
            if self.poweroff:
                m.expect_end(30)


def cases():
    found = []
    for script in sorted(glob.glob(os.path.join(TOP, "tests/dom0/*.sh"))):
        with open(script) as f:
            lines = re.findall(r"(?m)^# run: *(.*)$", f.read().replace("\\\n#", ""))
        found += [System(script, line.split()) for line in lines]
    return found
