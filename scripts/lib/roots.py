# SPDX-License-Identifier: GPL-2.0-only
"""Builds the small roots: dom0's and the demo guest's initramfs, and the guest's disk image.

Nothing here needs root. Roots are cached in build/root and rebuilt when one of their inputs is newer.
"""
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys

import cpio
import modules

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
CACHE = os.path.join(TOP, "build/cache")
ROOT = os.path.join(TOP, "build/root")
DIST = os.path.join(TOP, "build/dist")
PEER = os.path.join(CACHE, "peer")
PEER_LIBS = ["usr/lib/x86_64-linux-gnu", "usr/lib/xen-4.17/lib/x86_64-linux-gnu"]
SOURCES = os.path.join(TOP, "scripts/root")

# The peer's programs, by their names on the PATH of a dom0 with its tools.
PEER_BIN = ["xl", "xenstored", "xenconsoled", "xenconsole", "xen-init-dom0", "libxl-save-helper"]
PEER_CLIENTS = ["xenstore", "xenstore-chmod", "xenstore-exists", "xenstore-list", "xenstore-ls",
                "xenstore-read", "xenstore-rm", "xenstore-watch", "xenstore-write"]
# Host programs that the peer's hotplug scripts need and busybox lacks (or has too simple). In /usr/sbin
# they come before busybox's on the PATH.
PEER_HOST = ["/sbin/losetup", "/sbin/ip", "/sbin/bridge", "/sbin/brctl", "/usr/bin/flock"]
# Opened by name at run time, so that ldd does not tell.
PEER_HIDDEN = ["/lib/x86_64-linux-gnu/libgcc_s.so.1"]


def kernel_dir(version):
    return os.path.join(CACHE, "kernel-" + version)


def fetch():
    """Makes sure that kernels and peer are in build/cache."""
    subprocess.run([os.path.join(TOP, "scripts/fetch-debs")], check=True, stdout=subprocess.DEVNULL)


def is_elf(path):
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def libraries(programs, search):
    """Host paths of all shared libraries that the programs need, found by ldd with a search path."""
    env = dict(os.environ, LD_LIBRARY_PATH=":".join(search), LC_ALL="C")
    found = set()
    for program in programs:
        out = subprocess.run(["ldd", program], env=env, capture_output=True, text=True).stdout
        for line in out.splitlines():
            words = line.split()
            if "not found" in line:
                raise SystemExit("roots: %s needs a library that is not here: %s" % (program, line.strip()))
            if "=>" in words and len(words) > 2 and words[2].startswith("/"):
                found.add((words[0], words[2]))
            elif words and words[0].startswith("/lib64/"):
                found.add((os.path.basename(words[0]), words[0]))
    return found


def add_libraries(archive, programs, search=()):
    for name, path in sorted(libraries(programs, search)):
        archive.file(("lib64/" if name.startswith("ld-") else "usr/lib/x86_64-linux-gnu/") + name, path, 0o755)


def busybox(archive):
    source = shutil.which("busybox")
    archive.file("bin/busybox", source, 0o755)
    applets = subprocess.run([source, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in applets:
        if name not in ("busybox", "poweroff", "reboot", "halt", "init"):
            archive.symlink("bin/" + name, "busybox")
    for name in ("poweroff", "reboot", "halt"):
        archive.symlink("sbin/" + name, "../bin/busybox")
    archive.symlink("sbin/init", "../bin/busybox")
    archive.symlink("sbin/modprobe", "../bin/true")


def skeleton(archive, names):
    """Folders, device nodes for the first console, and the files of scripts/root named in `names`."""
    for path in ("proc", "sys", "dev", "run", "tmp", "mnt", "root", "var/log/xen", "var/run", "var/lib/xen",
                 "var/lib/xenstored", "lib/x86_64-linux-gnu"):
        archive.directory(path)
    archive.entries.pop("var/run")
    archive.symlink("var/run", "../run")
    archive.device("dev/console", "c", 5, 1)
    archive.device("dev/null", "c", 1, 3)
    for target, source, mode in names:
        archive.file(target, os.path.join(SOURCES, source), mode)


def peer_tools(archive):
    bins = [os.path.join(PEER, "usr/lib/xen-4.17/bin", n) for n in PEER_BIN]
    clients = [os.path.join(PEER, "usr/bin", n) for n in PEER_CLIENTS]
    for path in bins:
        archive.file("usr/lib/xen-4.17/bin/" + os.path.basename(path), path)
        archive.symlink("usr/sbin/" + os.path.basename(path), "../lib/xen-4.17/bin/" + os.path.basename(path))
    for path in clients:
        archive.file("usr/bin/" + os.path.basename(path), path)
    archive.tree(os.path.join(PEER, "etc/xen"), "etc/xen")
    archive.file("bin/bash", "/bin/bash", 0o755)
    for path in PEER_HOST:
        archive.file("usr/sbin/" + os.path.basename(path), path, 0o755)
    search = [os.path.join(PEER, d) for d in PEER_LIBS]
    add_libraries(archive, bins + clients + PEER_HOST + ["/bin/bash"], search)
    for path in PEER_HIDDEN:
        archive.file("usr/lib/x86_64-linux-gnu/" + os.path.basename(path), path)


TERMINFO = "/lib/terminfo"
TERMINALS = ["linux", "vt100", "vt102", "vt220", "xterm", "xterm-256color", "screen", "screen-256color", "tmux",
             "tmux-256color", "dumb"]


def terminals(archive):
    """What xm top must know of terminals."""
    for name in TERMINALS:
        path = os.path.join(name[0], name)
        if os.path.exists(os.path.join(TERMINFO, path)):
            archive.file("lib/terminfo/" + path, os.path.realpath(os.path.join(TERMINFO, path)))


def our_tools(archive, skip=()):
    """build/dist as it is, and the shared libraries of its programs."""
    if not os.path.isdir(DIST):
        return
    archive.tree(DIST, skip=("boot", "usr/include", "usr/share") + tuple(skip))
    terminals(archive)
    programs = [os.path.join(b, f) for b, _, files in os.walk(DIST) for f in files]
    programs = [p for p in programs if is_elf(p) and "/boot/" not in p and not p.endswith(".a")]
    own_libs = [os.path.join(DIST, "usr/lib"), os.path.join(DIST, "usr/lib/x86_64-linux-gnu")]
    add_libraries(archive, programs, own_libs)


def newer(target, inputs):
    """True if target exists and no input (file or tree) is newer."""
    if not os.path.exists(target):
        return False
    limit = os.path.getmtime(target)

    def stamps(path):
        if os.path.isdir(path):
            for base, _, files in os.walk(path):
                yield os.lstat(base).st_mtime
                yield from (os.lstat(os.path.join(base, f)).st_mtime for f in files)
        elif os.path.exists(path):
            yield os.stat(path).st_mtime

    return all(s <= limit for path in inputs for s in stamps(path))


@contextlib.contextmanager
def building():
    """Only one at a time builds roots: threads and processes alike."""
    os.makedirs(ROOT, exist_ok=True)
    with open(os.path.join(ROOT, ".lock"), "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


OWN = [os.path.join(TOP, "scripts/lib"), SOURCES]


def guest_root(version):
    """The demo guest's initramfs for a kernel version. Returns its path."""
    target = os.path.join(ROOT, "guest-%s.cpio" % version)
    if newer(target, OWN + [kernel_dir(version) + "/vmlinuz"]):
        return target
    archive = cpio.Archive()
    busybox(archive)
    skeleton(archive, [("init", "init-guest", 0o755), ("etc/inittab", "inittab-guest", 0o644),
                       ("etc/rc", "rc-guest", 0o755), ("etc/passwd", "passwd", 0o644)])
    modules.Tree(kernel_dir(version)).add_to(archive, modules.GUEST)
    archive.write(target)
    return target


def guest_disk():
    """A small ext4 image for the demo guest. Returns its path."""
    target = os.path.join(ROOT, "demo.img")
    if newer(target, OWN):
        return target
    content = os.path.join(ROOT, "demo-disk")
    shutil.rmtree(content, ignore_errors=True)
    os.makedirs(content)
    with open(os.path.join(content, "hello.txt"), "w") as f:
        f.write("This file lies on the guest's disk.\n")
    part = target + ".part"
    if os.path.exists(part):
        os.unlink(part)
    env = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", content, part, "8M"],
                   check=True, env=env, stdout=subprocess.DEVNULL)
    os.replace(part, target)
    return target


def dom0_root(version, tools, guest_version=None):
    """dom0's initramfs.

    tools: "ours", "peer", "mixed" (our xm on the peer's daemons), "daemons" (the peer's xl on ours) or "none".
    With guest_version the demo guest's kernel, root, disk and config files are put in. Returns the image's path.
    """
    with building():
        return make_dom0_root(version, tools, guest_version)


def make_dom0_root(version, tools, guest_version):
    name = "dom0-%s-%s-%s.cpio" % (version, tools, guest_version or "noguest")
    target = os.path.join(ROOT, name)
    inputs = OWN + [kernel_dir(version) + "/vmlinuz", os.path.join(TOP, "config")]
    if tools in ("ours", "mixed", "daemons"):
        inputs.append(DIST)
    if newer(target, inputs):
        return target
    archive = cpio.Archive()
    busybox(archive)
    skeleton(archive, [("init", "init-dom0", 0o755), ("etc/passwd", "passwd", 0o644),
                       ("etc/banner", "banner", 0o644), ("usr/bin/pgrep", "pgrep", 0o755)])
    for name in ("poweroff", "reboot"):
        # For the kernel, which calls them by path.
        archive.data("sbin/" + name, ("#!/bin/sh\nsync\nexec %s -f\n" % name).encode(), 0o755)
    modules.Tree(kernel_dir(version)).add_to(archive, modules.DOM0)
    if guest_version:
        archive.file("boot/guest/vmlinuz", os.path.join(kernel_dir(guest_version), "vmlinuz"))
        archive.file("boot/guest/initrd", guest_root(guest_version))
        archive.file("var/lib/xen/images/demo.img", guest_disk())
        samples = os.path.join(TOP, "config")
        for sample in sorted(os.listdir(samples)) if os.path.isdir(samples) else []:
            if sample.endswith(".cfg"):
                archive.file("etc/xen/" + sample, os.path.join(samples, sample))
    if tools == "peer":
        peer_tools(archive)
    elif tools == "ours":
        our_tools(archive)
    elif tools == "mixed":
        peer_tools(archive)
        our_tools(archive, skip=["usr/sbin/xenstored", "usr/sbin/xenconsoled"])
    elif tools == "daemons":
        peer_tools(archive)
        for name in ("xenstored", "xenconsoled"):
            archive.file("usr/lib/xen-4.17/bin/" + name, os.path.join(DIST, "usr/sbin", name))
        archive.file("usr/bin/xenstore", os.path.join(DIST, "usr/bin/xenstore"))
    if guest_version:
        # In place of the sample of that name, which is for installed machines.
        archive.file("etc/xen/demo.cfg", os.path.join(TOP, "scripts/root/demo.cfg"))
    archive.write(target)
    return target


def host_program(name):
    """Path of a program of this machine."""
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") if "/" not in name else name
    if not path or not os.path.exists(path):
        raise SystemExit("roots: there is no program %s here; scripts/install-deps installs it" % name)
    return path


def overlay(paths, extra, programs=(), more_modules=None):
    """An additional archive: directories to lay over the root, a dict of path -> content, programs of this machine
    with their libraries (they go before busybox's; one with a full path keeps that), and modules: a pair of kernel
    version and names. Modules are not loaded: /lib/modules/more lists them in their order."""
    archive = cpio.Archive()
    found = [host_program(name) for name in programs]
    for path in found:
        where = path[1:] if path in programs else "usr/sbin/" + os.path.basename(path)
        archive.file(where, path, 0o755)
    add_libraries(archive, found)
    if more_modules:
        modules.Tree(kernel_dir(more_modules[0])).add_to(archive, more_modules[1], "lib/modules/more")
    for path in paths:
        archive.tree(path)
    for path, content in extra.items():
        archive.data(path, content, 0o755)
    return archive.bytes() if archive.entries else b""


def main():
    import argparse
    parser = argparse.ArgumentParser(description="Build dom0's initramfs.")
    parser.add_argument("--kernel", default="6.1", help="kernel version: 6.1 or 6.12")
    parser.add_argument("--tools", default="ours", choices=("ours", "peer", "mixed", "daemons", "none"))
    parser.add_argument("--peer-tools", dest="tools", action="store_const", const="peer")
    parser.add_argument("--guest", default="6.1", help="kernel of the demo guest, or none")
    parser.add_argument("--overlay", action="append", default=[], help="directory laid over the root")
    parser.add_argument("-o", "--output", help="where the image goes")
    args = parser.parse_args()
    fetch()
    image = dom0_root(args.kernel, args.tools, None if args.guest == "none" else args.guest)
    if args.output:
        with open(image, "rb") as f, open(args.output, "wb") as out:
            out.write(f.read() + overlay(args.overlay, {}))
        image = args.output
    print(image)


if __name__ == "__main__":
    sys.exit(main())
