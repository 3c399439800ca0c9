/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU policies. raw: what CPUID says; host: the same within the arrays kept here; pv_max: all that a PV
 * guest can use; pv_def: what it gets unless the tools say otherwise. Every domain has a copy that is
 * never above pv_max.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/cpu-policy.h>
#include <asm/processor.h>
#include <asm/pv.h>

struct cpu_policy raw_policy, host_policy, pv_max_policy, pv_def_policy;

/*
 * Per word: features that work in a deprivileged kernel. Left out are those that need ring 0 or a paging
 * mode of the guest's own (VME, PSE, PGE, MTRR, SMEP, SMAP, PCID, x2APIC, VMX, SVM, UMIP, XSAVES,
 * protection keys, ...).
 */
static const u32 pv_features[FS_WORDS] = {
	[FS_1d] = 0x0fc9cbf5, [FS_1c] = 0xf6d83203, [FS_e1d] = 0xea500800, [FS_e1c] = 0x042109e1,
	[FS_Da1] = 0x00000007, [FS_7b0] = 0xfdaf0b39, [FS_7c0] = 0x1a405f43, [FS_e7d] = 0x00000100,
	[FS_e8b] = 0x64001005, [FS_7d0] = 0x2001451c,
	[FS_7a1] = 0x00001c30, [FS_e21a] = 0x78000064, [FS_7d2] = 0x00000021, [FS_m10Al] = 0x1d12e173,
	[FS_m10Ah] = 0x40000000, [FS_e21c] = 0x00000006,
};

/*
 * Of those, what a guest gets only on demand: it would tie it to this host, or is deprecated (HLE, RTM,
 * ITSC, ...).
 */
static const u32 on_demand[FS_WORDS] = {
	[FS_7b0] = 0x00000810, [FS_7c0] = 0x18000000, [FS_e7d] = 0x00000100, [FS_7d0] = 0x00010100,
};

#define XCR0_X87	0x01u
#define XCR0_SSE	0x02u
#define XCR0_AVX	0x04u
#define XCR0_AVX512	0xe0u

/* -- features as words ------------------------------------------------------------------------- */

static u32 *feature_slot(struct cpu_policy *p, unsigned int word)
{
	switch (word) {
	case FS_1d:	return &p->basic[1].d;
	case FS_1c:	return &p->basic[1].c;
	case FS_e1d:	return &p->ext[1].d;
	case FS_e1c:	return &p->ext[1].c;
	case FS_Da1:	return &p->xstate[1].a;
	case FS_7b0:	return &p->feat[0].b;
	case FS_7c0:	return &p->feat[0].c;
	case FS_e7d:	return &p->ext[7].d;
	case FS_e8b:	return &p->ext[8].b;
	case FS_7d0:	return &p->feat[0].d;
	case FS_7a1:	return &p->feat[1].a;
	case FS_e21a:	return &p->ext[0x21].a;
	case FS_7b1:	return &p->feat[1].b;
	case FS_7d2:	return &p->feat[2].d;
	case FS_7c1:	return &p->feat[1].c;
	case FS_7d1:	return &p->feat[1].d;
	case FS_e21c:	return &p->ext[0x21].c;
	default:	return NULL;
	}
}

void policy_to_featureset(const struct cpu_policy *p, u32 *fs)
{
	for (unsigned int w = 0; w < FS_WORDS; w++) {
		const u32 *slot = feature_slot((struct cpu_policy *)p, w);

		fs[w] = slot ? *slot : 0;
	}
	fs[FS_m10Al] = p->arch_caps;
	fs[FS_m10Ah] = p->arch_caps >> 32;
}

void policy_from_featureset(struct cpu_policy *p, const u32 *fs)
{
	for (unsigned int w = 0; w < FS_WORDS; w++) {
		u32 *slot = feature_slot(p, w);

		if (slot)
			*slot = fs[w];
	}
	p->arch_caps = fs[FS_m10Al] | (u64)fs[FS_m10Ah] << 32;
}

/* -- dependencies ------------------------------------------------------------------------------ */

static bool has(const u32 *fs, unsigned int word, unsigned int bit)
{
	return fs[word] >> bit & 1;
}

/* Rows of "without this feature, these are gone too". */
static const struct {
	u8 word, bit, gone_word;
	u32 gone;
} depends[] = {
	{ FS_1c, 26, FS_1c, 1u << 28 },			/* XSAVE: AVX */
	{ FS_1c, 26, FS_Da1, ~0u },
	{ FS_1c, 28, FS_1c, 1u << 12 | 1u << 29 },	/* AVX: FMA, F16C */
	{ FS_1c, 28, FS_e1c, 1u << 11 | 1u << 16 },	/* XOP, FMA4 */
	{ FS_1c, 28, FS_7b0, 1u << 5 },			/* AVX2 */
	{ FS_1c, 28, FS_7c0, 1u << 9 | 1u << 10 },
	{ FS_7b0, 5, FS_7b0, 1u << 16 },		/* AVX2: AVX512F */
	{ FS_7b0, 5, FS_7a1, 1u << 4 },
	{ FS_7b0, 16, FS_7b0, 0xdc220000 },		/* AVX512F: its kin */
	{ FS_7b0, 16, FS_7c0, 0x00005842 },
	{ FS_7b0, 16, FS_7d0, 0x0080010c },
	{ FS_7b0, 16, FS_7a1, 1u << 5 },
	{ FS_7b0, 9, FS_7d0, 1u << 4 },			/* ERMS: FSRM, then FZRM, FSRS, FSRCS */
	{ FS_7b0, 9, FS_7a1, 0x00001c00 },
	{ FS_7d0, 29, FS_m10Al, ~0u },			/* ARCH_CAPS */
	{ FS_7d0, 29, FS_m10Ah, ~0u },
};

static void drop_dependents(u32 *fs)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(depends); i++)
		if (!has(fs, depends[i].word, depends[i].bit))
			fs[depends[i].gone_word] &= ~depends[i].gone;
}

static u32 policy_xcr0(const u32 *fs)
{
	u32 mask = XCR0_X87 | XCR0_SSE;

	if (!has(fs, FS_1c, 26))
		return 0;
	if (has(fs, FS_1c, 28))
		mask |= XCR0_AVX;
	if (has(fs, FS_7b0, 16))
		mask |= XCR0_AVX512;
	return mask & xfeature_mask;
}

/* Leaf 0xd from the components the guest can have; sizes and offsets are the hardware's. */
static void make_xstate(struct cpu_policy *p, const u32 *fs)
{
	u32 xcr0 = policy_xcr0(fs), size = 512 + 64, features = fs[FS_Da1];

	memset(p->xstate, 0, sizeof(p->xstate));
	if (!xcr0)
		return;
	for (unsigned int i = 2; i < 32; i++) {
		const struct cpuid_leaf *l = &raw_policy.xstate[i];

		if (!(xcr0 >> i & 1))
			continue;
		p->xstate[i] = (struct cpuid_leaf){ .a = l->a, .b = l->b, .c = l->c & 2 };
		size = max(size, l->a + l->b);
	}
	p->xstate[0] = (struct cpuid_leaf){ .a = xcr0, .b = size, .c = size };
	p->xstate[1].a = features & 7;
}

static bool vendor_is_amd(const struct cpu_policy *p)
{
	return p->basic[0].c == 0x444d4163 || p->basic[0].c == 0x656e6975;	/* "cAMD", Hygon's "uine" */
}

void policy_sanitise_pv(struct cpu_policy *p, const struct cpu_policy *max)
{
	static const u8 empty_basic[] = { 3, 5, 6, 8, 9, 10, 11, 12 };
	static const u8 empty_ext[] = { 9, 0xa, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20 };
	u32 fs[FS_WORDS], max_fs[FS_WORDS];

	p->basic[0].a = min_t(u32, p->basic[0].a, max->basic[0].a);
	p->ext[0].a = min_t(u32, p->ext[0].a, max->ext[0].a);
	p->feat[0].a = min_t(u32, p->feat[0].a, max->feat[0].a);
	policy_to_featureset(p, fs);
	policy_to_featureset(max, max_fs);
	max_fs[FS_1c] |= 1u << 31;		/* the hypervisor bit is always there */
	fs[FS_1c] |= 1u << 31;
	for (unsigned int w = 0; w < FS_WORDS; w++)
		fs[w] &= max_fs[w];
	if (vendor_is_amd(max))			/* AMD repeats these */
		fs[FS_e1d] = (fs[FS_e1d] & ~0x0183f3ffu) | (fs[FS_1d] & 0x0183f3ffu);
	drop_dependents(fs);
	policy_from_featureset(p, fs);
	make_xstate(p, fs);
	for (unsigned int i = 0; i < ARRAY_SIZE(empty_basic); i++)
		p->basic[empty_basic[i]] = (struct cpuid_leaf){};
	for (unsigned int i = 0; i < ARRAY_SIZE(empty_ext); i++)
		p->ext[empty_ext[i]] = (struct cpuid_leaf){};
	memset(p->topo, 0, sizeof(p->topo));
	/* One thread, one core: vcpus are no siblings of each other. */
	p->basic[1].b &= 0x0000ffff;
	for (unsigned int i = 0; i < POLICY_NR_CACHE; i++)
		p->cache[i].a &= 0x00003fff;
	p->ext[8].c = 0;
	p->ext[7].a = p->ext[7].b = p->ext[7].c = 0;
}

/* -- leaves ------------------------------------------------------------------------------------ */

#define NO_SUBLEAF	0xffffffffu

static struct cpuid_leaf *sub(struct cpuid_leaf *array, u32 nr, u32 subleaf)
{
	return subleaf < nr ? &array[subleaf] : NULL;
}

struct cpuid_leaf *policy_leaf(struct cpu_policy *p, u32 leaf, u32 subleaf)
{
	switch (leaf) {
	case 4:
		return sub(p->cache, POLICY_NR_CACHE, subleaf);
	case 7:
		return sub(p->feat, POLICY_NR_FEAT, subleaf);
	case 0xb:
		return sub(p->topo, POLICY_NR_TOPO, subleaf);
	case 0xd:
		return sub(p->xstate, POLICY_NR_XSTATE, subleaf);
	}
	if (subleaf != NO_SUBLEAF)
		return NULL;
	if (leaf < POLICY_NR_BASIC)
		return &p->basic[leaf];
	if (leaf >= 0x80000000 && leaf < 0x80000000 + POLICY_NR_EXT)
		return &p->ext[leaf - 0x80000000];
	return NULL;
}

static void read_subleaves(u32 leaf, struct cpuid_leaf *array, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		array[i] = cpuid_count(leaf, i);
}

static void read_raw(struct cpu_policy *p)
{
	u32 max = cpuid_count(0, 0).a, max_ext = cpuid_count(0x80000000, 0).a;

	for (u32 i = 0; i < POLICY_NR_BASIC && i <= max; i++)
		if (i != 4 && i != 7 && i != 0xb && i != 0xd)
			p->basic[i] = cpuid_count(i, 0);
	if (max >= 4)
		read_subleaves(4, p->cache, POLICY_NR_CACHE);
	if (max >= 7)
		read_subleaves(7, p->feat, min_t(u32, cpuid_count(7, 0).a + 1, POLICY_NR_FEAT));
	if (max >= 0xb)
		read_subleaves(0xb, p->topo, POLICY_NR_TOPO);
	if (max >= 0xd)
		read_subleaves(0xd, p->xstate, POLICY_NR_XSTATE);
	for (u32 i = 0; i < POLICY_NR_EXT && 0x80000000 + i <= max_ext; i++)
		p->ext[i] = cpuid_count(0x80000000 + i, 0);
	if (p->feat[0].d & 1u << 29 && rdmsr_safe(MSR_ARCH_CAPABILITIES, &p->arch_caps))
		p->arch_caps = 0;
}

static void mask_features(struct cpu_policy *p, const u32 *keep, bool invert)
{
	u32 fs[FS_WORDS];

	policy_to_featureset(p, fs);
	for (unsigned int w = 0; w < FS_WORDS; w++)
		fs[w] &= invert ? ~keep[w] : keep[w];
	policy_from_featureset(p, fs);
}

/*
 * Intel's switch for fast strings is the firmware's, and CPUID does not follow it. Kernels that find it off drop ERMS, but not
 * all drop FSRM: the memmove of Linux 6.1 with FSRM alone copies without end, over whatever follows.
 */
static void follow_fast_string_switch(struct cpu_policy *p)
{
	u64 misc = 0;

	if (boot_cpu_data.vendor[0] != 'G' || !(p->feat[0].b & 1u << 9))
		return;
	if (!rdmsr_safe(MSR_MISC_ENABLE, &misc) && (misc & MISC_ENABLE_FAST_STRING))
		return;
	printk(XENLOG_INFO "CPU: fast strings are switched off, guests see no ERMS and no FSRM\n");
	p->feat[0].b &= ~(1u << 9);
}

void cpu_policy_init(void)
{
	read_raw(&raw_policy);
	host_policy = raw_policy;
	host_policy.basic[0].a = min_t(u32, host_policy.basic[0].a, POLICY_NR_BASIC - 1);
	host_policy.feat[0].a = min_t(u32, host_policy.feat[0].a, POLICY_NR_FEAT - 1);
	host_policy.ext[0].a = min_t(u32, host_policy.ext[0].a, 0x80000000 + POLICY_NR_EXT - 1);
	if (!(mmu_cr4_features & X86_CR4_FSGSBASE))
		host_policy.feat[0].b &= ~1u;
	follow_fast_string_switch(&host_policy);

	pv_max_policy = host_policy;
	mask_features(&pv_max_policy, pv_features, false);
	policy_sanitise_pv(&pv_max_policy, &pv_max_policy);
	pv_def_policy = pv_max_policy;
	mask_features(&pv_def_policy, on_demand, true);
	policy_sanitise_pv(&pv_def_policy, &pv_max_policy);
}

/* -- domains ----------------------------------------------------------------------------------- */

int cpu_policy_init_domain(struct domain *d)
{
	struct cpu_policy *p;

	if (is_idle_domain(d))
		return 0;
	p = xmalloc(struct cpu_policy);
	if (!p)
		return -ENOMEM;
	*p = pv_def_policy;
	/* dom0 does not migrate: it may know that the TSC never stops. */
	if (d->is_privileged)
		p->ext[7].d |= pv_max_policy.ext[7].d & 1u << 8;
	d->arch.cpu_policy = p;
	return 0;
}

void cpu_policy_destroy_domain(struct domain *d)
{
	XFREE(d->arch.cpu_policy);
}
