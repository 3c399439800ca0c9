# SPDX-License-Identifier: GPL-2.0-only
# Settings shared by all Makefiles; each can be given on the command line, e.g. `make CC=clang`.

CC ?= gcc
# Names set by make itself do not count as given.
ifeq ($(origin CC),default)
CC := gcc
endif
# Of the hypervisor and of the packages.
VERSION ?= 0.1
# y adds self-checks to the hypervisor: lock ranks, assertions.
DEBUG ?= y
# Where `make install` puts things, and where the build stages them.
DESTDIR ?=
DIST := $(TOP)/build/dist
