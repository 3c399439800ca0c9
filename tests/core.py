# SPDX-License-Identifier: GPL-2.0-only
"""Looks into a core of a guest (docs/specs/core.md): with gdb, with crash, and at what either reads."""
import os
import re
import shutil
import struct
import subprocess
import tempfile

import symbols

PAGE = 4096


def check(path, size, banner, cpus):
    """`size` bytes at the beginning of a file; `banner` is where the guest's kernel says that its name lies."""
    with open(path, "rb") as f:
        sections = read_sections(f)
        check_xen(f, sections, size, cpus)
        check_segments(f, sections)
    text = subprocess.run(["gdb", "-batch", "-nx", "-ex", "info threads", "-ex", "p/x $rip", "-ex", "x/s 0x%x" % banner, "-c",
                           path], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    said = text.stdout + text.stderr
    assert '"Linux version ' in said, "gdb does not find the kernel's name:\n" + said
    for i in range(1, cpus + 1):
        assert "LWP %d" % i in said, "gdb does not see processor %d:\n%s" % (i, said)
    assert "= 0xffffffff8" in said, "gdb sees no registers of the kernel:\n" + said


def crash(path, size, kernel, kallsyms, cpus):
    """The same with crash: `kernel` is the guest's, packed, `kallsyms` what /proc/kallsyms says there."""
    folder = tempfile.mkdtemp(prefix="core-")
    try:
        core = os.path.join(folder, "core")
        with open(path, "rb") as disk, open(core, "wb") as f:
            for _ in range(0, size, 1 << 20):
                f.write(disk.read(min(1 << 20, size - f.tell())))
        done = subprocess.run(["crash", "-s", "--no_modules", symbols.make(kernel, kallsyms, folder), core],
                              input="sys\nlog\nps\nbt -a\nstruct task_struct.comm init_task\nrd -a linux_banner 40\nexit\n",
                              capture_output=True, text=True, timeout=300)
    finally:
        shutil.rmtree(folder)
    said = done.stdout + done.stderr
    for pattern in (r"CPUS: %d$" % cpus, r"RELEASE: \d.*amd64$", r"^\[ +\d.*\] Linux version ", r"^\[ +\d.*\] Run /init ",
                    r"PID: 0 .* CPU: 0 ", r"PID: 0 .* CPU: %d " % (cpus - 1), r" #\d \[[0-9a-f]{16}\] \w+ at ffffffff8",
                    r"comm = \"swapper/0", r"^[0-9a-f]{16}:  Linux version "):
        assert re.search("(?m)" + pattern, said), "crash does not say %r:\n%s" % (pattern, said)


def at(f, offset, form):
    f.seek(offset)
    return struct.unpack(form, f.read(struct.calcsize(form)))


def read_sections(f):
    """name -> (offset, size)"""
    kind, machine, version = at(f, 16, "<HHI")
    assert (kind, machine, version) == (4, 62, 1), "no core of an x86-64"
    table, = at(f, 40, "<Q")
    entry, count, names = at(f, 58, "<HHH")
    headers = [at(f, table + i * entry, "<IIQQQQIIQQ") for i in range(count)]
    f.seek(headers[names][4])
    text = f.read(headers[names][5])
    return {text[h[0]:text.index(b"\0", h[0])].decode(): (h[4], h[5]) for h in headers}


def check_xen(f, sections, size, vcpus):
    pages, pages_size = sections[".xen_pages"]
    frames = sections[".xen_p2m"][1] // 16
    assert pages % PAGE == 0 and pages_size == frames * PAGE and pages + pages_size == size
    pfns = [pfn for pfn, _ in struct.iter_unpack("<QQ", block(f, sections[".xen_p2m"]))]
    assert pfns == sorted(set(pfns)) and pfns[:4] == [0, 1, 2, 3], "the frames are not in order"
    note = block(f, sections[".note.Xen"])
    assert note[16:32] == struct.pack("<III", 4, 32, 0x2000001) + b"Xen\0"
    magic, cpus, noted, page = struct.unpack_from("<QQQQ", note, 32)
    assert (magic, cpus, noted, page) == (0xf00febed, vcpus, frames, PAGE)
    # Older versions of crash: the decoy, where they look for the first page.
    decoy, = at(f, 64 + 56 + 8, "<Q")
    assert decoy > size and decoy % PAGE


def block(f, where):
    f.seek(where[0])
    return f.read(where[1])


def check_segments(f, sections):
    table, = at(f, 32, "<Q")
    entry, count = at(f, 54, "<HH")
    segments = [at(f, table + i * entry, "<IIQQQQQQ") for i in range(count)]
    loads = [s for s in segments if s[0] == 1]
    pages, size = sections[".xen_pages"]
    assert segments[0][0] == 4 and len(loads) == count - 1 and count < 4000
    covered = set()
    pfns = [pfn for pfn, _ in struct.iter_unpack("<QQ", block(f, sections[".xen_p2m"]))]
    for _, _, offset, _, paddr, filesz, memsz, _ in loads:
        first, n = (offset - pages) // PAGE, filesz // PAGE
        assert offset >= pages and offset + filesz <= pages + size and filesz == memsz
        assert pfns[first] * PAGE == paddr and pfns[first + n - 1] * PAGE == paddr + filesz - PAGE
        covered.update(range(first, first + n))
    assert len(covered) == len(pfns), "not all pages are in a segment"
    ends = sorted((s[3], s[3] + s[6]) for s in loads)
    assert all(a[1] <= b[0] for a, b in zip(ends, ends[1:])), "segments overlap"
