# SPDX-License-Identifier: GPL-2.0-only
"""Drives as installers lay them out, each with a Debian on it, made in files: no root, no mount, no device.

What Debian has programs for that write into files they make: ext, FAT, xfs and btrfs. An LVM volume, half of a RAID1 and a
btrfs subvolume are written here, as their formats are documented; what GRUB looks at is there, and no more.

DRIVES lists them: name, what makes folder/disk.img, options of guestboot, what it shall find there.
"""
import os
import random
import shutil
import struct
import subprocess
import zlib

MIB = 1 << 20
ENVIRONMENT = dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
UUID = "5b0c41a7-63de-4f0e-9d52-0e8f1c77a290"
NEW, OLD = "6.1.0-32-amd64", "6.1.0-31-amd64"


# ---- what Debian has in /boot ----

HEAD = """# This file is made by grub-mkconfig: changes belong elsewhere.
if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="%(default)s"
fi
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
function savedefault {
  if [ -z "${boot_once}" ]; then
    saved_entry="${chosen}"
    save_env saved_entry
  fi
}
function load_video {
  if [ x$feature_all_video_module = xy ]; then
    insmod all_video
  else
    insmod efi_gop; insmod vga
  fi
}
if [ x$feature_default_font_path = xy ] ; then
   font=unicode
else
%(search)s    font="/usr/share/grub/unicode.pf2"
fi
if loadfont $font ; then
  set gfxmode=auto
  load_video
fi
terminal_output gfxterm
if [ "${recordfail}" = 1 ] ; then set timeout=30; else set timeout=5; fi
set menu_color_normal=cyan/blue
"""
SEARCH = """\
%(in)sif [ x$feature_platform_search_hint = xy ]; then
%(in)s  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2 --hint-efi=hd0,gpt2  %(uuid)s
%(in)selse
%(in)s  search --no-floppy --fs-uuid --set=root %(uuid)s
%(in)sfi
"""
ENTRY = """\
menuentry '%(title)s' --class debian --class gnu-linux --class os $menuentry_id_option 'gnulinux-%(id)s-%(uuid)s' {
\tload_video
\tset gfxpayload=keep
\tinsmod gzio
\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
\tinsmod part_gpt
%(search)s\techo\t'Loading Linux %(version)s ...'
\tlinux\t%(at)s/vmlinuz-%(version)s root=%(root)s ro %(args)s
\techo\t'Loading initial ramdisk ...'
\tinitrd\t%(at)s/initrd.img-%(version)s
}
"""
TAIL = """\
if [ "$grub_platform" = "efi" ]; then
  fwsetup --is-supported
  if [ "$?" = 0 ]; then
    menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
      fwsetup
    }
  fi
fi
if [ -f  ${config_directory}/custom.cfg ]; then
  source ${config_directory}/custom.cfg
elif [ -z "${config_directory}" -a -f  $prefix/custom.cfg ]; then
  source $prefix/custom.cfg
fi
"""
# What the installer puts on the EFI system partition: no menu, but the way to it.
STUB = "search.fs_uuid %s root hd0,gpt2 \nset prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n" % UUID


def menu(at, root, args, default):
    """@at: the folder of the kernels, as their partition has it."""
    def entry(title, ident, version, args):
        return ENTRY % {"title": title, "id": ident, "uuid": UUID, "version": version, "at": at, "root": root, "args": args,
                        "search": SEARCH % {"in": "\t", "uuid": UUID}}

    text = HEAD % {"default": default, "search": SEARCH % {"in": "  ", "uuid": UUID}}
    text += entry("Debian GNU/Linux", "simple", NEW, args)
    text += "submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-%s' {\n" % UUID
    for version in NEW, OLD:
        name = "Debian GNU/Linux, with Linux " + version
        text += entry(name, version + "-advanced", version, args)
        text += entry(name + " (recovery mode)", version + "-recovery", version, "single")
    return text + "}\n" + TAIL


def content(name):
    return random.Random(name).randbytes(700000 if name.startswith("initrd") else 300000)


def boot(at="/boot", root="UUID=" + UUID, args="quiet", default="0"):
    """The files of /boot; those of a menu at the place that @at says."""
    made = {"grub/grub.cfg": menu(at, root, args, default).encode(), "grub/unicode.pf2": b"PFF2" * 1000}
    for version in NEW, OLD:
        for name in "vmlinuz-" + version, "initrd.img-" + version:
            made[name] = content(name)
        made["config-" + version] = b"# CONFIG_XEN_PV\n"
    return made


def below(folder, made):
    return {folder + "/" + name: data for name, data in made.items()}


def found(at="/boot", root="UUID=" + UUID, args="quiet", version=NEW, title="Debian GNU/Linux"):
    kernel, ramdisk = "vmlinuz-" + version, "initrd.img-" + version
    return {"kernel": content(kernel), "ramdisk": content(ramdisk), "cmdline": b"root=%s ro %s" % (root.encode(), args.encode()),
            "entry": ("%s\n%s/%s\n%s/%s\n" % (title, at, kernel, at, ramdisk)).encode()}


# ---- file systems ----

def tool(*command, **options):
    return subprocess.run(command, check=True, env=ENVIRONMENT, capture_output=True, **options)


def plant(tree, files):
    os.mkdir(tree)
    for name, data in files.items():
        path = os.path.join(tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)


def ext(image, tree, kind="ext4", size="32M"):
    # metadata_csum_seed and orphan_file: as newer systems than Debian 12 make it.
    more = ["-O", "metadata_csum_seed,orphan_file"] if kind == "ext4" else []
    tool("mke2fs", "-q", "-F", "-t", kind, *more, "-U", UUID, "-d", tree, image, size)


def fat(image, tree, bits, size):
    """mtools' word for FAT32 is -F; a small FAT is one of 16 bits without it."""
    with open(image, "wb") as f:
        f.truncate(size)
    tool("mformat", "-i", image, *["-F"] * (bits == 32), "-T", str(size // 512), "::")
    for name in sorted(os.listdir(tree)):
        tool("mcopy", "-s", "-i", image, os.path.join(tree, name), "::")


def prototype(tree):
    """The files below @tree as mkfs.xfs -p wants to be told of them."""
    text = ""
    for name in sorted(os.listdir(tree)):
        path = os.path.join(tree, name)
        if os.path.isdir(path):
            text += "%s d--755 0 0\n%s$\n" % (name, prototype(path))
        else:
            text += "%s ---644 0 0 %s\n" % (name, path)
    return text


def xfs(image, tree):
    with open(image + ".proto", "w") as f:
        f.write("/\n0 0\nd--755 0 0\n%s$\n" % prototype(tree))
    # The smallest that it makes.
    tool("mkfs.xfs", "-q", "-d", "name=%s,file,size=300m" % image, "-p", image + ".proto")


def crc32c(data, crc):
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc


class Leaf:
    """A leaf of a btrfs tree: a header of 101 bytes; keys with where their data lies, from the front; data from the end."""

    SIZE = 16384

    def __init__(self, node):
        self.header, self.items = node[:101], []
        for i in range(struct.unpack_from("<I", node, 96)[0]):
            *key, offset, size = struct.unpack_from("<QBQII", node, 101 + 25 * i)
            self.items.append((tuple(key), node[101 + offset:101 + offset + size]))

    def node(self, address, owner):
        keys, datas, end = b"", b"", self.SIZE - 101
        for key, data in sorted(self.items):
            end -= len(data)
            keys += struct.pack("<QBQII", *key, end, len(data))
            datas = data + datas
        head = struct.pack("<16sQQ16sQQIB", self.header[32:48], address, *struct.unpack_from("<Q16sQ", self.header, 56), owner,
                           len(self.items), 0)
        rest = head + keys + bytes(end - len(keys)) + datas
        return struct.pack("<I28x", crc32c(rest, 0xffffffff) ^ 0xffffffff) + rest


def subvolume(image, name):
    """All that lies in the file system's top goes into a subvolume of that name."""
    root_item, dir_item, inode_item, inode_ref, top, new = 132, 84, 1, 12, 5, 256
    with open(image, "r+b") as f:
        f.seek(64 << 10)
        block = f.read(4096)

        def leaf_of(address):
            """Metadata lie anywhere in the file: the one chunk of it is found by what its leaves say of themselves."""
            for at in range(MIB, os.path.getsize(image), Leaf.SIZE):
                f.seek(at)
                head = f.read(56)
                if head[32:48] == block[32:48] and struct.unpack_from("<Q", head, 48)[0] == address:
                    f.seek(at)
                    return at, Leaf(f.read(Leaf.SIZE))
            raise OSError("no leaf %#x in %s" % (address, image))

        root_address = struct.unpack_from("<Q", block, 80)[0]
        root_at, root = leaf_of(root_address)
        item = dict(root.items)[top, root_item, 0]
        old_address = struct.unpack_from("<Q", item, 176)[0]
        old_at, old = leaf_of(old_address)
        # The new top: behind the old leaf, where nothing has been written yet.
        new_at = old_at
        while f.seek(new_at) != -1 and any(f.read(Leaf.SIZE)):
            new_at += Leaf.SIZE
        entry = struct.pack("<QBQQHHB", new, root_item, (1 << 64) - 1, 1, 0, len(name), 2) + name
        fresh = Leaf(old.header + bytes(Leaf.SIZE))
        fresh.items = [pair for pair in old.items if pair[0][:2] in ((256, inode_item), (256, inode_ref))]
        fresh.items.append(((256, dir_item, crc32c(name, 0xfffffffe)), entry))
        new_address = old_address + new_at - old_at
        root.items = [(key, data[:176] + struct.pack("<Q", new_address) + data[184:] if data is item else data)
                      for key, data in root.items] + [((new, root_item, 0), item)]
        for at, node in ((new_at, fresh.node(new_address, top)), (old_at, old.node(old_address, new)),
                         (root_at, root.node(root_address, 1))):
            f.seek(at)
            f.write(node)


def btrfs(image, tree, name=None):
    tool("mkfs.btrfs", "-q", "-m", "single", "-d", "single", "--rootdir", tree, image)
    if name:
        subvolume(image, name)


# ---- what lies between a partition and a file system ----

def copy(source, image, at, begin=0, size=None):
    """Without the holes."""
    with open(source, "rb") as f, open(image, "r+b") as to:
        end = begin + size if size else os.path.getsize(source)
        pos = begin
        while pos < end:
            try:
                pos = os.lseek(f.fileno(), pos, os.SEEK_DATA)
            except OSError:
                return
            stop = min(os.lseek(f.fileno(), pos, os.SEEK_HOLE), pos + 8 * MIB, end)
            if stop > pos:
                f.seek(pos)
                to.seek(at + pos - begin)
                to.write(f.read(stop - pos))
            pos = max(pos, stop)


def luks(image):
    """Nobody here has the key: noise behind a header that says what it is."""
    with open(image, "wb") as f:
        f.write(b"LUKS\xba\xbe\0\2" + random.Random(2).randbytes(MIB - 8))


VOLUMES = """old-vg {
id = "%(vg)s"
seqno = 3
format = "lvm2"
status = ["RESIZEABLE", "READ", "WRITE"]
flags = []
extent_size = 8192
max_lv = 0
max_pv = 0
metadata_copies = 0
physical_volumes {
pv0 {
id = "%(pv)s"
device = "/dev/sda2"
status = ["ALLOCATABLE"]
flags = []
dev_size = %(sectors)d
pe_start = 2048
pe_count = %(count)d
}
}
logical_volumes {
root {
id = "%(lv)s"
status = ["READ", "WRITE", "VISIBLE"]
flags = []
creation_time = 1700000000
creation_host = "old"
segment_count = 2
segment1 {
start_extent = 0
extent_count = 3
type = "striped"
stripe_count = 1
stripes = ["pv0", %(tail)d]
}
segment2 {
start_extent = 3
extent_count = %(tail)d
type = "striped"
stripe_count = 1
stripes = ["pv0", 0]
}
}
}
}
contents = "Text Format Volume Group"
version = 1
"""


def lvm_id(letter):
    return "-".join(letter * n for n in (6, 4, 4, 4, 4, 4, 6))


def lvm_crc(data):
    return zlib.crc32(data, 0xf597a6cf ^ 0xffffffff) ^ 0xffffffff


def lvm(image, source):
    """A physical volume whose logical one, of 4 MiB extents, holds @source: its first three extents lie behind the others."""
    extent = 4 * MIB
    count = os.path.getsize(source) // extent
    size = MIB + count * extent
    text = (VOLUMES % {"vg": lvm_id("v"), "pv": lvm_id("p"), "lv": lvm_id("l"), "sectors": size // 512, "count": count,
                       "tail": count - 3}).encode() + b"\0"
    # Offset and size, of the data and of the metadata; each list ends with an empty pair.
    label = struct.pack("<I8s32sQ8Q", 32, b"LVM2 001", b"p" * 32, size, MIB, 0, 0, 0, 4096, MIB - 4096, 0, 0)
    label = label.ljust(512 - 20, b"\0")
    area = struct.pack("<16sIQQQQII", b" LVM2 x[5A%r0N*>", 1, 4096, MIB - 4096, 512, len(text), lvm_crc(text), 0)
    area = area.ljust(512 - 4, b"\0")
    with open(image, "wb") as f:
        f.write(bytes(512) + b"LABELONE" + struct.pack("<QI", 1, lvm_crc(label)) + label)
        f.seek(4096)
        f.write(struct.pack("<I", lvm_crc(area)) + area + text)
        f.truncate(size)
    copy(source, image, MIB + (count - 3) * extent, 0, 3 * extent)
    copy(source, image, MIB, 3 * extent)


def raid1(image, source):
    """The first of two drives; @source is what their array holds. Its superblock is of version 1.2."""
    size = os.path.getsize(source)
    block = bytearray(struct.pack("<IIII16s32sQIIQIII", 0xa92b4efc, 1, 0, 0, b"a" * 16, b"old:0", 1700000000, 1, 0, size // 512,
                                  0, 2, 0).ljust(256, b"\0"))
    struct.pack_into("<QQQQII16s", block, 128, 2048, size // 512, 8, 0, 0, 0, b"d" * 16)
    struct.pack_into("<QQQII", block, 192, 1700000000, 20, (1 << 64) - 1, 0, 2)
    block += struct.pack("<HH", 0, 1)
    total = sum(struct.unpack("<65I", block))
    struct.pack_into("<I", block, 216, (total & 0xffffffff) + (total >> 32))
    with open(image, "wb") as f:
        f.seek(4096)
        f.write(block)
        f.truncate(MIB + size)
    copy(source, image, MIB)


def drive(image, label, *parts):
    """@parts: type, as sfdisk names it, and the file with what is in it; without one it holds all that follow."""
    rows, places, at = "label: %s\n" % label, [], MIB
    for i, (kind, source) in enumerate(parts):
        inside = [source] if source else [other for _, other in parts[i + 1:]]
        size = sum(os.path.getsize(name) + (0 if source else 2 * MIB) for name in inside)
        rows += "start=%d, size=%d, type=%s\n" % (at // 512, size // 512, kind)
        if source:
            places.append((source, at))
        at += size + MIB if source else MIB
    with open(image, "wb") as f:
        f.truncate(at + 2 * MIB)
    tool("sfdisk", "-q", image, input=rows.encode())
    for source, place in places:
        copy(source, image, place)


# ---- machines ----

def machine(label, *parts):
    """@parts: type; what makes the file system (None: the first argument makes all); its files or first argument."""
    def make(folder):
        work = os.path.join(folder, "work")
        os.mkdir(work)
        made = []
        for i, (kind, maker, files) in enumerate(parts):
            name = os.path.join(work, "part%d" % i)
            if files is not None:
                plant(name + ".tree", files)
                maker(name, name + ".tree")
            elif maker:
                maker(name)
            made.append((kind, name if maker else None))
        drive(os.path.join(folder, "disk.img"), label, *made)
        shutil.rmtree(work)
    return make


def inside(wrap, maker):
    """@wrap's volume holds the file system that @maker makes."""
    def make(image, tree):
        maker(image + ".fs", tree)
        wrap(image, image + ".fs")
    return make


def esp(image, tree):
    fat(image, tree, 32, 34 * MIB)


STUBS = {"EFI/debian/grub.cfg": STUB.encode(), "EFI/BOOT/grub.cfg": STUB.encode(), "EFI/BOOT/BOOTX64.EFI": b"MZ" * 5000}
EFI = ("U", esp, STUBS)
OTHERS = {"etc/fstab": b"# nothing\n", "boot/efi/EFI/readme": b""}
WHOLE = machine("gpt", EFI, ("L", ext, dict(below("boot", boot()), **OTHERS)))
SUBMENU = "Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux " + OLD
SAVED = "gnulinux-advanced-%s>gnulinux-%s-advanced-%s" % (UUID, OLD, UUID)
SUBVOLUME = "rootflags=subvol=@rootfs quiet"
VG = "/dev/mapper/old--vg-root"
ENV = ("# GRUB Environment Block\nsaved_entry=%s\n" % SAVED).ljust(1024, "#").encode()

DRIVES = [
    ("gpt-efi-ext4", WHOLE, [], found()),
    ("gpt-an-older-kernel", WHOLE, ["--entry=" + SUBMENU],
     found(version=OLD, title=SUBMENU.split(">")[1])),
    ("mbr-boot-ext2-root-in-luks", machine(
        "dos", ("83", lambda image, tree: ext(image, tree, "ext2"), boot("", "/dev/mapper/sda5_crypt")), ("5", None, None),
        ("83", luks, None)), [], found("", "/dev/mapper/sda5_crypt")),
    ("gpt-boot-ext4-saved-default", machine(
        "gpt", EFI, ("L", ext, dict(boot("", default="${saved_entry}"), **{"grub/grubenv": ENV})), ("L", ext, OTHERS)), [],
     found("", version=OLD, title=SUBMENU.split(">")[1])),
    ("gpt-boot-fat16", machine(
        "gpt", ("U", lambda image, tree: fat(image, tree, 16, 16 * MIB), dict(boot(""), **STUBS)), ("L", ext, OTHERS)), [],
     found("")),
    ("gpt-xfs", machine("gpt", EFI, ("L", xfs, dict(below("boot", boot()), **OTHERS))), [], found()),
    ("gpt-btrfs", machine("gpt", EFI, ("L", btrfs, below("boot", boot()))), [], found()),
    ("gpt-btrfs-subvolume", machine(
        "gpt", EFI, ("L", lambda image, tree: btrfs(image, tree, b"@rootfs"),
                     below("boot", boot("/@rootfs/boot", args=SUBVOLUME)))), [], found("/@rootfs/boot", args=SUBVOLUME)),
    ("gpt-lvm", machine("gpt", EFI, ("V", inside(lvm, ext), below("boot", boot(root=VG)))), [], found(root=VG)),
    ("gpt-raid1", machine("gpt", EFI, ("R", inside(raid1, ext), below("boot", boot()))), [], found()),
    ("gpt-lvm-in-raid1", machine("gpt", EFI, ("R", inside(raid1, inside(lvm, ext)), below("boot", boot(root=VG)))), [],
     found(root=VG)),
]
