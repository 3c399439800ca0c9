# SPDX-License-Identifier: GPL-2.0-only
"""Boots a machine under QEMU: native Debian, the peer's hypervisor or ours, by -kernel or through GRUB.

Machine.start() runs QEMU with its first serial port on pipes; expect() and send() talk to it, everything said goes
to a log file. Used by scripts/vm, the system tests and the benchmark.
"""
import os
import re
import select
import shutil
import subprocess
import tempfile
import time

import roots

RUN = os.path.join(roots.TOP, "build/run")
OUR_XEN = os.path.join(roots.TOP, "build/xen")
PEER_XEN = os.path.join(roots.PEER, "xen")

XEN_ARGS = "console=com1 com1=115200%s loglvl=all guest_loglvl=all noreboot"
# Without eager switching the peer corrupts vector registers on QEMU's emulated CPU (docs/testing.md).
PEER_ARGS = " spec-ctrl=eager-fpu"
TROUBLE = r"Kernel panic - not syncing|Panic on CPU|(?i:\(xen\).*\bpanic\b)|Failed to boot both default"
DISKS = {"virtio-blk": "virtio-blk-pci,drive=%s", "ahci": "ide-hd,bus=ahci.0,drive=%s",
         "nvme": "nvme,serial=scratch,drive=%s"}
NETS = {"virtio-net": "virtio-net-pci,netdev=%s", "e1000": "e1000,netdev=%s"}


class Failure(Exception):
    """What was expected of the machine did not come."""


def have_kvm():
    """KVM is used only where the CPU itself shows vmx or svm."""
    with open("/proc/cpuinfo") as f:
        flags = re.search(r"^flags\s*:.*\b(vmx|svm)\b", f.read(), re.M)
    return bool(flags) and os.access("/dev/kvm", os.R_OK | os.W_OK)


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


class Machine:
    """One machine. Options as keyword arguments, see OPTIONS."""

    OPTIONS = dict(
        xen="ours",          # none, ours, peer, or a path
        xen_args="",         # added to the hypervisor's command line
        kernel="6.1",        # 6.1, 6.12, or a path to a bzImage
        kernel_args="",      # added to Linux's command line
        tools=None,          # ours, peer, none; by default those of the hypervisor, none when native
        guest="6.1",         # kernel of the demo guest in dom0's root, or None
        initrd=None,         # a ready initramfs in place of the built root
        boot="kernel",       # kernel (QEMU loads multiboot 1 itself), grub-mb1, grub-mb2, disk (what is on `disk`)
        smp=1, mem=1024, dom0_mem=512,    # MB; 0: what the hypervisor gives it by itself
        cpu=None, accel="tcg", machine="pc",
        icount=False,        # count instructions: 1 ns each, repeatable
        devices=(),          # virtio-net, e1000, virtio-blk, ahci, nvme
        disk=None,           # image behind the disk device; by default an empty scratch disk
        overlay=(),          # directories laid over dom0's root
        test=None,           # text of a script to run as /test.sh
        files=None,          # path in dom0 -> bytes
        programs=(),         # programs of this machine to put into dom0's root
        modules=(),          # kernel modules to put there; /lib/modules/more lists them, nothing loads them
        qemu_args=(), log=None, gdb=False, grub_timeout=0, grub_menu=False)

    def __init__(self, **options):
        unknown = set(options) - set(self.OPTIONS)
        if unknown:
            raise TypeError("unknown options: %s" % ", ".join(sorted(unknown)))
        for name, default in self.OPTIONS.items():
            setattr(self, name, options.get(name, default))
        os.makedirs(RUN, exist_ok=True)
        self.dir = tempfile.mkdtemp(prefix="vm-", dir=RUN)
        self.process = None
        self.text = ""
        self.seen = 0

    # What is booted

    def xen_path(self):
        return {"none": None, "ours": OUR_XEN, "peer": PEER_XEN}.get(self.xen, self.xen)

    def xen_line(self):
        line = XEN_ARGS % (" dom0_mem=%dM" % self.dom0_mem if self.dom0_mem else "")
        return (line + (PEER_ARGS if self.xen == "peer" else "") + " " + self.xen_args).strip()

    def kernel_path(self):
        return self.kernel if "/" in self.kernel else os.path.join(roots.kernel_dir(self.kernel), "vmlinuz")

    def kernel_line(self):
        console = "console=ttyS0" if self.xen == "none" else "console=hvc0"
        return ("%s panic=-1 test.cpus=%d test.devices=%d %s" %
                (console, self.smp, len(self.devices), self.kernel_args)).strip()

    def root_path(self):
        """dom0's root with overlay and test appended."""
        if self.initrd:
            return self.initrd
        tools = self.tools or {"none": "none", "peer": "peer"}.get(self.xen, "ours")
        base = roots.dom0_root(self.kernel, tools, self.guest)
        extra = {k: v for k, v in (self.files or {}).items()}
        if self.test is not None:
            extra["test.sh"] = self.test.encode()
        more = roots.overlay(self.overlay, extra, self.programs, (self.kernel, self.modules) if self.modules else None)
        if not more:
            return base
        path = os.path.join(self.dir, "root.cpio")
        shutil.copyfile(base, path)
        with open(path, "ab") as f:
            f.write(more)
        return path

    def grub_config(self):
        mb = "2" if self.boot == "grub-mb2" else ""
        module = "module2" if mb else "module"
        style = "menu" if self.grub_menu else "hidden"
        lines = ["set timeout=%d" % self.grub_timeout, "set timeout_style=" + style,
                 "serial --unit=0 --speed=115200", "terminal_input serial console",
                 "terminal_output serial console", "menuentry 'Debian on the hypervisor' {"]
        if self.xen == "none":
            lines += ["  linux /boot/vmlinuz " + self.kernel_line(), "  initrd /boot/root"]
        else:
            lines += ["  multiboot%s /boot/xen %s" % (mb, self.xen_line()),
                      "  %s /boot/vmlinuz %s" % (module, self.kernel_line()), "  %s /boot/root" % module]
        return "\n".join(lines + ["}", ""])

    def grub_image(self):
        """Makes a bootable image (for CDs and disks alike; a virtio disk is what the BIOS reads fastest)."""
        tree = os.path.join(self.dir, "iso/boot")
        os.makedirs(os.path.join(tree, "grub"))
        parts = {"vmlinuz": self.kernel_path(), "root": self.root_path()}
        if self.xen != "none":
            parts["xen"] = self.xen_path()
        for name, source in parts.items():
            link_or_copy(source, os.path.join(tree, name))
        with open(os.path.join(tree, "grub/grub.cfg"), "w") as f:
            f.write(self.grub_config())
        image = os.path.join(self.dir, "boot.iso")
        done = subprocess.run(["grub-mkrescue", "-o", image, os.path.join(self.dir, "iso")],
                              capture_output=True, text=True)
        if done.returncode:
            raise Failure("grub-mkrescue failed:\n" + done.stderr)
        return image

    # How

    def boot_args(self):
        if self.boot == "disk":
            return ["-drive", "format=raw,if=none,id=boot,snapshot=on,file=" + self.disk,
                    "-device", "virtio-blk-pci,drive=boot,bootindex=0"]
        if self.boot.startswith("grub"):
            return ["-drive", "format=raw,if=none,id=boot,readonly=on,file=" + self.grub_image(),
                    "-device", "virtio-blk-pci,drive=boot,bootindex=0"]
        if self.xen == "none":
            return ["-kernel", self.kernel_path(), "-append", self.kernel_line(), "-initrd", self.root_path()]
        line = self.kernel_line().replace(",", ",,")
        return ["-kernel", self.xen_path(), "-append", self.xen_line(),
                "-initrd", "%s %s,%s" % (self.kernel_path(), line, self.root_path())]

    def device_args(self):
        args = []
        if "ahci" in self.devices:
            args += ["-device", "ahci,id=ahci"]
        for i, name in enumerate(self.devices):
            if name in NETS:
                args += ["-netdev", "user,id=n%d" % i, "-device", NETS[name] % ("n%d" % i)]
            elif name in DISKS:
                disk = self.disk or os.path.join(self.dir, "disk%d.img" % i)
                if not os.path.exists(disk):
                    with open(disk, "wb") as f:
                        f.truncate(256 << 20)
                args += ["-drive", "file=%s,format=raw,if=none,id=d%d" % (disk, i),
                         "-device", DISKS[name] % ("d%d" % i)]
            else:
                raise Failure("unknown device " + name)
        return args

    def cpu_args(self):
        accel, cpu = self.accel, self.cpu
        if accel == "auto":
            accel = "kvm" if have_kvm() else "tcg"
        if accel == "kvm":
            return ["-accel", "kvm", "-cpu", cpu or "host"]
        if self.icount:
            return ["-accel", "tcg,thread=single", "-cpu", cpu or "max,-x2apic", "-icount", "shift=0,sleep=off",
                    "-seed", "1", "-rtc", "base=2026-01-01,clock=vm"]
        if accel == "tcg" and self.smp > (os.cpu_count() or 1):
            accel = "tcg,thread=single"
        return ["-accel", accel, "-cpu", cpu or "max"]

    def command(self, interactive=False):
        args = ["qemu-system-x86_64", "-M", self.machine, "-nodefaults", "-smp", str(self.smp), "-m", str(self.mem),
                "-no-reboot"]
        # QEMU's own key is Ctrl-T, so that Ctrl-A reaches the hypervisor (three times: its debug keys).
        args += ["-nographic", "-echr", "20", "-serial", "mon:stdio"] if interactive else ["-display", "none", "-serial", "stdio"]
        args += self.cpu_args() + self.boot_args() + self.device_args() + list(self.qemu_args)
        return args + (["-s", "-S"] if self.gdb else [])

    def interact(self):
        """Runs on this terminal until QEMU ends. Returns its status."""
        try:
            return subprocess.run(self.command(interactive=True)).returncode
        finally:
            self.close()

    # Talking to it

    def start(self):
        if not self.log:
            self.log = os.path.join(RUN, "last.log")
        self.logfile = open(self.log, "wb")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.began = time.monotonic()
        return self

    def read(self, wait):
        """Takes what the console says within `wait` seconds. False when the machine has ended."""
        ready, _, _ = select.select([self.process.stdout], [], [], wait)
        if not ready:
            return True
        data = os.read(self.process.stdout.fileno(), 65536)
        self.logfile.write(data)
        self.logfile.flush()
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def expect(self, pattern, timeout, trouble=TROUBLE):
        """Waits for a pattern in what was not looked at yet. Returns the match; raises Failure."""
        end = time.monotonic() + timeout
        bad = re.compile(trouble) if trouble else None
        alive = True
        while True:
            match = re.search(pattern, self.text[self.seen:])
            if match:
                self.seen += match.end()
                return match
            if bad and bad.search(self.text[self.seen:]):
                self.read(0.5)
                raise Failure("the machine panicked; expected %r" % pattern)
            if not alive:
                raise Failure("the machine ended; expected %r" % pattern)
            left = end - time.monotonic()
            if left <= 0:
                raise Failure("no %r within %d s" % (pattern, timeout))
            alive = self.read(min(left, 1))

    def send(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def result(self, timeout):
        """Waits for the verdict of a test script. Returns its status."""
        return int(self.expect(r"(?m)^RESULT: (\d+)", timeout).group(1))

    def expect_end(self, timeout):
        """Waits until the machine powers itself off; raises Failure."""
        end = time.monotonic() + timeout
        while self.read(1):
            if time.monotonic() > end:
                raise Failure("the machine did not power off within %d s" % timeout)

    def tail(self, lines=40):
        return "\n".join(self.text.replace("\r", "").splitlines()[-lines:])

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.logfile.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()
