# SPDX-License-Identifier: GPL-2.0-only
# Shared rules of the toolstack. A subdirectory's Makefile states what it makes and then includes this file:
#
#	DIR := xenstored                        name of the subdirectory, below tools/
#	LIBS := libfoo.a                        static libraries to make, from SRCS-<name>
#	PROGS := xenstored                      programs to make, from SRCS-<name>
#	TESTS := unit-store                     test programs (ASan + UBSan), from SRCS-<name>
#	SRCS-xenstored := main.c tree.c         sources; `../libx/a.c` may be named as well
#	USES-xenstored := libxenctrl            our libraries it links, users before what they use
#	LDLIBS-xenstored := -lz                 system libraries
#	DEST-xenstored := usr/sbin              where a program is installed (default usr/sbin)
#	FILES := script:etc/xen/scripts:755     other files to install, source:directory:mode
#	include ../Rules.mk
#
# Objects go to build/tools/<DIR>, those for tests to .../san. Programs are linked statically unless
# TOOLS_STATIC=n: a small dom0 root then needs no libraries, and starting a program costs a fraction.

TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
OUT := $(TOP)/build/tools
B := $(OUT)/$(DIR)
DESTDIR ?= $(TOP)/build/dist
TOOLS_STATIC ?= y

# A library's own libraries, so that a program need not know them.
SYS-libxenguest := -lz -llzma -llz4 -lzstd -lbz2 -lcrypto

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Werror \
	-Wno-unused-parameter -Wno-sign-compare
INCLUDES := -I$(TOP)/xen/include -I$(TOP)/tools/libxenctrl -I$(TOP)/tools/libxenguest \
	-I$(TOP)/tools/libxenstore -I$(TOP)/tools/libcfg -I$(TOP)/tools/libplain -I.
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(CFLAGS) -fPIC -ffunction-sections -fdata-sections \
	-D_GNU_SOURCE -D__XEN_TOOLS__ $(WARN) \
	$(INCLUDES) $(CPPFLAGS-$(DIR)) -MMD -MP
SAN_CFLAGS := $(filter-out -O2,$(ALL_CFLAGS)) -O1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
LINK_STATIC := $(if $(filter y,$(TOOLS_STATIC)),-static)

# V=1 shows whole commands.
say = $(if $(V),,@printf '  %-7s%s\n' $(1) '$(@:$(TOP)/%=%)';)

obj = $(patsubst %.c,$(B)/$(1)%.o,$(subst ../,,$(SRCS-$(2))))
uses = $(foreach l,$(USES-$(1)),$(OUT)/$(l)/$(l).a)
syslibs = $(LDLIBS-$(1)) $(foreach l,$(USES-$(1)),$(SYS-$(l)))

all: $(addprefix $(B)/,$(LIBS) $(PROGS))

define lib_rule
$(B)/$(1): $(call obj,,$(1))
	@rm -f $$@
	$$(call say,AR)$$(AR) rcs $$@ $$^
DEPS += $(patsubst %.o,%.d,$(call obj,,$(1)))
endef

define prog_rule
$(B)/$(1): $(call obj,,$(1)) $(call uses,$(1))
	$$(call say,LD)$$(CC) $$(CFLAGS) $$(LDFLAGS) $(LINK_STATIC) -Wl,--gc-sections -o $$@ $$^ $(call syslibs,$(1))
DEPS += $(patsubst %.o,%.d,$(call obj,,$(1)))
endef

define test_rule
$(B)/san/$(1): $(call obj,san/,$(1)) $(call uses,$(1))
	$$(call say,LD)$$(CC) -fsanitize=address,undefined -o $$@ $$^ $(call syslibs,$(1))
DEPS += $(patsubst %.o,%.d,$(call obj,san/,$(1)))
endef

DEPS :=
$(foreach l,$(LIBS),$(eval $(call lib_rule,$(l))))
$(foreach p,$(PROGS),$(eval $(call prog_rule,$(p))))
$(foreach t,$(TESTS),$(eval $(call test_rule,$(t))))

$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC-SAN)$(CC) $(SAN_CFLAGS) -c -o $@ $<
$(B)/san/%.o: ../%.c
	@mkdir -p $(@D)
	$(call say,CC-SAN)$(CC) $(SAN_CFLAGS) -c -o $@ $<
$(B)/san/%.o: ../../%.c
	@mkdir -p $(@D)
	$(call say,CC-SAN)$(CC) $(SAN_CFLAGS) -c -o $@ $<
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/%.o: ../%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -c -o $@ $<

dest = $(DESTDIR)/$(or $(DEST-$(1)),usr/sbin)
word_of = $(word $(1),$(subst :, ,$(2)))

install: all
	@$(foreach p,$(PROGS),install -D -m 755 $(B)/$(p) $(call dest,$(p))/$(p) &&) \
	$(foreach f,$(FILES),install -D -m $(call word_of,3,$(f)) $(call word_of,1,$(f)) \
		$(DESTDIR)/$(call word_of,2,$(f))/$(notdir $(call word_of,1,$(f))) &&) true

test: $(addprefix $(B)/san/,$(TESTS))
	@set -e; $(foreach t,$(TESTS),echo "TEST $(DIR)/$(t)"; $(B)/san/$(t);) true

clean:
	rm -rf $(B)

.PHONY: all install test clean
.DELETE_ON_ERROR:
-include $(DEPS)
