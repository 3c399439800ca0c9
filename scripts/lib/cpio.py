# SPDX-License-Identifier: GPL-2.0-only
"""Writes initramfs images (newc cpio) without being root: all files belong to root."""
import os
import stat


class Archive:
    """An archive under construction: parents are added by themselves, a later file replaces an earlier one."""

    def __init__(self):
        self.entries = {}

    def _parents(self, path):
        parent = os.path.dirname(path)
        if parent and parent not in self.entries:
            self.directory(parent)

    def directory(self, path, mode=0o755):
        self._parents(path)
        self.entries[path] = (stat.S_IFDIR | mode, b"", 0, 0)

    def data(self, path, content, mode=0o644):
        self._parents(path)
        self.entries[path] = (stat.S_IFREG | mode, content, 0, 0)

    def symlink(self, path, target):
        self._parents(path)
        self.entries[path] = (stat.S_IFLNK | 0o777, target.encode(), 0, 0)

    def device(self, path, kind, major, minor):
        self._parents(path)
        fmt = stat.S_IFCHR if kind == "c" else stat.S_IFBLK
        self.entries[path] = (fmt | 0o600, b"", major, minor)

    def file(self, path, source, mode=None):
        """Copies a host file, following links."""
        with open(source, "rb") as f:
            content = f.read()
        self.data(path, content, mode or stat.S_IMODE(os.stat(source).st_mode))

    def tree(self, source, prefix="", skip=()):
        """Copies a host directory, keeping links; `skip` names paths below it to leave out."""
        for base, dirs, files in os.walk(source):
            rel = os.path.relpath(base, source)
            rel = "" if rel == "." else rel
            dirs[:] = [d for d in dirs if os.path.join(rel, d) not in skip]
            for name in files + [d for d in dirs if os.path.islink(os.path.join(base, d))]:
                full, inner = os.path.join(base, name), os.path.join(rel, name)
                if inner in skip:
                    continue
                if os.path.islink(full):
                    self.symlink(os.path.join(prefix, inner), os.readlink(full))
                else:
                    self.file(os.path.join(prefix, inner), full)
            for name in dirs:
                path = os.path.join(prefix, rel, name)
                if not os.path.islink(os.path.join(base, name)) and path not in self.entries:
                    self.directory(path)

    def bytes(self):
        out = []
        entries = list(self.entries.items()) + [("TRAILER!!!", (0, b"", 0, 0))]
        for ino, (path, (mode, content, major, minor)) in enumerate(entries, 1):
            name = path.encode() + b"\0"
            fields = (ino, mode, 0, 0, 1, 0, len(content), 0, 0, major, minor, len(name), 0)
            head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
            out += [head, b"\0" * (-len(head) % 4), content, b"\0" * (-len(content) % 4)]
        blob = b"".join(out)
        return blob + b"\0" * (-len(blob) % 512)

    def write(self, path):
        part = path + ".part"
        with open(part, "wb") as f:
            f.write(self.bytes())
        os.replace(part, path)
