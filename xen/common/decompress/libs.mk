# SPDX-License-Identifier: GPL-2.0-only
# Debian's static libraries, linked into the hypervisor for unpacking dom0's kernel: the formats are theirs, not ours.
XEN_LIBS := $(foreach l,lzma z zstd lz4,$(shell $(CC) -print-file-name=lib$(l).a))
