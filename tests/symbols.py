# SPDX-License-Identifier: GPL-2.0-only
"""A kernel's image as debuggers want it, made of what a running Debian has: symbols from /proc/kallsyms, types from its BTF.

Debian's package of the same has 860 MB. What BTF does not hold (the types of variables, lines of source) is missing here too.
"""
import lzma
import os
import struct
import subprocess

XZ = b"\xfd7zXZ\0"
SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB = 1, 2, 3
SHF_ALLOC = 2
GLOBAL, OBJECT, FUNC = 1, 1, 2
HEADER = "<IIQQQQIIQQ"  # of a section: name, type, flags, address, offset, size, link, info, alignment, entry


def make(packed, kallsyms, folder):
    """Path of an ELF file in `folder`: the kernel in the bzImage `packed`, with symbols (its /proc/kallsyms) and types."""
    with open(packed, "rb") as f:
        data = f.read()
    plain = lzma.LZMADecompressor().decompress(data[data.index(XZ):])
    path = os.path.join(folder, "vmlinux")
    with open(path, "wb") as f:
        f.write(plain)
    with open(path, "r+b") as f:
        append(f, plain, symbols(plain, kallsyms), types(path, folder))
    return path


def sections(elf):
    table, = struct.unpack_from("<Q", elf, 40)
    entry, count, names = struct.unpack_from("<HHH", elf, 58)
    return [struct.unpack_from(HEADER, elf, table + i * entry) for i in range(count)], names


def name_of(elf, headers, names, h):
    at = headers[names][4] + h[0]
    return elf[at:elf.index(b"\0", at)].decode()


def types(path, folder):
    """name -> bytes of debug sections with all types of the kernel's BTF"""
    source, obj = os.path.join(folder, "types.c"), os.path.join(folder, "types")
    header = subprocess.run(["/usr/sbin/bpftool", "btf", "dump", "file", path, "format", "c"], check=True,
                            capture_output=True).stdout
    with open(source, "wb") as f:
        f.write(header)
    subprocess.run(["gcc", "-w", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-nostdlib", "-static", "-Wl,-e,0",
                    "-o", obj, source], check=True)
    with open(obj, "rb") as f:
        elf = f.read()
    headers, names = sections(elf)
    found = {name_of(elf, headers, names, h): elf[h[4]:h[4] + h[5]] for h in headers}
    return {name: text for name, text in found.items() if name.startswith(".debug")}


def symbols(elf, kallsyms):
    """[(value, section, kind, name)]"""
    places = [(h[3], h[3] + h[5], i) for i, h in enumerate(sections(elf)[0]) if h[2] & SHF_ALLOC]
    out = []
    for line in kallsyms.splitlines():
        fields = line.split()
        if len(fields) != 3:		# of a module
            continue
        value = int(fields[0], 16)
        where = [i for start, end, i in places if start <= value <= end]
        if where:
            out.append((value, where[-1], FUNC if fields[1] in "tTwW" else OBJECT, fields[2]))
    return out


def append(f, elf, syms, debug):
    headers, names = sections(elf)
    text = bytearray(elf[headers[names][4]:headers[names][4] + headers[names][5]])
    strings, table = bytearray(b"\0"), bytearray(24)
    for value, section, kind, name in syms:
        table += struct.pack("<IBBHQQ", len(strings), GLOBAL << 4 | kind, 0, section, value, 0)
        strings += name.encode() + b"\0"
    new = [(".symtab", SHT_SYMTAB, bytes(table), len(headers) + 1, 1, 24), (".strtab", SHT_STRTAB, bytes(strings), 0, 0, 0)]
    new += [(name, SHT_PROGBITS, part, 0, 0, 0) for name, part in debug.items()]
    f.seek(0, os.SEEK_END)
    for name, kind, part, link, info, entry in new:
        headers.append((len(text), kind, 0, 0, f.tell(), len(part), link, info, 1, entry))
        text += name.encode() + b"\0"
        f.write(part)
    headers[names] = headers[names][:4] + (f.tell(), len(text)) + headers[names][6:]
    f.write(text)
    at = f.tell()
    for h in headers:
        f.write(struct.pack(HEADER, *h))
    f.seek(40)
    f.write(struct.pack("<Q", at))
    f.seek(60)
    f.write(struct.pack("<H", len(headers)))
