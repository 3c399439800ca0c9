// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds a guest, step by step as in the table at the end. Each step says in one line what went wrong;
 * nothing but the domain, which is the caller's to destroy, keeps what a failed build has made: mappings and
 * files are closed here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenguest.h>

#include "xg_internal.h"

#define FLAT_CS		0xe033		/* the hypervisor's flat ring-3 descriptors */
#define FLAT_SS		0xe02b
#define RFLAGS_IF	0x200
#define E820_RAM	1
#define MAX_GUEST_MIB	(1ULL << 24)	/* 16 TiB: what a grant entry can name */

struct build {
	xc_interface *xch;
	struct xg_build *bg;
	struct xg_err *err;
	struct xg_input kernel_in, ramdisk_in;
	struct xg_kernel kernel;
	struct xg_gmem mem;
	struct xg_layout layout;
	uint64_t shared_info_mfn;
};

static int xc_failed(struct build *b, int rc)
{
	return xg_fail(b->err, rc, "%s", xc_last_error(b->xch));
}

static int check_request(struct build *b)
{
	const struct xg_build *bg = b->bg;

	if (!bg->mem_mib || bg->mem_mib > MAX_GUEST_MIB)
		return xg_fail(b->err, -EINVAL, "impossible memory size: %llu MiB",
			       (unsigned long long)bg->mem_mib);
	if (bg->max_mem_mib && bg->max_mem_mib < bg->mem_mib)
		return xg_fail(b->err, -EINVAL,
			       "maximum memory (%llu MiB) below the memory at start (%llu MiB)",
			       (unsigned long long)bg->max_mem_mib, (unsigned long long)bg->mem_mib);
	if (bg->cmdline && strlen(bg->cmdline) >= MAX_GUEST_CMDLINE)
		return xg_fail(b->err, -EINVAL, "the kernel command line has %zu bytes, at most %u fit",
			       strlen(bg->cmdline), MAX_GUEST_CMDLINE - 1);
	return 0;
}

static int open_files(struct build *b)
{
	const struct xg_build *bg = b->bg;
	int rc;

	if (bg->kernel_path)
		rc = input_open(&b->kernel_in, bg->kernel_path, b->err);
	else
		rc = input_from_memory(&b->kernel_in, bg->kernel_data, bg->kernel_size, b->err);
	if (!rc && bg->ramdisk_path)
		rc = input_open(&b->ramdisk_in, bg->ramdisk_path, b->err);
	return rc;
}

static int populate(struct build *b)
{
	return gmem_populate(&b->mem, b->xch, b->bg->domid, b->bg->mem_mib * (MIB / PAGE_SIZE), b->err);
}

static int load_kernel(struct build *b)
{
	const struct xg_target target = {
		gmem_write, gmem_zero, gmem_window, &b->mem, b->mem.nr_pages << PAGE_SHIFT,
	};
	int rc = kernel_load(&b->kernel_in, &target, b->bg->cache_dir, &b->kernel, b->err);

	if (!rc)
		snprintf(b->bg->guest_os, sizeof(b->bg->guest_os), "%s", b->kernel.notes.guest_os);
	return rc;
}

static int plan(struct build *b)
{
	return layout_plan(&b->layout, &b->kernel, b->ramdisk_in.size, b->mem.nr_pages, b->err);
}

/* Reads the file straight into the guest's memory. */
static int load_ramdisk(struct build *b)
{
	uint64_t pa = b->layout.ramdisk_pfn << PAGE_SHIFT, done = 0, size = b->ramdisk_in.size;
	int rc = 0;

	while (done < size && !rc) {
		uint64_t n = size - done;
		uint8_t *p;

		rc = gmem_window(&b->mem, pa + done, &n, &p, b->err);
		if (!rc)
			rc = input_pread(&b->ramdisk_in, p, n, done, b->err);
		done += n;
	}
	/* The guest may look at the whole last page. */
	if (!rc && size % PAGE_SIZE)
		rc = gmem_zero(&b->mem, pa + size, PAGE_SIZE - size % PAGE_SIZE, b->err);
	return rc;
}

static int write_p2m(struct build *b)
{
	uint64_t pa = b->layout.p2m_pfn << PAGE_SHIFT, size = b->mem.nr_pages * sizeof(uint64_t);
	int rc = gmem_write(&b->mem, pa, (const uint8_t *)b->mem.p2m, size, b->err);

	/* Entries beyond the guest's memory are invalid. */
	while (!rc && size % PAGE_SIZE) {
		const uint64_t invalid = UNSET;

		rc = gmem_write(&b->mem, pa + size, (const uint8_t *)&invalid, sizeof(invalid), b->err);
		size += sizeof(invalid);
	}
	return rc;
}

static int write_page_tables(struct build *b)
{
	const struct xg_layout *l = &b->layout;
	uint64_t n = layout_tables(l), p2m_n = l->p2m_l3s + l->p2m_l2s + l->p2m_l1s;
	uint64_t *p2m_tables = NULL, *tables;
	int rc = -EFAULT;

	/* No page of these may stay mapped writable when the hypervisor is to accept them as tables. */
	gmem_close_window(&b->mem);
	tables = gmem_map(&b->mem, l->pt_pfn, n, b->err);
	if (!tables)
		return -EFAULT;
	if (p2m_n) {
		p2m_tables = gmem_map(&b->mem, l->p2m_tables_pfn, p2m_n, b->err);
		if (!p2m_tables)
			goto out;
	}
	pgtable_build(l, b->mem.p2m, tables, p2m_tables);
	rc = 0;
	if (p2m_tables)
		xc_unmap_foreign(p2m_tables, p2m_n);
out:
	xc_unmap_foreign(tables, n);
	return rc;
}

static int make_event_channels(struct build *b)
{
	struct xg_build *bg = b->bg;
	int port;

	if (!bg->store_port) {
		port = xc_evtchn_alloc_unbound(b->xch, bg->domid, bg->store_domid);
		if (port < 0)
			return xc_failed(b, port);
		bg->store_port = port;
	}
	if (!bg->console_port) {
		port = xc_evtchn_alloc_unbound(b->xch, bg->domid, bg->console_domid);
		if (port < 0)
			return xc_failed(b, port);
		bg->console_port = port;
	}
	return 0;
}

static int init_shared_info(struct build *b)
{
	struct xen_domctl_getdomaininfo info;
	struct shared_info *si;
	xen_pfn_t mfn;
	int rc = xc_domain_getinfo(b->xch, b->bg->domid, &info);

	if (rc)
		return xc_failed(b, rc);
	mfn = b->shared_info_mfn = info.shared_info_frame;
	si = xc_map_foreign(b->xch, b->bg->domid, PROT_READ | PROT_WRITE, 1, &mfn, NULL);
	if (!si)
		return xc_failed(b, -errno);
	zero_bulk(si, PAGE_SIZE);
	for (unsigned int i = 0; i < ARRAY_SIZE(si->vcpu_info); i++)
		si->vcpu_info[i].evtchn_upcall_mask = 1;
	xc_unmap_foreign(si, 1);
	return 0;
}

static void fill_start_info(struct build *b, struct start_info *si)
{
	const struct xg_layout *l = &b->layout;
	struct xg_build *bg = b->bg;

	zero_bulk(si, PAGE_SIZE);
	strcpy(si->magic, "xen-3.0-x86_64");
	si->nr_pages = l->nr_pages;
	si->shared_info = b->shared_info_mfn << PAGE_SHIFT;
	si->store_mfn = bg->store_mfn;
	si->store_evtchn = bg->store_port;
	si->console.domU.mfn = bg->console_mfn;
	si->console.domU.evtchn = bg->console_port;
	si->pt_base = layout_virt(l, l->pt_pfn);
	si->nr_pt_frames = layout_tables(l);
	si->mfn_list = l->p2m_virt;
	if (l->p2m_outside) {
		si->first_p2m_pfn = l->p2m_pfn;
		si->nr_p2m_frames = l->p2m_pages + l->p2m_l3s + l->p2m_l2s + l->p2m_l1s;
	}
	if (l->ramdisk_pages) {
		si->flags |= l->ramdisk_mapped ? 0 : SIF_MOD_START_PFN;
		si->mod_start = l->ramdisk_mapped ? layout_virt(l, l->ramdisk_pfn) : l->ramdisk_pfn;
		si->mod_len = b->ramdisk_in.size;
	}
	if (bg->cmdline)
		strcpy((char *)si->cmd_line, bg->cmdline);
}

/* The start info and the two rings are neighbours: one mapping. */
static int write_special_pages(struct build *b)
{
	const struct xg_layout *l = &b->layout;
	uint8_t *p = gmem_map(&b->mem, l->start_info_pfn, 3, b->err);

	if (!p)
		return -EFAULT;
	b->bg->store_mfn = b->mem.p2m[l->store_pfn];
	b->bg->console_mfn = b->mem.p2m[l->console_pfn];
	fill_start_info(b, (struct start_info *)p);
	zero_bulk(p + PAGE_SIZE, 2 * PAGE_SIZE);
	xc_unmap_foreign(p, 3);
	return 0;
}

static int fill_hypercall_page(struct build *b)
{
	uint64_t va = b->kernel.notes.hypercall_page;
	int rc;

	if (va == UNSET)
		return 0;
	rc = xc_domain_hypercall_init(b->xch, b->bg->domid,
				      b->mem.p2m[(va - b->layout.virt_base) >> PAGE_SHIFT]);
	return rc ? xc_failed(b, rc) : 0;
}

static int pin_tables(struct build *b)
{
	int rc = xc_mmuext_pin(b->xch, b->bg->domid, MMUEXT_PIN_L4_TABLE, b->mem.p2m[b->layout.pt_pfn]);

	return rc ? xg_fail(b->err, rc, "the hypervisor refuses the initial page tables (%s)",
			    xc_last_error(b->xch)) : 0;
}

static void grant_page(struct grant_entry_v1 *e, uint16_t to, uint64_t frame)
{
	e->domid = to;
	e->frame = frame;
	__atomic_store_n(&e->flags, GTF_permit_access, __ATOMIC_RELEASE);
}

/*
 * The daemons map the rings by grant; the guest does not know of these two entries, so they are made for it.
 */
static int seed_grants(struct build *b)
{
	struct xg_build *bg = b->bg;
	struct grant_entry_v1 *table = xc_map_resource(b->xch, bg->domid, XENMEM_resource_grant_table,
						       XENMEM_resource_grant_table_id_shared, 0, 1,
						       PROT_READ | PROT_WRITE);

	if (!table)
		return xc_failed(b, -errno);
	grant_page(&table[GNTTAB_RESERVED_CONSOLE], bg->console_domid, bg->console_mfn);
	grant_page(&table[GNTTAB_RESERVED_XENSTORE], bg->store_domid, bg->store_mfn);
	xc_unmap_foreign(table, 1);
	return 0;
}

static int set_memory_map(struct build *b)
{
	uint64_t mib = b->bg->max_mem_mib ? b->bg->max_mem_mib : b->bg->mem_mib;
	const struct {
		uint64_t start, size;
		uint32_t type;
	} __attribute__((packed)) ram = { 0, mib * MIB, E820_RAM };
	int rc = xc_set_memory_map(b->xch, b->bg->domid, &ram, 1);

	return rc ? xc_failed(b, rc) : 0;
}

static int start_vcpu(struct build *b)
{
	const struct xg_layout *l = &b->layout;
	struct vcpu_guest_context ctx = { 0 };
	int rc;

	ctx.flags = VGCF_in_kernel | VGCF_online;
	ctx.user_regs.rip = b->kernel.entry;
	ctx.user_regs.rsp = layout_virt(l, l->stack_pfn + 1);
	ctx.user_regs.rsi = layout_virt(l, l->start_info_pfn);
	ctx.user_regs.rflags = RFLAGS_IF;
	ctx.user_regs.cs = FLAT_CS;
	ctx.user_regs.ss = FLAT_SS;
	ctx.kernel_ss = FLAT_SS;
	ctx.kernel_sp = ctx.user_regs.rsp;
	ctx.ctrlreg[3] = b->mem.p2m[l->pt_pfn] << PAGE_SHIFT;
	rc = xc_vcpu_set_context(b->xch, b->bg->domid, 0, &ctx);
	return rc ? xc_failed(b, rc) : 0;
}

static int (*const steps[])(struct build *b) = {
	check_request,
	open_files,
	populate,
	load_kernel,
	plan,
	load_ramdisk,
	write_p2m,
	write_page_tables,
	make_event_channels,
	init_shared_info,
	write_special_pages,
	fill_hypercall_page,
	pin_tables,
	seed_grants,
	set_memory_map,
	start_vcpu,
};

int xg_build_pv(xc_interface *xch, struct xg_build *bg)
{
	struct xg_err err = { "" };
	struct build b = {
		.xch = xch, .bg = bg, .err = &err, .kernel_in.fd = -1, .ramdisk_in.fd = -1,
	};
	int rc = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(steps) && !rc; i++)
		rc = steps[i](&b);
	gmem_end(&b.mem);
	input_close(&b.kernel_in);
	input_close(&b.ramdisk_in);
	snprintf(bg->error, sizeof(bg->error), "%s", err.text);
	return rc;
}
