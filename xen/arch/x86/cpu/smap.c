/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does SMAP work here? Some emulators read the stack of an IRET in ring 3 with the kernel's rights (QEMU 7.2 does): with SMAP on, guests'
 * kernels, which are in ring 3, would die of their first one. So one is tried at boot, on a page of its own, and SMAP
 * is left off where it fails.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <asm/gdt.h>
#include <asm/processor.h>
#include <asm/setup.h>

#define TEST_SLOT	1			/* of L4: nobody's yet */
#define TEST_VA		((unsigned long)TEST_SLOT << L4_SHIFT)
#define USER_TABLE	(HYPERVISOR_TABLE | _PAGE_USER)

int smap_test_run(unsigned long rip, unsigned long rsp);
extern const char smap_test_int3[], smap_test_page_fault[];

/* At 0: iretq; at 32: int3; at 256: the frame that leads from the one to the other. */
static void __init fill_page(u8 *page)
{
	const u64 frame[5] = { TEST_VA + 32, 0xe033, 2, TEST_VA + 512, 0xe02b };

	page[0] = 0x48;
	page[1] = 0xcf;
	page[32] = 0xcc;
	memcpy(page + 256, frame, sizeof(frame));
}

static bool __init iret_in_ring3_works(void)
{
	u64 *tables[4];
	bool ok;

	for (unsigned int i = 0; i < 4; i++) {
		tables[i] = alloc_xenheap_zeroed_page();
		if (!tables[i])
			panic("no memory for the SMAP test");
	}
	fill_page((u8 *)tables[3]);
	for (unsigned int i = 0; i < 3; i++)
		tables[i][0] = maddr_x(virt_to_maddr(tables[i + 1])) | USER_TABLE;
	idle_pg_table[TEST_SLOT] = l4e_make(virt_to_mfn(tables[0]), USER_TABLE);
	idt_divert(TRAP_int3, smap_test_int3);
	idt_divert(TRAP_page_fault, smap_test_page_fault);
	ok = smap_test_run(TEST_VA, TEST_VA + 256);
	trap_init_early();
	idle_pg_table[TEST_SLOT] = l4e_empty();
	flush_tlb_local();
	for (unsigned int i = 0; i < 4; i++)
		free_xenheap_page(tables[i]);
	return ok;
}

void __init smap_check(void)
{
	unsigned long flags;
	bool ok;

	if (!opt_smap)
		return;
	local_irq_save(flags);
	ok = iret_in_ring3_works();
	local_irq_restore(flags);
	if (ok)
		return;
	printk(XENLOG_WARNING "SMAP is broken here (IRET in ring 3 faults, as in QEMU 7.2): it stays off\n");
	opt_smap = false;
	mmu_cr4_features &= ~X86_CR4_SMAP;
	write_cr4(mmu_cr4_features);
}
