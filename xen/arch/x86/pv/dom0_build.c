/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom0, made by hand as the toolstack makes the others (ABI: public/xen.h, "start of day"). Virtual layout from the kernel's VIRT_BASE on:
 * kernel, [initrd], [p2m list], start_info, page tables, stack, then spare room to a multiple of 4 MiB.
 * A kernel with INIT_P2M gets the list and the tables that map it at that address, out of pages of their own; one
 * with MOD_START_PFN gets the initrd unmapped. Pseudo-physical frames follow the virtual layout; frames that nothing claims come last.
 */
#include <xen/boot_info.h>
#include <xen/elf.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/dom0_build.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <public/elfnote.h>

#define PT_FLAGS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED)
#define L1_FLAGS	(PT_FLAGS | _PAGE_DIRTY)
#define SPARE		KB(512)

static u64 dom0_size;		/* bytes; 0: all but a reserve */
static u64 dom0_max;		/* what it may grow to; 0: no limit */

/* dom0_mem=SIZE[,max:SIZE] */
static int __init parse_dom0_mem(const char *s)
{
	while (*s) {
		bool is_max = !strncmp(s, "max:", 4);
		u64 size = parse_size(is_max ? s + 4 : s, &s);

		if (is_max)
			dom0_max = size;
		else
			dom0_size = size;
		if (*s && *s++ != ',')
			return -EINVAL;
	}
	return 0;
}
custom_param("dom0_mem", parse_dom0_mem);

struct layout {
	u64 base;			/* virtual address of pfn 0 */
	u64 kernel_end, initrd, p2m, start_info, tables, stack, end;
	unsigned long nr_tables;
	unsigned long nr_pages;
	unsigned long initrd_pfn, initrd_pages;
	unsigned long p2m_pfn, p2m_pages, p2m_tables;	/* INIT_P2M only */
	unsigned long next_table;	/* pfn of the next unused page of `tables` */
	unsigned long next_p2m_table;
};

static struct elf_image image __initdata;
static struct xen_elf_notes notes __initdata;
static u64 *frames __initdata;		/* mfn of each pfn */

static void *__init pfn_virt(unsigned long pfn)
{
	return mfn_to_virt(_mfn(frames[pfn]));
}

/* -- the kernel file ----------------------------------------------------------------------------------------------------- */

/* bzImage (Linux Documentation/arch/x86/boot.rst): setup sectors, then protected-mode code with the payload somewhere in it. */
static int __init find_payload(const u8 *file, size_t size, const u8 **payload, size_t *len)
{
	u32 offset, length, setup;

	if (size < 0x260 || memcmp(file + 0x202, "HdrS", 4))
		return -ENOEXEC;
	setup = (file[0x1f1] ? file[0x1f1] : 4) + 1;
	memcpy(&offset, file + 0x248, 4);
	memcpy(&length, file + 0x24c, 4);
	if ((u64)setup * 512 + offset + length > size)
		return -ENOEXEC;
	*payload = file + setup * 512 + offset;
	*len = length;
	return 0;
}

static int __init load_file(const struct boot_module *mod, const void **data, size_t *size, unsigned int *order)
{
	const u8 *file = maddr_to_virt(_maddr(mod->start)), *payload;
	size_t len;
	void *out;
	int rc;

	*order = ~0u;
	*data = file;
	*size = mod->size;
	if (mod->size >= 4 && !memcmp(file, "\177ELF", 4))
		return 0;
	rc = find_payload(file, mod->size, &payload, &len);
	if (rc) {
		printk(XENLOG_ERR "dom0 kernel: neither ELF nor bzImage, or truncated\n");
		return rc;
	}
	rc = decompress_kernel(payload, len, &out, size, order);
	if (rc)
		printk(XENLOG_ERR "dom0 kernel: cannot unpack: error %d\n", rc);
	*data = out;
	return rc;
}

static int __init parse_kernel(const void *data, size_t size)
{
	const char *why;
	int rc = elf_parse(&image, data, size, &why);

	if (rc) {
		printk(XENLOG_ERR "dom0 kernel: %s\n", why);
		return rc;
	}
	elf_xen_notes(&image, &notes);
	if (!notes.found || strcmp(notes.xen_ver, "xen-3.0") || notes.virt_base == UNSET_ADDR) {
		printk(XENLOG_ERR "dom0 kernel: has no Xen notes (CONFIG_XEN_PV?)\n");
		return -ENOEXEC;
	}
	if (notes.virt_entry == UNSET_ADDR)
		notes.virt_entry = image.entry;
	if (notes.paddr_offset == UNSET_ADDR)
		notes.paddr_offset = 0;
	printk(XENLOG_INFO "dom0 kernel: %s %s, base %#lx, entry %#lx\n", notes.guest_os, notes.guest_ver, notes.virt_base,
	       notes.virt_entry);
	return 0;
}

static u64 __init segment_va(const struct elf_segment *s)
{
	return s->paddr - notes.paddr_offset + notes.virt_base;
}

/* -- layout ------------------------------------------------------------------------------------------------------------------ */

static unsigned long __init tables_for(u64 start, u64 end, unsigned int shift)
{
	return ((end - 1) >> shift) - (start >> shift) + 1;
}

/* L1, L2 and L3 pages that map [start, end). */
static unsigned long __init lower_tables(u64 start, u64 end)
{
	return tables_for(start, end, L2_SHIFT) + tables_for(start, end, L3_SHIFT) + tables_for(start, end, L4_SHIFT);
}

static int __init choose_layout(struct layout *l, const struct boot_module *initrd)
{
	u64 v, p2m_bytes = ROUNDUP(l->nr_pages * 8, PAGE_SIZE);

	l->base = notes.virt_base;
	l->kernel_end = l->base;
	for (unsigned int i = 0; i < image.nr_load; i++) {
		u64 va = segment_va(&image.load[i]);

		if (va < l->base || va + image.load[i].memsz < va || va + image.load[i].memsz - l->base > GB(1))
			return -ENOEXEC;
		l->kernel_end = max(l->kernel_end, va + image.load[i].memsz);
	}
	v = ROUNDUP(l->kernel_end, PAGE_SIZE);
	l->initrd_pages = initrd ? DIV_ROUND_UP(initrd->size, PAGE_SIZE) : 0;
	l->initrd = v;
	if (!notes.mod_start_pfn)
		v += l->initrd_pages * PAGE_SIZE;
	l->p2m = notes.init_p2m;
	if (notes.init_p2m == UNSET_ADDR) {
		l->p2m = v;
		v += p2m_bytes;
	}
	l->start_info = v;
	v += PAGE_SIZE;
	l->tables = v;
	/* The tables map themselves: grow until they fit. */
	for (l->nr_tables = 4;; l->nr_tables++) {
		l->stack = l->tables + l->nr_tables * PAGE_SIZE;
		l->end = ROUNDUP(l->stack + PAGE_SIZE + SPARE, MB(4));
		if (1 + lower_tables(l->base, l->end) <= l->nr_tables)
			break;
	}
	l->initrd_pfn = (l->initrd - l->base) >> PAGE_SHIFT;
	l->p2m_pfn = (l->end - l->base) >> PAGE_SHIFT;
	if (notes.mod_start_pfn) {
		l->initrd_pfn = l->p2m_pfn;
		l->p2m_pfn += l->initrd_pages;
	}
	if (notes.init_p2m != UNSET_ADDR) {
		l->p2m_pages = p2m_bytes / PAGE_SIZE;
		l->p2m_tables = lower_tables(l->p2m, l->p2m + p2m_bytes);
	}
	l->next_table = (l->tables - l->base) >> PAGE_SHIFT;
	l->next_p2m_table = l->p2m_pfn + l->p2m_pages;
	if (l->next_p2m_table + l->p2m_tables > l->nr_pages) {
		printk(XENLOG_ERR "dom0_mem: %lu pages are too few: kernel and initrd need %lu\n", l->nr_pages,
		       l->next_p2m_table + l->p2m_tables);
		return -ENOMEM;
	}
	return 0;
}

/* -- memory -------------------------------------------------------------------------------------------------------------------- */

static unsigned long __init dom0_pages(void)
{
	unsigned long avail = avail_domheap_pages();
	unsigned long wish = max(avail / 16, 64UL << 8), reserve = min(wish, 256UL << 8);
	unsigned long most = avail > reserve ? avail - reserve : avail / 2, want = dom0_size >> PAGE_SHIFT;

	return want && want < most ? want : most;
}

static int __init populate(struct domain *d, unsigned long nr_pages)
{
	unsigned long pfn = 0;
	unsigned int order = 18;

	frames = vzalloc(nr_pages * sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	if (dom0_max)
		d->max_pages = max(nr_pages, (unsigned long)(dom0_max >> PAGE_SHIFT));
	while (pfn < nr_pages) {
		struct page_info *pg;

		while ((1UL << order) > nr_pages - pfn)
			order--;
		pg = alloc_domheap_pages(d, order, 0);
		if (!pg) {
			if (!order--)
				return -ENOMEM;
			continue;
		}
		for (unsigned long i = 0; i < 1UL << order; i++, pfn++) {
			frames[pfn] = mfn_x(page_to_mfn(pg + i));
			set_gpfn_from_mfn(_mfn(frames[pfn]), pfn);
		}
		process_pending_softirqs();
	}
	return 0;
}

static void __init copy_to_pfns(unsigned long pfn, u64 offset, const u8 *from, u64 n)
{
	pfn += offset >> PAGE_SHIFT;
	offset &= ~PAGE_MASK;
	while (n) {
		u64 now = min(n, PAGE_SIZE - offset);

		memcpy((u8 *)pfn_virt(pfn) + offset, from, now);
		from += now;
		n -= now;
		offset = 0;
		pfn++;
	}
}

static void __init load_segments(const struct layout *l)
{
	for (unsigned int i = 0; i < image.nr_load; i++) {
		const struct elf_segment *s = &image.load[i];

		copy_to_pfns(0, segment_va(s) - l->base, image.data + s->offset, s->filesz);
	}
	if (notes.virt_hypercall != UNSET_ADDR && notes.virt_hypercall >= l->base && notes.virt_hypercall < l->kernel_end)
		hypercall_page_init(pfn_virt((notes.virt_hypercall - l->base) >> PAGE_SHIFT));
}

/* -- page tables ------------------------------------------------------------------------------------------------------------------ */

/* The entry of `table` for index i, made to point at a fresh page of *next if it is empty. */
static u64 *__init next_level(u64 *table, unsigned int i, unsigned long *next)
{
	if (!table[i])
		table[i] = frames[(*next)++] << PAGE_SHIFT | PT_FLAGS;
	return mfn_to_virt(_mfn((table[i] & PAGE_FRAME_MASK) >> PAGE_SHIFT));
}

static u64 *__init l1_slot(u64 *l4, u64 va, unsigned long *next)
{
	u64 *l3 = next_level(l4, l4_index(va), next);
	u64 *l2 = next_level(l3, l3_index(va), next);
	u64 *l1 = next_level(l2, l2_index(va), next);

	return &l1[l1_index(va)];
}

static void __init make_read_only(u64 *l4, const struct layout *l, unsigned long first, unsigned long end)
{
	unsigned long unused = 0;

	for (unsigned long pfn = first; pfn < end; pfn++)
		*l1_slot(l4, l->base + pfn * PAGE_SIZE, &unused) &= ~_PAGE_RW;
}

static u64 *__init make_tables(struct layout *l)
{
	unsigned long first = l->next_table;
	u64 *l4 = pfn_virt(l->next_table++);

	for (u64 va = l->base; va < l->end; va += PAGE_SIZE)
		*l1_slot(l4, va, &l->next_table) = frames[(va - l->base) >> PAGE_SHIFT] << PAGE_SHIFT | L1_FLAGS;
	for (unsigned long i = 0; i < l->p2m_pages; i++)
		*l1_slot(l4, l->p2m + i * PAGE_SIZE, &l->next_p2m_table) = frames[l->p2m_pfn + i] << PAGE_SHIFT | L1_FLAGS;
	make_read_only(l4, l, first, l->next_table);
	return l4;
}

static void __init fill_p2m(const struct layout *l)
{
	unsigned long pfn = l->p2m_pages ? l->p2m_pfn : (l->p2m - l->base) >> PAGE_SHIFT;

	copy_to_pfns(pfn, 0, (const u8 *)frames, l->nr_pages * 8);
}

/* -- start_info and registers --------------------------------------------------------------------------------------------------------- */

static void __init fill_start_info(const struct domain *d, const struct layout *l, const struct boot_module *initrd, const char *cmdline)
{
	struct start_info *si = pfn_virt((l->start_info - l->base) >> PAGE_SHIFT);
	struct dom0_vga_console_info *vga = (void *)(si + 1);

	strlcpy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = l->nr_pages;
	si->shared_info = maddr_x(virt_to_maddr(d->shared_info));
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->pt_base = l->tables;
	si->nr_pt_frames = l->nr_tables;
	si->mfn_list = l->p2m;
	if (initrd) {
		si->mod_start = notes.mod_start_pfn ? l->initrd_pfn : l->initrd;
		si->mod_len = initrd->size;
		if (notes.mod_start_pfn)
			si->flags |= SIF_MOD_START_PFN;
	}
	if (l->p2m_pages) {
		si->first_p2m_pfn = l->p2m_pfn;
		si->nr_p2m_frames = l->p2m_pages + l->p2m_tables;
	}
	strlcpy((char *)si->cmd_line, cmdline, sizeof(si->cmd_line));
	if (boot_info.vga_text) {
		vga->video_type = XEN_VGATYPE_TEXT_MODE_3;
		vga->u.text_mode_3.font_height = 16;
		vga->u.text_mode_3.rows = 25;
		vga->u.text_mode_3.columns = 80;
		si->console.dom0.info_off = sizeof(*si);
		si->console.dom0.info_size = sizeof(*vga);
	}
}

static void __init set_registers(struct vcpu *v, const struct layout *l)
{
	struct cpu_user_regs *r = &v->arch.user_regs;

	r->rip = notes.virt_entry;
	r->rsp = l->stack + PAGE_SIZE;
	r->rsi = l->start_info;
	r->rflags = X86_EFLAGS_IF | X86_EFLAGS_MBS;
	r->cs = FLAT_KERNEL_CS;
	r->ss = FLAT_KERNEL_SS;
	v->arch.kernel_ss = FLAT_KERNEL_SS;
	v->arch.kernel_sp = r->rsp;
	v->arch.flags = TF_kernel_mode;
}

/* The tables are checked as any guest's: one reference for CR3, one for the pin that kernels expect. */
static int __init install_root(struct vcpu *v, u64 *l4)
{
	struct page_info *pg = virt_to_page(l4);
	int rc = 0;

	for (unsigned int i = 0; i < 2 && !rc; i++) {
		if (!get_page(pg, v->domain))
			return -EINVAL;
		do {
			rc = get_page_type_preemptible(pg, PGT_l4_page_table);
		} while (rc == -ERESTART || rc == -EINTR);
	}
	if (rc)
		return rc;
	__atomic_or_fetch(&pg->type_info, PGT_pinned, __ATOMIC_SEQ_CST);
	v->arch.guest_table = page_to_mfn(pg);
	return 0;
}

int __init construct_dom0(struct domain *d, const struct boot_module *kernel, const struct boot_module *initrd, const char *cmdline)
{
	struct layout l = { .nr_pages = 0 };
	struct vcpu *v = d->vcpu[0];
	unsigned int order;
	const void *data;
	size_t size;
	u64 *l4;
	int rc = load_file(kernel, &data, &size, &order);

	if (rc)
		return rc;
	rc = parse_kernel(data, size);
	if (rc)
		return rc;
	l.nr_pages = dom0_pages();
	rc = choose_layout(&l, initrd);
	if (rc)
		return rc;
	printk(XENLOG_INFO "dom0: %lu MB, %u vcpus\n", l.nr_pages >> 8, d->max_vcpus);
	rc = populate(d, l.nr_pages);
	if (rc)
		return rc;
	load_segments(&l);
	if (initrd)
		copy_to_pfns(l.initrd_pfn, 0, maddr_to_virt(_maddr(initrd->start)), initrd->size);
	l4 = make_tables(&l);
	fill_p2m(&l);
	fill_start_info(d, &l, initrd, cmdline);
	for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
	set_registers(v, &l);
	rc = install_root(v, l4);
	if (rc) {
		printk(XENLOG_ERR "dom0: its first page tables are not valid: error %d\n", rc);
		return rc;
	}
	vfree(frames);
	if (order != ~0u)
		free_xenheap_pages((void *)(uintptr_t)data, order);
	v->is_initialised = true;
	clear_bit(VPF_down, &v->pause_flags);
	return 0;
}
