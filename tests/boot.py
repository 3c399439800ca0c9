# SPDX-License-Identifier: GPL-2.0-only
"""The hypervisor's boot and end without Linux: what it lacks is said in a plain message, what it is given is not trusted.

Machines that run until one line is seen; each takes a second or two. The good dom0 kernel is a tiny one of xen/tests/guests.
"""
import json
import os
import re
import socket

import machine
import roots

GUESTS = os.path.join(machine.roots.TOP, "build/tests/guests")
BASE = "console=com1 com1=115200 dom0_mem=64M loglvl=all"


def tiny(name):
    return os.path.join(GUESTS, name)


class Bare(machine.Machine):
    """A machine of which every word and module is given; with a monitor."""

    def __init__(self, modules, line, qemu_args, **options):
        super().__init__(xen="ours", mem=options.pop("mem", 256), **options)
        self.modules, self.line = modules, line
        self.monitor = os.path.join(self.dir, "monitor")
        self.qemu_args = list(qemu_args) + ["-qmp", "unix:%s,server=on,wait=off" % self.monitor]

    def boot_args(self):
        modules = [self.text_module(m) for m in self.modules]
        return (["-kernel", self.xen_path(), "-append", self.line] + (["-initrd", ",".join(modules)] if modules else []))

    def text_module(self, m):
        """Bytes are written to a file."""
        if isinstance(m, str):
            return m
        path = os.path.join(self.dir, "module%d" % self.modules.index(m))
        with open(path, "wb") as f:
            f.write(m)
        return path

    def command_monitor(self, text):
        """Says a command to QEMU's monitor, waits until it is done."""
        command = {"execute": "human-monitor-command", "arguments": {"command-line": text}}
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(self.monitor)
            with s.makefile("rw") as f:
                for say in ({"execute": "qmp_capabilities"}, command):
                    f.write(json.dumps(say) + "\n")
                    f.flush()
                    answer = {}
                    while not {"return", "error"} & set(answer):
                        answer = json.loads(f.readline() or '{"error": "the monitor closed"}')
                    if answer.get("return") not in ({}, ""):
                        raise machine.Failure("QEMU's monitor: %s: %s" % (text, answer))

    def screen(self):
        """The text on the VGA screen."""
        path = os.path.join(self.dir, "screen")
        self.command_monitor("pmemsave 0xb8000 4000 \"%s\"" % path)
        with open(path, "rb") as f:
            cells = f.read()[::2].decode("latin1")
        return "\n".join(cells[i:i + 80].rstrip() for i in range(0, 2000, 80))


class Boot:
    """One boot: modules, what must be said, in this order, and what to do then."""

    def __init__(self, name, modules, *wanted, line="noreboot", args=(), then=None, **options):
        self.name, self.modules, self.wanted = "boot/" + name, modules, wanted
        self.line, self.args, self.then, self.options = BASE + " " + line, args, then, options

    def run(self, log):
        modules = self.modules() if callable(self.modules) else self.modules
        with Bare(modules, self.line, self.args, log=log, **self.options) as m:
            try:
                for pattern in self.wanted:
                    m.expect(pattern, 90, trouble=r"DOUBLE FAULT|Test result: (FAILURE|ERROR)")
                if self.then:
                    self.then(m)
            except machine.Failure as e:
                raise machine.Failure("%s\n%s" % (m.tail(20), e))


# -- what a CPU must have ------------------------------------------------------------------------------------------------

LACKING = [
    ("lm", "xen: this CPU has no 64-bit long mode"),
    ("nx", "xen: this CPU has no NX"),
    ("pge", "xen: this CPU has no global pages"),
    ("syscall", "Panic on CPU0: this CPU has no SYSCALL, which"),
    ("pat", "Panic on CPU0: this CPU has no PAT, which"),
    ("fxsr", "Panic on CPU0: this CPU has no FXSAVE, which"),
    ("sse2", "Panic on CPU0: this CPU has no SSE2, which"),
    ("apic", "Panic on CPU0: this CPU has no local APIC, which"),
    ("tsc", "Panic on CPU0: this CPU has no time stamp counter, which"),
]
# What is used where present: without any of it, the first tests pass all the same.
SPARE = "max,-smep,-smap,-umip,-pcid,-invpcid,-fsgsbase,-xsave,-x2apic,-tsc-deadline,-rdtscp,-pdpe1gb,-mce,-mca,-mtrr"


def cpus():
    found = [Boot("no " + flag, [tiny("selftest")], text, cpu="max,-" + flag) for flag, text in LACKING]
    return found + [Boot("a CPU with the least", [tiny("selftest")], "APIC: xAPIC", "Test result: SUCCESS", cpu=SPARE),
                    Boot("FSRM without ERMS", [tiny("privop")], "Test result: SUCCESS", cpu="max,-erms"),
                    Boot("protections off", [tiny("selftest")], "CPU protections: NX WP", "Test result: SUCCESS",
                         line="noreboot no-smep no-smap no-umip no-pcid no-x2apic")]


# -- modules ----------------------------------------------------------------------------------------------------------------

def kernel_head(count):
    def modules():
        with open(os.path.join(roots.kernel_dir("6.1"), "vmlinuz"), "rb") as f:
            return [f.read(count)]
    return modules


def program():
    return ["/bin/busybox"]


def big_initrd():
    return [tiny("selftest"), bytes(80 << 20)]


def modules():
    good = tiny("selftest")
    return [
        Boot("no module", [], "no dom0 kernel: the loader passed no module"),
        Boot("a module that is text", [b"hello, world\n" * 1000], "neither ELF nor bzImage, or truncated",
             "cannot build dom0 from the module"),
        Boot("an empty module", ["/dev/null"], "dom0 kernel: |no dom0 kernel"),
        Boot("a truncated kernel", kernel_head(3000000), "dom0 kernel: ", "cannot build dom0"),
        Boot("a kernel's first bytes", kernel_head(600), "dom0 kernel: ", "cannot build dom0"),
        Boot("a program as kernel", program, "dom0 kernel: has no Xen notes", "cannot build dom0"),
        Boot("an initrd that does not fit", big_initrd, r"dom0_mem: \d+ pages are too few", "cannot build dom0"),
        Boot("dom0_mem too small", [good], r"dom0_mem: \d+ pages are too few", "cannot build dom0", line="noreboot dom0_mem=100k"),
        Boot("dom0_mem larger than memory", [good], "dom0|Panic on CPU0", line="noreboot dom0_mem=400M", mem=256),
        Boot("a wrong command line", [good], "unknown parameter 'nonsense'", "bad value 'many' of 'maxcpus'",
             "bad value 'x' of 'loglvl'", "Test result: SUCCESS", line="noreboot nonsense maxcpus=many loglvl=x"),
    ]


# -- clocks, interrupt controllers -------------------------------------------------------------------------------------------

def machines():
    t = tiny("timers")
    return [
        Boot("clock HPET", [t], "measured with hpet", "Test result: SUCCESS", line="noreboot clocksource=hpet"),
        Boot("clock PM timer", [t], "measured with acpi", "Test result: SUCCESS", line="noreboot", machine="pc,hpet=off"),
        Boot("clock PIT, no ACPI", [t], "measured with pit", "Test result: SUCCESS", line="noreboot noacpi", machine="pc,hpet=off"),
        Boot("x2APIC, 2 CPUs", [tiny("vcpu")], "APIC: x2APIC", "2 CPUs online", "Test result: SUCCESS", smp=2),
        Boot("xAPIC, 2 CPUs", [tiny("vcpu")], "APIC: xAPIC", "2 CPUs online", "Test result: SUCCESS", smp=2,
             line="noreboot no-x2apic"),
        Boot("4 CPUs, 2 wanted", [tiny("vcpu")], "2 CPUs online", "Test result: SUCCESS", smp=4, line="noreboot maxcpus=2"),
    ]


# -- screen, NMI, machine check, end -------------------------------------------------------------------------------------------

def look_at_screen(m):
    for _ in range(200):
        text = m.screen()
        if "VGA console is dom0's now" in text:
            break
        m.read(0.1)
    for line in (r"^\(XEN\) Scheduler: ", r"^\(XEN\) dom0: 64 MB"):
        if not re.search(line, text, re.M):
            raise machine.Failure("the screen does not say %r:\n%s" % (line, text))


def type_ahead(m):
    """More than a line, and what makes the hypervisor say something behind it."""
    m.send("".join(chr(ord("a") + i % 26) for i in range(3000)) + "\x01\x01\x01")
    m.expect("Serial input is for the debug keys now", 60)
    m.expect("Test result: SUCCESS", 90, trouble="Test result: (FAILURE|ERROR)")


def nmi(m):
    """While dom0 runs: it is reported, and all goes on, to the next one."""
    for _ in range(2):
        m.command_monitor("nmi")
        m.expect(r"\(XEN\) NMI[ :].*CPU0", 60)


def machine_check(m):
    m.command_monitor("mce 0 2 0xb600000000000145 0x5 0x12345000 0x77")
    m.expect(r"Machine check, CPU0, MCG status 0x5", 30, trouble=None)
    m.expect(r"CPU0 bank 2: status 0xb[46]00000000000145 address 0x12345000", 30, trouble=None)
    m.expect("Panic on CPU0: machine check", 30, trouble=None)
    # The trace names functions.
    m.expect(r"\[<[0-9a-f]{16}>\] \w+\+0x[0-9a-f]+/0x[0-9a-f]+", 30, trouble=None)


def restart(m):
    m.expect_end(60)


def ends():
    t = tiny("timers")
    return [
        Boot("the VGA screen", [t], "1 CPUs online", line="noreboot console=com1,vga", args=["-vga", "std"],
             then=look_at_screen),
        Boot("a line typed ahead", [tiny("aux-typed")], "Type now", then=type_ahead),
        Boot("an NMI", [t + " end=stay"], "Test result: SUCCESS", then=nmi),
        Boot("a machine check", [t + " end=stay"], "Test result: SUCCESS", then=machine_check),
        Boot("watchdog and restart", [tiny("watchdog")], "Expect crash", "watchdog expired", line="", then=restart),
        Boot("a reboot asked for by dom0", [tiny("hypercalls") + " end=reboot"], "dom0 asks for a reboot", then=restart),
        Boot("panic and restart", [], "no dom0 kernel", line="", then=restart),
    ]


def cases():
    return cpus() + modules() + machines() + ends()
