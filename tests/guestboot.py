#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The real guestboot, run by a user without privileges, on drives as installers make them and on disks that a hostile guest
could make. No machine.

Of a good drive (drives.py) the kernel, the ramdisk and the command line must be found. A hostile disk must be refused with
one line, exit status 1, within a bound of time; no file and no process may be left. Prints PASS and FAIL lines.
"""
import os
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import drives

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
NOBODY = 65534
BOUND = 240             # seconds for one disk, on a machine that is busy with other things; guestboot's own bound is 120
MIB = 1 << 20
PATH = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
MENU = "set default=0\nmenuentry one {\n\tlinux %s root=/dev/xvda1\n\tinitrd /boot/initrd\n}\n"
NONE = r"no menu of GRUB with a Linux in it was found|cannot make sense of the disk"


class Disk:
    """An image file, and how to damage it."""

    def __init__(self, folder, files=None, size="8M"):
        self.path = os.path.join(folder, "disk.img")
        self.folder = folder
        if files is not None:
            self.make(files, size)

    def make(self, files, size):
        tree = os.path.join(self.folder, "tree")
        for name, content in files.items():
            path = os.path.join(tree, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if isinstance(content, tuple):
                os.symlink(content[0], path)
                continue
            with open(path, "wb") as f:
                if isinstance(content, int):
                    f.write(b"begin")
                    f.seek(content)
                    f.write(b"end")
                else:
                    f.write(content)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-I", "256",
                        "-O", "^has_journal,^64bit,^metadata_csum,^inline_data", "-d", tree, self.path, size],
                       check=True, env=PATH, capture_output=True)
        shutil.rmtree(tree)

    def debugfs(self, command, write=False):
        return subprocess.run(["debugfs"] + ["-w"] * write + ["-R", command, self.path], check=True, env=PATH,
                              capture_output=True, text=True).stdout

    def put(self, offset, data):
        with open(self.path, "r+b") as f:
            f.seek(offset)
            f.write(data)

    def inode(self, path):
        """Where the inode lies in the image."""
        found = re.search(r"located at block (\d+), offset (0x[0-9a-f]+)", self.debugfs("imap " + path))
        return int(found.group(1)) * 4096 + int(found.group(2), 16)

    def block(self, path):
        return int(self.debugfs("blocks " + path).split()[0])


def usual(kernel="/boot/vmlinuz", **more):
    return dict({"boot/grub/grub.cfg": (MENU % kernel).encode(), "boot/vmlinuz": b"the kernel\n",
                 "boot/initrd": b"the ramdisk\n"}, **more)


def noise(folder):
    disk = Disk(folder)
    with open(disk.path, "wb") as f:
        f.write(random.Random(1).randbytes(MIB))


def superblock(offset, value):
    def make(folder):
        Disk(folder, usual()).put(1024 + offset, struct.pack("<I", value))
    return make


def table(folder, sector):
    """A drive with a partition table and nothing else."""
    disk = Disk(folder)
    with open(disk.path, "wb") as f:
        f.write(sector)
        f.truncate(4 * MIB)
    return disk


def mbr(*parts):
    entries = b"".join(struct.pack("<BBHBBHII", 0, 1, 1, kind, 1, 1, start, size) for kind, start, size in parts)
    return bytes(446) + entries.ljust(64, b"\0") + b"\x55\xaa"


def outside(folder):
    table(folder, mbr((0x83, 0x7fffffff, 2048), (0x83, 8000, 0xffffffff), (0x83, 0xfffffff0, 0xfffffff0)))


def ring(folder):
    """Extended partitions whose chain comes back to where it was."""
    disk = table(folder, mbr((5, 64, 4096)))
    disk.put(64 * 512, mbr((0x83, 1, 1), (5, 8, 64)))
    disk.put(72 * 512, mbr((0x83, 1, 1), (5, 0, 64)))


def gpt(count, size):
    def make(folder):
        disk = table(folder, mbr((0xee, 1, 0xffffffff)))
        header = b"EFI PART" + struct.pack("<IIIIQQQQ16sQIII", 0x10000, 92, 0, 0, 1, 8191, 34, 8000, b"x" * 16, 2,
                                           count, size, 0)
        disk.put(512, header)
        disk.put(1024, b"\1" * 8192)
    return make


def huge_inode(folder):
    disk = Disk(folder, usual())
    at = disk.inode("/boot/grub/grub.cfg")
    disk.put(at + 4, b"\xff\xff\xff\xff")
    disk.put(at + 0x6c, b"\xff\xff\xff\x0f")


def extent_ring(folder):
    """An extent tree whose node is its own child, without a leaf."""
    disk = Disk(folder, usual())
    block = disk.block("/boot/grub/grub.cfg")
    node = struct.pack("<HHHHI", 0xf30a, 1, 4, 1, 0) + struct.pack("<IIHH", 0, block, 0, 0)
    disk.put(disk.inode("/boot/grub/grub.cfg") + 40, node)
    disk.put(block * 4096, node)


def directory_without_end(folder):
    """Entries of length 0, and a directory that is said to be enormous."""
    disk = Disk(folder, usual())
    disk.put(disk.block("/boot") * 4096, struct.pack("<IHBB", 2, 0, 0, 2) * 512)
    disk.put(disk.inode("/boot") + 4, b"\xff\xff\xff\x7f")


def damaged(maker, offset, data):
    """What drives.py makes, without partitions, with other bytes at one place."""
    def make(folder):
        disk = Disk(folder)
        drives.plant(disk.path + ".tree", usual())
        maker(disk.path, disk.path + ".tree")
        disk.put(offset, data)
        shutil.rmtree(disk.path + ".tree")
    return make


def files(content, size="8M"):
    return lambda folder: Disk(folder, content, size)


def plain(content):
    def make(folder):
        with open(Disk(folder).path, "wb") as f:
            f.write(content)
    return make


# name, what makes the disk, what guestboot says of it, seconds that it gets
HOSTILE = [
    ("empty", plain(b""), "neither a disk image nor a block device", 120),
    ("no-disk", lambda folder: os.mkfifo(Disk(folder).path), "neither a disk image nor a block device", 120),
    ("directory", lambda folder: os.mkdir(Disk(folder).path), "neither a disk image nor a block device", 120),
    ("noise", noise, NONE, 120),
    ("block-size", superblock(24, 0xffffffff), NONE, 120),
    ("inode-size", superblock(88, 0), NONE, 120),
    ("no-inodes-in-a-group", superblock(40, 0), NONE, 120),
    ("first-block", superblock(20, 0xfffffff0), NONE, 120),
    ("partitions-outside", outside, NONE, 120),
    ("partitions-in-a-ring", ring, NONE + "|was ended after 3 s", 3),
    ("gpt-4-billion-partitions", gpt(0xffffffff, 128), NONE + "|was ended after 3 s", 3),
    ("gpt-partitions-of-no-size", gpt(0xffffffff, 0), NONE + "|was ended after 3 s", 3),
    ("directory-without-end", directory_without_end, NONE, 120),
    ("extents-in-a-ring", extent_ring, NONE + "|was ended after 3 s", 3),
    ("btrfs-of-exabytes", damaged(drives.btrfs, (64 << 10) + 70, b"\xff" * 42), NONE + "|was ended after 3 s", 3),
    ("xfs-blocks-of-exabytes", damaged(drives.xfs, 120, b"\xff" * 5), NONE + "|was ended after 3 s", 3),
    ("xfs-blocks-of-no-size", damaged(drives.xfs, 120, bytes(8)), NONE + "|was ended after 3 s", 3),
    ("fat-without-clusters", damaged(drives.esp, 13, bytes(4)), NONE, 120),
    ("lvm-metadata-of-exabytes", damaged(drives.inside(drives.lvm, drives.ext), 4096 + 40, b"\xff" * 16),
     NONE + "|was ended after 3 s", 3),
    ("lvm-metadata-without-end", damaged(drives.inside(drives.lvm, drives.ext), 4096 + 512, b"{ " * 4000),
     NONE + "|was ended after 3 s", 3),
    ("raid-of-4-billion-drives", damaged(drives.inside(drives.raid1, drives.ext), 4096 + 92, b"\xff" * 4),
     NONE + "|was ended after 3 s", 3),
    ("menu-of-exabytes", huge_inode, "more than 1048576 bytes", 120),
    ("menu-of-100-mb", files(usual(**{"boot/grub/grub.cfg": 100 * MIB})), "more than 1048576 bytes", 120),
    ("menu-of-a-million-entries", files(usual(**{"boot/grub/grub.cfg": b"menuentry a {\nlinux /k\n}\n" * 1000000}),
                                        "40M"), "more than 1048576 bytes", 120),
    ("menu-in-a-symlink-ring", files(usual(**{"boot/grub/grub.cfg": ("/boot/grub/grub.cfg",)})), NONE, 120),
    ("kernel-of-20-gb", files(usual(**{"boot/vmlinuz": 20 << 30})), "/boot/vmlinuz, which is too large", 120),
    ("kernel-in-a-symlink-ring", files(usual(**{"boot/vmlinuz": ("vmlinux",), "boot/vmlinux": ("vmlinuz",)})),
     "/boot/vmlinuz, which cannot be read", 120),
    ("kernel-is-a-directory", files(usual("/boot/grub")), "/boot/grub, which cannot be read", 120),
    ("kernel-of-the-host", files(usual("(host)/etc/passwd")), "not a path on the disk", 120),
    ("kernel-above-the-root", files(usual("/../../etc/passwd")), "which cannot be read", 120),
    ("kernel-with-control-characters", files(usual("'/\x1b[2Jx'")), r"names /\?\[2Jx, which cannot be read", 120),
]


GOOD = [
    ("good", files(usual(**{"boot/self": ("../boot",)})), [],
     {"kernel": b"the kernel\n", "ramdisk": b"the ramdisk\n", "cmdline": b"root=/dev/xvda1",
      "entry": b"one\n/boot/vmlinuz\n/boot/initrd\n"}),
] + drives.DRIVES


def run(program, folder, *options):
    """As nobody when this is root. Returns status, what it said, and whether any process of it is left."""
    alive, held = os.pipe()
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run([program] + list(options) + [os.path.join(folder, "disk.img")], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=BOUND, pass_fds=[held], **user)
    os.close(held)
    # Every process that it started has the pipe's other end.
    os.set_blocking(alive, False)
    left = True
    for _ in range(100):
        try:
            left = os.read(alive, 1) != b""
            break
        except BlockingIOError:
            time.sleep(0.1)
    os.close(alive)
    return done, left


def open_to_all(path):
    for base, _, names in os.walk(path):
        os.chmod(base, 0o755)
        for name in names:
            os.chmod(os.path.join(base, name), 0o644)


def prepare(make):
    folder = tempfile.mkdtemp(prefix="guestboot-")
    make(folder)
    open_to_all(folder)
    out = os.path.join(folder, "out")
    os.mkdir(out)
    os.chmod(out, 0o777)
    return folder, out


def verdict(program, make, pattern, seconds):
    """None, or what is wrong."""
    folder, out = prepare(make)
    try:
        done, left = run(program, folder, "--timeout=%d" % seconds, "--output=" + out)
        if done.returncode != 1 or done.stdout:
            return "status %d, said %r %r" % (done.returncode, done.stdout, done.stderr)
        if done.stderr.count("\n") != 1 or not re.search(pattern, done.stderr):
            return "said %r, expected %r" % (done.stderr, pattern)
        if left or os.listdir(out):
            return "left processes or files: %s" % os.listdir(out)
        return None
    finally:
        shutil.rmtree(folder)


def good(program, make, options, wanted):
    """None, or what is wrong with what was found on a disk that is right."""
    folder, out = prepare(make)
    try:
        done, left = run(program, folder, *options, "--output=" + out)
        found = {}
        for name in os.listdir(out):
            with open(os.path.join(out, name), "rb") as f:
                found[name] = f.read()
        listed, _ = run(program, folder, *options, "--list")
        chosen = [line.split(None, 2)[2] for line in listed.stdout.splitlines() if line.startswith("*")]
        if done.returncode or done.stderr or left:
            return "status %d, said %r" % (done.returncode, done.stderr)
        if found != wanted:
            return "not what was expected: %s" % ", ".join(
                "%s (%r, %d bytes)" % (name, data[:200], len(data)) for name, data in found.items() if data != wanted.get(name))
        if chosen != [wanted["entry"].decode().split("\n")[0]]:
            return "the menu was listed as %r" % listed.stdout
        return None
    finally:
        shutil.rmtree(folder)


def full(program):
    """Where the copies go there is no room for them: that is said of the place, not of the disk. (Root's: it mounts one.)"""
    folder, out = prepare(files(usual(**{"boot/initrd": b"x" * 100000})))
    script = ("mount -t tmpfs -o mode=777,size=80k small $0 && "
              "setpriv --reuid=%d --regid=%d --clear-groups $1 --output=$0 $2; s=$?; ls $0; exit $s" % (NOBODY, NOBODY))
    try:
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script, out, program, os.path.join(folder, "disk.img")],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BOUND)
        told = "/boot/initrd, which does not fit into what is free where it is copied to\n"
        if done.returncode != 1 or done.stdout or done.stderr.count("\n") != 1 or told not in done.stderr:
            return "status %d, left %r, said %r" % (done.returncode, done.stdout, done.stderr)
        return None
    finally:
        shutil.rmtree(folder)


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(child) for child in f.read().split()]
    except OSError:
        return []


def jail_of(boot):
    """The process in the jail while a program that it has started reads the disk, or None when all was over before."""
    while boot.poll() is None:
        for child in children(boot.pid):
            if children(child):
                return child
    return None


def privileges(jail):
    """None, or what the process in the jail may do beyond reading the disk."""
    with open("/proc/%d/status" % jail) as f:
        status = f.read()
    if re.search(r"(?m)^State:\s*[ZX]", status):
        raise ProcessLookupError
    wanted = [(name, "0" * 16) for name in ("CapPrm", "CapEff", "CapAmb")]
    wanted += [("NoNewPrivs", "1"), ("Seccomp", "2")]
    if os.geteuid() == 0:
        wanted += [(name, r"%d\s%d\s%d\s%d" % ((NOBODY,) * 4)) for name in ("Uid", "Gid")] + [("Groups", "")]
    wrong = [name for name, value in wanted if not re.search(r"(?m)^%s:\s*%s *$" % (name, value), status)]
    return "the jail has privileges: %s\n%s" % (", ".join(wrong), status) if wrong else None


def killed(program):
    """Nothing goes on in the jail, which has no privileges, once guestboot was killed: as its own user, which may be root."""
    folder, _ = prepare(files(usual()))
    try:
        for _ in range(20):
            alive, held = os.pipe()
            boot = subprocess.Popen([program, "--list", os.path.join(folder, "disk.img")], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[held])
            os.close(held)
            jail, wrong = jail_of(boot), None
            try:
                if jail:
                    os.kill(jail, signal.SIGSTOP)
                    wrong = privileges(jail)
            except (ProcessLookupError, FileNotFoundError):
                jail = None
            boot.kill()
            boot.wait()
            gone, _, _ = select.select([alive], [], [], 10)
            os.close(alive)
            if not gone:
                os.kill(jail, signal.SIGKILL)
                return "the jail outlived it"
            if jail:
                return wrong
        return "it was never seen in its jail"
    finally:
        shutil.rmtree(folder)


def main():
    os.umask(0o022)
    home = tempfile.mkdtemp(prefix="guestboot-")
    os.chmod(home, 0o755)
    program = shutil.copy(os.path.join(TOP, "build/tools/guestboot/guestboot"), home)
    cases = [(name, lambda case=case: good(program, *case)) for name, *case in GOOD]
    cases += [("killed", lambda: killed(program)), ("full", lambda: full(program))]
    cases += [(name, lambda case=case: verdict(program, *case)) for name, *case in HOSTILE]
    bad = 0
    for name, case in cases:
        try:
            wrong = case()
        except (OSError, subprocess.SubprocessError) as e:
            wrong = "%s %s" % (e, getattr(e, "stderr", None) or "")
        print("%s %s%s" % ("FAIL" if wrong else "PASS", name, "\n   " + wrong if wrong else ""))
        bad += bool(wrong)
    shutil.rmtree(home)
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
