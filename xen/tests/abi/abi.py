#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Compares the public headers with a reference (libxen-dev's): size of every struct, offset and size of every field,
value of every numeric constant and enumerator, text of every string constant, for 64-bit and 32-bit guests.

Names come from our preprocessed headers, by a small parser of declarations. Numbers come from the compiler: each
side is compiled into an object whose section `abi` is an array of them, and that is read back, so nothing is run.
"""

import argparse
import os
import re
import struct
import subprocess
import sys

# Macros of ours that stand for something else than a number or a string.
NOT_CONSTANT = {
    "GNTTABOP_error_msgs", "machine_to_phys_mapping", "XEN_FLEX_ARRAY_DIM", "int64_aligned_t", "uint64_aligned_t",
    "blkif_vdev_t", "blkif_sector_t", "xenpf_settime", "xen_vga_console_info", "xen_vga_console_info_t",
    "xen_wc_sec_hi",
}
# Fields that the reference shows to the hypervisor only.
OURS_ONLY = {"struct vcpu_guest_context.event_callback_cs", "struct vcpu_guest_context.failsafe_callback_cs"}
# Interfaces of our own, which the reference does not have.
OWN = {"holders.h"}
# Macros with arguments, each used once.
SAMPLES = [
    "sizeof(XEN_GUEST_HANDLE(uint8))", "sizeof(XEN_GUEST_HANDLE_64(uint8))", "sizeof(XEN_GUEST_HANDLE(const_void))",
    "_Alignof(XEN_GUEST_HANDLE(uint8))", "_Alignof(XEN_GUEST_HANDLE_64(uint8))", "_Alignof(uint64_aligned_t)",
    "XENMEMF_address_bits(7)", "XENMEMF_get_address_bits(0x12345)", "XENMEMF_node(3)", "XENMEMF_get_node(0x512)",
    "XENMEMF_exact_node(2)", "XEN_CPUID_LEAF(4)", "XEN_DOMCTL_GRANT_version(0x12)", "MASK_XENSTORE_IDX(0x12345)",
    "xen_pfn_to_cr3(0x12345)", "xen_cr3_to_pfn(0x12345678)", "xen_vcpu_physid_to_x86_apicid(0x123456789aULL)",
    "xen_vcpu_physid_to_x86_acpiid(0x123456789aULL)", "XENMEM_resource_ioreq_server_frame_ioreq(5)",
    "__CONST_RING_SIZE(blkif, 4096)", "__CONST_RING_SIZE(netif_tx, 4096)", "__CONST_RING_SIZE(netif_rx, 16384)",
]
MIN_ITEMS = 2500        # of one width; fewer means that the parser has gone blind
MODES = {"64": ["-m64"], "32": ["-m32"]}

TOKEN = re.compile(r"[A-Za-z_]\w*|0[xX][0-9a-fA-F]+\w*|\d+\w*|\"[^\"]*\"|\S")


class Decls:
    """Structs, unions, typedef'd structs with their field paths, and enumerators, of a preprocessed text."""

    def __init__(self, text):
        text = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", text)
        text = text.replace("__extension__", "")
        self.tok = TOKEN.findall(text)
        self.pos = 0
        self.fields = {}            # "struct x" or typedef name -> [path]
        self.enums = []
        while self.pos < len(self.tok):
            self.top()

    def peek(self, ahead=0):
        at = self.pos + ahead
        return self.tok[at] if at < len(self.tok) else ""

    def skip_group(self):
        """Over one (...), [...] or {...} that begins here."""
        depth = 0
        while True:
            t = self.peek()
            depth += (t in "([{") - (t in ")]}")
            self.pos += 1
            if depth == 0:
                return

    def top(self):
        typedef = self.peek() == "typedef"
        name, paths, names = None, None, []
        while self.peek() not in (";", ""):
            t = self.peek()
            if t in ("struct", "union") and self.is_body():
                name, paths = self.record()
            elif t == "enum" and (self.peek(1) == "{" or self.peek(2) == "{"):
                self.enum()
            elif t in "({[":
                self.skip_group()
                if t == "{" and self.peek() != ";" and not typedef:
                    return              # a function's body
            else:
                if re.match(r"[A-Za-z_]", t):
                    names.append(t)
                self.pos += 1
        self.pos += 1
        if typedef and paths is not None and name is None and names:
            self.fields[names[-1]] = paths

    def is_body(self):
        return self.peek(1) == "{" or (self.peek(2) == "{")

    def enum(self):
        while self.peek() != "{":
            self.pos += 1
        self.pos += 1
        expect = True
        while self.peek() != "}":
            if expect:
                self.enums.append(self.peek())
            expect = self.peek() == ","
            self.pos += 1
        self.pos += 1

    def record(self):
        """At struct or union with a body; returns its name (None without a tag) and paths of its fields."""
        kind = self.peek()
        self.pos += 1
        name = None
        if self.peek() != "{":
            name = "%s %s" % (kind, self.peek())
            self.pos += 1
        self.pos += 1
        paths = []
        while self.peek() != "}":
            paths += self.member()
        self.pos += 1
        if name:
            self.fields[name] = paths
        return name, paths

    def member(self):
        inner, declarators, last, bits, array = None, [], None, False, ""
        while self.peek() != ";":
            t = self.peek()
            if t in ("struct", "union") and self.is_body():
                inner = self.record()[1]
                last = None
            elif t == "[":
                array += "[0]"
                if self.peek(1) == "]":
                    last = None         # an array without a size has no sizeof
                self.skip_group()
            elif t == ",":
                declarators.append((None if bits else last, array))
                last, bits, array = None, False, ""
                self.pos += 1
            elif t == ":":
                bits = True
                self.pos += 2
            else:
                if re.match(r"[A-Za-z_]", t):
                    last = t
                self.pos += 1
        self.pos += 1
        declarators.append((None if bits else last, array))
        names = [d for d in declarators if d[0]]
        if inner is None:
            return [n for n, _ in names]
        if not names:
            return inner
        return [n for n, _ in names] + ["%s%s.%s" % (n, a, p) for n, a in names for p in inner]


class Side:
    def __init__(self, cc, root, prefix, flags, files, out):
        self.cc, self.flags, self.out = cc, flags, out
        self.head = "#include <stdint.h>\n#include <stddef.h>\n" + \
            "".join("#include <%s/%s>\n" % (prefix, f) for f in files)
        self.flags = flags + ["-std=gnu11", "-w", "-ffreestanding", "-I", os.path.dirname(root),
                              "-D__XEN_TOOLS__", "-D__XEN_INTERFACE_VERSION__=0x00040e00"]

    def cpp(self, *opts, head=True):
        src = self.head if head else "#include <stdint.h>\n#include <stddef.h>\n"
        return subprocess.run([self.cc, *self.flags, "-E", "-P", *opts, "-xc", "-"], input=src, text=True,
                              check=True, stdout=subprocess.PIPE).stdout

    def macros(self):
        def parse(text):
            rows = (re.match(r"#define (\w+)( (.*))?$", line) for line in text.splitlines())
            return {m.group(1): (m.group(3) or "").strip() for m in rows if m}
        base = parse(self.cpp("-dM", head=False))
        found = {k: v for k, v in parse(self.cpp("-dM")).items() if k not in base}
        for k, v in found.items():
            while v in found and '"' in found[v]:       # another name of a string
                v = found[v]
            found[k] = v
        return found

    def values(self, exprs):
        body = "".join("\t(long long)(%s),\n" % e for e in exprs)
        src = self.out + ".c"
        with open(src, "w") as f:
            f.write(self.head + "const long long abi_values[] __attribute__((section(\"abi\"))) = {\n" + body + "};\n")
        subprocess.run([self.cc, *self.flags, "-c", src, "-o", self.out + ".o"], check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", "abi", self.out + ".o", self.out + ".bin"], check=True)
        with open(self.out + ".bin", "rb") as f:
            return struct.unpack("<%dq" % len(exprs), f.read())


def string_of(body):
    parts = re.findall(r'"([^"]*)"', body)
    return "".join(parts).replace(" ", "") if re.fullmatch(r'("[^"]*"\s*|[A-Z_]+\s*)+', body) and parts else None


def items(decls, macros):
    """Expressions to evaluate, by the name to report."""
    found = {}
    for rec, paths in decls.fields.items():
        if rec.startswith("__guest_handle_"):   # how a handle is spelled is each side's own affair
            continue
        found["sizeof %s" % rec] = "sizeof(%s)" % rec
        for p in paths:
            found["%s.%s" % (rec, p)] = "offsetof(%s, %s)" % (rec, p)
            found["sizeof %s.%s" % (rec, p)] = "sizeof(((%s *)0)->%s)" % (rec, p)
    for e in decls.enums:
        found[e] = e
    for name, body in macros.items():
        if body and '"' not in body and name not in NOT_CONSTANT and not name.startswith(("XEN_PUBLIC_", "PRI")) \
           and name not in ("XEN_CPUID", "XEN_EMULATE_PREFIX"):
            found[name] = name
    return found


def compare_mode(mode, args, cc, files):
    flags = MODES[mode]
    ours = Side(cc, args.ours, "public", flags, files, os.path.join(args.out, "ours" + mode))
    peer_files = ["arch-x86/xen.h" if f == "arch-x86.h" else f for f in files]
    peer = Side(cc, args.theirs, os.path.basename(args.theirs), flags, peer_files,
                os.path.join(args.out, "theirs" + mode))
    my_macros, their_macros = ours.macros(), peer.macros()
    my_decls, their_decls = Decls(ours.cpp()), Decls(peer.cpp())
    mine, theirs = items(my_decls, my_macros), items(their_decls, their_macros)
    bad, good = [], 0
    names = []
    for n in mine:
        bare = n[len("sizeof "):] if n.startswith("sizeof ") else n
        if bare in OURS_ONLY:
            continue
        if n in theirs or n in their_macros:
            names.append(n)
        else:
            bad.append("%s: not in the reference" % n)
    a = ours.values([mine[n] for n in names] + SAMPLES)
    b = peer.values([theirs.get(n, n) for n in names] + SAMPLES)
    for n, x, y in zip(names + SAMPLES, a, b):
        if x == y or (x ^ y) & 0xffffffff == 0 and mode == "32":
            good += 1
        else:
            bad.append("%s: %d, reference has %d" % (n, x, y))
    for n, body in my_macros.items():
        text = string_of(body)
        if text is None or n in NOT_CONSTANT:
            continue
        if text == string_of(their_macros.get(n, "")):
            good += 1
        else:
            bad.append("%s: %s, reference has %s" % (n, body, their_macros.get(n)))
    if good < MIN_ITEMS:
        bad.append("only %d items were compared, expected %d" % (good, MIN_ITEMS))
    for line in bad:
        print("%s-bit: %s" % (mode, line))
    print("%s-bit: %d structs, %d items agree" % (mode, len(my_decls.fields), good))
    if args.verbose:
        for n in sorted(set(theirs) - set(mine)):
            print("%s-bit: not ours: %s" % (mode, n))
    return good, len(bad)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--ours", required=True)
    ap.add_argument("--theirs", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--verbose", action="store_true", help="list also what only the reference has")
    args = ap.parse_args()
    if not os.path.exists(os.path.join(args.theirs, "xen.h")):
        print("abi: no reference headers in %s (package libxen-dev)" % args.theirs)
        print("0 passed, 1 failed")
        return 1
    files = sorted(os.path.relpath(os.path.join(d, f), args.ours)
                   for d, _, fs in os.walk(args.ours) for f in fs if f.endswith(".h") and f not in OWN)
    good = bad = 0
    for mode in MODES:
        g, b = compare_mode(mode, args, os.environ.get("CC", "gcc"), files)
        good, bad = good + g, bad + b
    print("%d passed, %d failed" % (good, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
