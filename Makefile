# SPDX-License-Identifier: GPL-2.0-only
# Top of the build: `make help` lists what can be made. All output goes below build/.

TOP := $(CURDIR)
include Config.mk
export CC DEBUG

all: xen tools ## Build the hypervisor (build/xen) and stage everything installable in build/dist

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

xen: ## The hypervisor alone, build/xen
	$(MAKE) -C xen
	@install -d $(DIST)/boot
	@gzip -9nc build/xen > $(DIST)/boot/xen-pv-$(VERSION).gz
	@cd xen/include/public && find . -name '*.h' -exec install -D -m 644 {} $(DIST)/usr/include/xen/{} \;

tools: ## The toolstack alone, into build/dist
	$(MAKE) -C tools
	$(MAKE) -C tools install DESTDIR=$(DIST)
	@install -d $(DIST)/etc/xen
	@for f in config/*.cfg config/xm.conf; do [ ! -e $$f ] || install -m 644 $$f $(DIST)/etc/xen/; done

deps: ## Install missing Debian packages (root)
	@scripts/install-deps
	@scripts/fetch-debs

run: deps all ## Build all, boot it through GRUB in QEMU, end at a dom0 prompt on this terminal
	scripts/vm --boot grub-mb2 --accel auto --device virtio-net --menu $(VM)

check: deps ## Run all tests; the last line is the sum
	@python3 -B tests/run.py $(TESTS)

test: check ## Same as check

bench: deps all ## Count instructions: native, ours, the peer; writes docs/benchmarks/latest.md
	@python3 -B bench/bench.py $(BENCH)

qemu-gdb: all ## Boot with QEMU waiting for gdb on port 1234 (gdb build/xen-syms)
	scripts/vm --gdb $(VM)

tags: ## An index of the sources for editors
	ctags -R -f tags xen tools bench

install: all ## Copy build/dist to DESTDIR (default /); then run update-grub
	@mkdir -p $(DESTDIR)/
	cp -r --preserve=mode,timestamps,links $(DIST)/. $(DESTDIR)/

deb: ## Debian packages, checked by lintian, into build/deb
	@scripts/mkdeb

clean: ## Remove what was built; keeps build/cache
	-$(MAKE) -C xen clean
	-$(MAKE) -C tools clean
	[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf --one-file-system {} +

.PHONY: all help xen tools deps run check test bench qemu-gdb tags install deb clean
