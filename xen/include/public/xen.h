/* SPDX-License-Identifier: MIT */
/*
 * Core of the guest interface: hypercall numbers, domain ids, virtual interrupts, page-table updates,
 * multicalls, time, the page shared by guest and hypervisor, and what a guest finds at its start.
 *
 * A hypercall takes its number in rax, arguments in rdi, rsi, rdx, r10, r8, r9 (`syscall` instruction) and
 * returns its result or a negative errno in rax; rcx and r11 are lost.
 */
#ifndef XEN_PUBLIC_XEN_H
#define XEN_PUBLIC_XEN_H

#ifdef __ASSEMBLER__
#define xen_mk_uint(x)		x
#define xen_mk_ulong(x)		x
#define xen_mk_ullong(x)	x
#else
#include <stdint.h>
#define __xen_mk_uint(x)	x##U
#define __xen_mk_ulong(x)	x##UL
#define __xen_mk_ullong(x)	x##ULL
#define xen_mk_uint(x)		__xen_mk_uint(x)
#define xen_mk_ulong(x)		__xen_mk_ulong(x)
#define xen_mk_ullong(x)	__xen_mk_ullong(x)
#define XEN_FLEX_ARRAY_DIM	/* an array without a size */
#endif

#include "arch-x86.h"

/* Hypercalls. */
#define __HYPERVISOR_set_trap_table			0
#define __HYPERVISOR_mmu_update				1
#define __HYPERVISOR_set_gdt				2
#define __HYPERVISOR_stack_switch			3
#define __HYPERVISOR_set_callbacks			4
#define __HYPERVISOR_fpu_taskswitch			5
#define __HYPERVISOR_sched_op_compat			6	/* yield and block by the oldest layout */
#define __HYPERVISOR_platform_op			7
#define __HYPERVISOR_set_debugreg			8
#define __HYPERVISOR_get_debugreg			9
#define __HYPERVISOR_update_descriptor			10
#define __HYPERVISOR_memory_op				12
#define __HYPERVISOR_multicall				13
#define __HYPERVISOR_update_va_mapping			14
#define __HYPERVISOR_set_timer_op			15
#define __HYPERVISOR_event_channel_op_compat		16	/* command inside the struct */
#define __HYPERVISOR_xen_version			17
#define __HYPERVISOR_console_io				18
#define __HYPERVISOR_physdev_op_compat			19	/* command inside the struct */
#define __HYPERVISOR_grant_table_op			20
#define __HYPERVISOR_vm_assist				21
#define __HYPERVISOR_update_va_mapping_otherdomain	22
#define __HYPERVISOR_iret				23	/* x86 only */
#define __HYPERVISOR_vcpu_op				24
#define __HYPERVISOR_set_segment_base			25	/* 64-bit guests only */
#define __HYPERVISOR_mmuext_op				26
#define __HYPERVISOR_xsm_op				27
#define __HYPERVISOR_nmi_op				28
#define __HYPERVISOR_sched_op				29
#define __HYPERVISOR_callback_op			30
#define __HYPERVISOR_xenoprof_op			31
#define __HYPERVISOR_event_channel_op			32
#define __HYPERVISOR_physdev_op				33
#define __HYPERVISOR_hvm_op				34
#define __HYPERVISOR_sysctl				35
#define __HYPERVISOR_domctl				36
#define __HYPERVISOR_kexec_op				37
#define __HYPERVISOR_tmem_op				38	/* gone: answers -ENOSYS */
#define __HYPERVISOR_argo_op				39
#define __HYPERVISOR_xenpmu_op				40
#define __HYPERVISOR_dm_op				41
#define __HYPERVISOR_hypfs_op				42
#define __HYPERVISOR_arch_0				48	/* machine checks */
#define __HYPERVISOR_arch_1				49	/* continuation of long shadow operations */
#define __HYPERVISOR_arch_2				50
#define __HYPERVISOR_arch_3				51
#define __HYPERVISOR_arch_4				52
#define __HYPERVISOR_arch_5				53
#define __HYPERVISOR_arch_6				54
#define __HYPERVISOR_arch_7				55

/*
 * Virtual interrupts, bound by EVTCHNOP_bind_virq. (V) may be bound by each vcpu, (G) once in a domain, (D)
 * by one privileged domain in the whole machine.
 */
#define VIRQ_TIMER		0	/* V  timer of the vcpu, or its period, has expired */
#define VIRQ_DEBUG		1	/* V  somebody asks the guest to dump its state */
#define VIRQ_CONSOLE		2	/* D  input on the machine's console */
#define VIRQ_DOM_EXC		3	/* D  a domain has stopped or is dead */
#define VIRQ_TBUF		4	/* D  trace buffers fill up */
#define VIRQ_DEBUGGER		6	/* D  a domain was stopped for its debugger */
#define VIRQ_XENOPROF		7	/* V  profile samples */
#define VIRQ_CON_RING		8	/* D  output on the hypervisor's console ring */
#define VIRQ_PCPU_STATE		9	/* D  a CPU went on or off line */
#define VIRQ_MEM_EVENT		10	/* D  memory event */
#define VIRQ_ARGO		11	/* G  argo message */
#define VIRQ_ENOMEM		12	/* D  free memory has become scarce */
#define VIRQ_XENPMU		13	/* V  counter overflow */
#define VIRQ_ARCH_0		16	/* D  machine check, see arch-x86/xen-mca.h */
#define VIRQ_ARCH_1		17
#define VIRQ_ARCH_2		18
#define VIRQ_ARCH_3		19
#define VIRQ_ARCH_4		20
#define VIRQ_ARCH_5		21
#define VIRQ_ARCH_6		22
#define VIRQ_ARCH_7		23
#define NR_VIRQS		24

/*
 * mmu_update(requests, count, *done, domid): the low two bits of a request's ptr tell its kind, the rest is
 * the machine address of a page-table entry (or, for MACHPHYS, of a frame). Bits 31..16 of domid may name the
 * owner of the page table (plus one), bits 15..0 the owner of the frames mapped.
 */
#define MMU_NORMAL_PT_UPDATE		0	/* store val */
#define MMU_MACHPHYS_UPDATE		1	/* machine-to-phys entry of the frame becomes val */
/* store val, but keep accessed and dirty bits set meanwhile */
#define MMU_PT_UPDATE_PRESERVE_AD	2
/* as 0; val holds a machine frame even for a translated owner */
#define MMU_PT_UPDATE_NO_TRANSLATE	3

/* mmuext_op(ops, count, *done, domid) */
#define MMUEXT_PIN_L1_TABLE		0	/* arg1.mfn becomes, and stays, a page table of that level */
#define MMUEXT_PIN_L2_TABLE		1
#define MMUEXT_PIN_L3_TABLE		2
#define MMUEXT_PIN_L4_TABLE		3
#define MMUEXT_UNPIN_TABLE		4	/* arg1.mfn */
#define MMUEXT_NEW_BASEPTR		5	/* arg1.mfn: the kernel's page table */
#define MMUEXT_TLB_FLUSH_LOCAL		6
#define MMUEXT_INVLPG_LOCAL		7	/* arg1.linear_addr */
#define MMUEXT_TLB_FLUSH_MULTI		8	/* arg2.vcpumask */
#define MMUEXT_INVLPG_MULTI		9	/* both */
#define MMUEXT_TLB_FLUSH_ALL		10
#define MMUEXT_INVLPG_ALL		11	/* arg1.linear_addr */
#define MMUEXT_FLUSH_CACHE		12	/* needs access to hardware */
#define MMUEXT_SET_LDT			13	/* arg1.linear_addr (page aligned), arg2.nr_ents */
#define MMUEXT_NEW_USER_BASEPTR		15	/* arg1.mfn or 0: what is used in user mode */
#define MMUEXT_CLEAR_PAGE		16	/* arg1.mfn */
#define MMUEXT_COPY_PAGE		17	/* arg2.src_mfn to arg1.mfn */
#define MMUEXT_FLUSH_CACHE_GLOBAL	18
#define MMUEXT_MARK_SUPER		19
#define MMUEXT_UNMARK_SUPER		20

/*
 * update_va_mapping(va, entry, flags): what to flush, and where; above bit 2, flags may be a pointer to a
 * mask.
 */
#define UVMF_NONE		(xen_mk_ulong(0) << 0)
#define UVMF_TLB_FLUSH		(xen_mk_ulong(1) << 0)
#define UVMF_INVLPG		(xen_mk_ulong(2) << 0)
#define UVMF_FLUSHTYPE_MASK	(xen_mk_ulong(3) << 0)
#define UVMF_MULTI		(xen_mk_ulong(0) << 2)
#define UVMF_LOCAL		(xen_mk_ulong(0) << 2)
#define UVMF_ALL		(xen_mk_ulong(1) << 2)

/* console_io(cmd, count, buffer): the machine's console, for the privileged domain. */
#define CONSOLEIO_write		0
#define CONSOLEIO_read		1

/* vm_assist(cmd, type): behaviour that a guest may ask for. */
#define VMASST_CMD_enable			0
#define VMASST_CMD_disable			1
/* 32-bit: emulate segments that reach the hypervisor */
#define VMASST_TYPE_4gb_segments		0
#define VMASST_TYPE_4gb_segments_notify		1	/* ... and tell the guest by trap 15 */
#define VMASST_TYPE_writable_pagetables		2	/* writes to L1 entries are emulated */
#define VMASST_TYPE_pae_extended_cr3		3	/* 32-bit: top-level tables above 4 GB */
#define VMASST_TYPE_architectural_iopl		4	/* IOPL is read and written in EFLAGS */
/* XEN_RUNSTATE_UPDATE marks a runstate area in flux */
#define VMASST_TYPE_runstate_update_flag	5
/* machine-to-phys table is out of user mode's sight */
#define VMASST_TYPE_m2p_strict			32

/* Domain ids: ordinary ones are below DOMID_FIRST_RESERVED. */
#define DOMID_FIRST_RESERVED	xen_mk_uint(0x7FF0)
#define DOMID_SELF		xen_mk_uint(0x7FF0)	/* the caller */
#define DOMID_IO		xen_mk_uint(0x7FF1)	/* owner of device memory */
#define DOMID_XEN		xen_mk_uint(0x7FF2)	/* owner of pages the hypervisor lets be seen */
#define DOMID_COW		xen_mk_uint(0x7FF3)	/* owner of pages shared copy-on-write */
#define DOMID_INVALID		xen_mk_uint(0x7FF4)	/* nobody */
#define DOMID_IDLE		xen_mk_uint(0x7FFF)
#define DOMID_MASK		xen_mk_uint(0x7FFF)

/* vcpu_time_info.flags */
#define XEN_PVCLOCK_TSC_STABLE_BIT	(1 << 0)	/* times of all vcpus agree */
#define XEN_PVCLOCK_GUEST_STOPPED	(1 << 1)

/* start_info.flags */
#define SIF_PRIVILEGED		(1 << 0)
#define SIF_INITDOMAIN		(1 << 1)	/* the first domain */
#define SIF_MULTIBOOT_MOD	(1 << 2)	/* mod_start is a list of xen_multiboot_mod_list */
#define SIF_MOD_START_PFN	(1 << 3)	/* mod_start is a page frame number and not mapped */
#define SIF_VIRT_P2M_4TOOLS	(1 << 4)	/* toolstack follows arch_shared_info.p2m_vaddr */
#define SIF_PM_MASK		(0xFF << 8)	/* power management options */
#define MAX_GUEST_CMDLINE	1024

/* dom0_vga_console_info.video_type */
#define XEN_VGATYPE_TEXT_MODE_3	0x03
#define XEN_VGATYPE_VESA_LFB	0x23
#define XEN_VGATYPE_EFI_LFB	0x70

#ifndef __ASSEMBLER__

DEFINE_XEN_GUEST_HANDLE(char);
__DEFINE_XEN_GUEST_HANDLE(uchar, unsigned char);
DEFINE_XEN_GUEST_HANDLE(int);
__DEFINE_XEN_GUEST_HANDLE(uint, unsigned int);
DEFINE_XEN_GUEST_HANDLE(long);
__DEFINE_XEN_GUEST_HANDLE(ulong, unsigned long);
DEFINE_XEN_GUEST_HANDLE(void);
__DEFINE_XEN_GUEST_HANDLE(uint8, uint8_t);
__DEFINE_XEN_GUEST_HANDLE(uint16, uint16_t);
__DEFINE_XEN_GUEST_HANDLE(uint32, uint32_t);
__DEFINE_XEN_GUEST_HANDLE(uint64, uint64_t);
DEFINE_XEN_GUEST_HANDLE(uint64_t);
DEFINE_XEN_GUEST_HANDLE(xen_pfn_t);
DEFINE_XEN_GUEST_HANDLE(xen_ulong_t);

typedef uint16_t domid_t;
typedef uint8_t xen_domain_handle_t[16];	/* a domain's UUID */
typedef struct {
	uint8_t a[16];
} xen_uuid_t;

/* IN: one request of mmu_update. */
struct mmu_update {
	uint64_t ptr;			/* MMU_ in bits 1..0 */
	uint64_t val;
};
typedef struct mmu_update mmu_update_t;
DEFINE_XEN_GUEST_HANDLE(mmu_update_t);

/* IN: one request of mmuext_op. */
struct mmuext_op {
	uint32_t cmd;			/* MMUEXT_ */
	union {
		xen_pfn_t mfn;
		unsigned long linear_addr;
	} arg1;
	union {
		uint32_t nr_ents;
		XEN_GUEST_HANDLE(const_void) vcpumask;
		xen_pfn_t src_mfn;
	} arg2;
};
typedef struct mmuext_op mmuext_op_t;
DEFINE_XEN_GUEST_HANDLE(mmuext_op_t);

/* One call of a multicall: op and args are IN, result is OUT. */
struct multicall_entry {
	xen_ulong_t op, result;
	xen_ulong_t args[6];
};
typedef struct multicall_entry multicall_entry_t;
DEFINE_XEN_GUEST_HANDLE(multicall_entry_t);

/*
 * Time of a vcpu. The hypervisor makes version odd while it changes the rest: ns = system_time + ((((tsc -
 * tsc_timestamp) << tsc_shift) * tsc_to_system_mul) >> 32), a negative shift to the right.
 */
struct vcpu_time_info {
	uint32_t version;
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;			/* XEN_PVCLOCK_ */
	uint8_t pad1[2];
};
typedef struct vcpu_time_info vcpu_time_info_t;

/* 64 bytes that guest and hypervisor share for each vcpu. */
struct vcpu_info {
	/* set by the hypervisor, cleared by the guest before it looks for events */
	uint8_t evtchn_upcall_pending;
	uint8_t evtchn_upcall_mask;	/* the guest's virtual interrupt flag, inverted */
	xen_ulong_t evtchn_pending_sel;	/* which words of evtchn_pending to look at */
	struct arch_vcpu_info arch;
	vcpu_time_info_t time;
};
typedef struct vcpu_info vcpu_info_t;

/* The page shared by a guest and the hypervisor. */
struct shared_info {
	struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
	xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];	/* 2-level events */
	xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];
	uint32_t wc_version;		/* UTC at system time 0; odd while it changes */
	uint32_t wc_sec;
	uint32_t wc_nsec;
#if !defined(__i386__)
	uint32_t wc_sec_hi;
#define xen_wc_sec_hi		wc_sec_hi
#else
#define xen_wc_sec_hi		arch.wc_sec_hi
#endif
	struct arch_shared_info arch;
};
typedef struct shared_info shared_info_t;

/* What a PV guest finds at its start; rsi points to it. Addresses are virtual unless said otherwise. */
struct start_info {
	char magic[32];			/* "xen-3.0-x86_64" */
	unsigned long nr_pages;
	unsigned long shared_info;	/* machine address */
	uint32_t flags;			/* SIF_ */
	xen_pfn_t store_mfn;		/* store ring: machine frame, event channel */
	uint32_t store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;	/* console ring: machine frame, event channel */
			uint32_t evtchn;
		} domU;
		struct {
			/* of a dom0_vga_console_info, from the start of this struct */
			uint32_t info_off;
			uint32_t info_size;
		} dom0;
	} console;
	unsigned long pt_base;		/* top-level page table */
	unsigned long nr_pt_frames;
	unsigned long mfn_list;		/* phys-to-machine table */
	unsigned long mod_start;
	unsigned long mod_len;
	int8_t cmd_line[MAX_GUEST_CMDLINE];
	/* frames that hold mfn_list, where it lies outside the kernel's mapping */
	unsigned long first_p2m_pfn;
	unsigned long nr_p2m_frames;
};
typedef struct start_info start_info_t;

struct xen_multiboot_mod_list {
	uint32_t mod_start;		/* pseudo-physical addresses */
	uint32_t mod_end;
	uint32_t cmdline;
	uint32_t pad;
};

/* How the first domain finds the screen. */
typedef struct dom0_vga_console_info {
	uint8_t video_type;		/* XEN_VGATYPE_ */
	union {
		struct {
			uint16_t font_height;
			uint16_t cursor_x, cursor_y;
			uint16_t rows, columns;
		} text_mode_3;
		struct {
			uint16_t width, height;
			uint16_t bytes_per_line;
			uint16_t bits_per_pixel;
			uint32_t lfb_base;
			uint32_t lfb_size;		/* in units of 64 KB */
			uint8_t red_pos, red_size;
			uint8_t green_pos, green_size;
			uint8_t blue_pos, blue_size;
			uint8_t rsvd_pos, rsvd_size;
			uint32_t gbl_caps;
			uint16_t mode_attrs;
			uint16_t pad;
			uint32_t ext_lfb_base;		/* upper half of lfb_base */
		} vesa_lfb;
	} u;
} dom0_vga_console_info_t;
#define xen_vga_console_info	dom0_vga_console_info
#define xen_vga_console_info_t	dom0_vga_console_info_t

/* A bitmap in the caller's memory, of CPUs or NUMA nodes. */
struct xenctl_bitmap {
	XEN_GUEST_HANDLE_64(uint8) bitmap;
	uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;

#endif /* __ASSEMBLER__ */
#endif
