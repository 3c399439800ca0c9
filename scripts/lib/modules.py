# SPDX-License-Identifier: GPL-2.0-only
"""Finds kernel modules of an unpacked Debian kernel and their dependencies (no depmod needed)."""
import lzma
import os
import re

DOM0 = """
xen-privcmd xen-evtchn xen-gntdev xen-gntalloc xenfs xen-blkback xen-netback
loop bridge tun
virtio_pci virtio_blk virtio_net e1000 ahci sd_mod nvme
ext4 crc32c_generic
""".split()

GUEST = "xen-blkfront xen-netfront ext4 crc32c_generic".split()


class Tree:
    """The modules of one kernel."""

    def __init__(self, kernel_dir):
        base = os.path.join(kernel_dir, "lib/modules")
        self.version = os.listdir(base)[0]
        base = os.path.join(base, self.version)
        self.files = {}
        for folder, _, names in os.walk(os.path.join(base, "kernel")):
            for name in names:
                stem = re.sub(r"\.ko(\.xz)?$", "", name)
                self.files[stem.replace("-", "_")] = os.path.join(folder, name)
        with open(os.path.join(base, "modules.builtin")) as f:
            self.builtin = {os.path.basename(l.strip())[:-3].replace("-", "_") for l in f}
        self.cache = {}

    def content(self, name):
        if name not in self.cache:
            path = self.files[name]
            with open(path, "rb") as f:
                blob = f.read()
            self.cache[name] = lzma.decompress(blob) if path.endswith(".xz") else blob
        return self.cache[name]

    def depends(self, name):
        found = re.search(rb"\0depends=([^\0]*)\0", self.content(name))
        names = found.group(1).decode().split(",") if found else []
        # Dependencies by symbol do not tell of a checksum that ext4 asks for by name.
        if name == "ext4":
            names = names + ["crc32c_generic"]
        return [n.replace("-", "_") for n in names if n]

    def closure(self, wanted):
        """Names in load order. Raises KeyError on a module that is neither a file nor built in."""
        order = []

        def visit(name):
            name = name.replace("-", "_")
            if name in order or name in self.builtin:
                return
            for dep in self.depends(name):
                visit(dep)
            order.append(name)

        for name in wanted:
            visit(name)
        return order

    def add_to(self, archive, wanted, listing="lib/modules/order"):
        """Puts the modules and a list of them (full paths, load order) into an archive."""
        lines = []
        for name in self.closure(wanted):
            path = "lib/modules/%s.ko" % name
            archive.data(path, self.content(name))
            lines.append("/" + path)
        archive.data(listing, ("\n".join(lines) + "\n").encode())
