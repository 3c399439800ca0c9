# SPDX-License-Identifier: GPL-2.0-only
"""Tiny PV kernels on a CPU that QEMU does not emulate: Bochs has PCIDs, and SMEP, SMAP and UMIP of its own making.

Each boots from a GRUB CD-ROM; its verdict is on the serial line, which Bochs writes to a file. Debian's Bochs has its debugger
built in (told to go on by a script) and wants a terminal for its screen.
"""
import os
import pty
import re
import shutil
import subprocess
import tempfile
import time

import machine
import tiny

CONFIG = """megs: 256
cpu: model=%(model)s, count=%(cpus)d, ips=400000000, reset_on_triple_fault=0
ata0-master: type=cdrom, path=%(dir)s/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=%(dir)s/serial
display_library: term
sound: waveoutdrv=dummy, waveindrv=dummy
log: %(dir)s/log
"""
GRUB = """serial --unit=0 --speed=115200
terminal_output serial
set timeout=0
menuentry 'test' {
  multiboot2 /boot/xen console=com1 com1=115200 dom0_mem=64M loglvl=all noreboot %s
  module2 /boot/test
}
"""


class Bochs:
    """One tiny kernel on one CPU model; `wanted` must be said before its verdict."""

    def __init__(self, test, wanted, model="tigerlake", line="", cpus=1):
        self.test, self.wanted, self.model, self.line, self.cpus = test, wanted, model, line, cpus
        self.name = " ".join(filter(None, ["bochs/" + test, model, line, "smp=%d" % cpus if cpus > 1 else ""]))

    def image(self, place):
        boot = os.path.join(place, "iso/boot")
        os.makedirs(os.path.join(boot, "grub"))
        shutil.copy(machine.OUR_XEN, os.path.join(boot, "xen"))
        shutil.copy(os.path.join(tiny.KERNELS, self.test), os.path.join(boot, "test"))
        with open(os.path.join(boot, "grub/grub.cfg"), "w") as f:
            f.write(GRUB % self.line)
        done = subprocess.run(["grub-mkrescue", "-o", os.path.join(place, "boot.iso"), os.path.join(place, "iso")],
                              capture_output=True, text=True)
        if done.returncode:
            raise machine.Failure("grub-mkrescue failed:\n" + done.stderr)

    def start(self, place):
        for name, text in (("bochsrc", CONFIG % {"model": self.model, "cpus": self.cpus, "dir": place}), ("go", "c\n")):
            with open(os.path.join(place, name), "w") as f:
                f.write(text)
        master, slave = pty.openpty()
        process = subprocess.Popen(["bochs", "-q", "-f", os.path.join(place, "bochsrc"), "-rc", os.path.join(place, "go")],
                                   stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                   env=dict(os.environ, TERM="xterm", HOME=place))
        os.close(slave)
        os.set_blocking(master, False)
        return process, master

    def watch(self, process, screen, serial):
        """Until there is a verdict. Returns what the serial line said."""
        end, text = time.monotonic() + 300, ""
        while time.monotonic() < end:
            try:
                while os.read(screen, 65536):
                    pass
            except OSError:         # nothing to read, or closed
                pass
            if os.path.exists(serial):
                with open(serial, errors="replace") as f:
                    text = f.read()
            if re.search(r"Test result: \w+\s|Panic on CPU|FATAL", text):
                return text
            if process.poll() is not None:
                raise machine.Failure("Bochs ended (status %d)" % process.returncode)
            time.sleep(0.1)
        raise machine.Failure("no verdict within 300 s\n" + "\n".join(text.splitlines()[-20:]))

    def run(self, log):
        place = tempfile.mkdtemp(prefix="bochs-", dir=machine.RUN)
        try:
            self.image(place)
            process, screen = self.start(place)
            try:
                text = self.watch(process, screen, os.path.join(place, "serial"))
            finally:
                process.kill()
                process.wait()
                os.close(screen)
            with open(log, "w") as f:
                f.write(text)
            if not re.search(self.wanted, text) or "Test result: SUCCESS" not in text:
                raise machine.Failure("%s\nwanted: %r and success" % ("\n".join(text.splitlines()[-25:]), self.wanted))
        finally:
            shutil.rmtree(place, ignore_errors=True)


def cases():
    everything = "CPU protections: SMEP SMAP UMIP NX WP, PCID in use"
    return [Bochs("user", everything), Bochs("pt-update", everything), Bochs("ptwr", everything),
            Bochs("privop", "fast strings are switched off, guests see no ERMS"),
            # PCIDs, but no INVPCID to flush them with
            Bochs("user", "CPU protections: SMEP NX WP\n", model="corei7_ivy_bridge_3770k")]
