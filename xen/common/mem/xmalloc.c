/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small objects: size classes of powers of two from 32 to 2048 bytes, each cut out of single frames; what is larger gets whole
 * frames. Every block begins on a multiple of 64 bytes (32 for the smallest class) because a slab's header is a block of its own.
 * Lock: heap_small_lock.
 */
#include <xen/bitops.h>
#include <xen/bitops.h>
#include <xen/lib.h>
#include <xen/mm.h>

#define MIN_SHIFT	5
#define MAX_SHIFT	11
#define SLAB_MAGIC	0x51ab

/* First bytes of each frame that holds small blocks, or of a large allocation (which then starts 64 bytes in). */
struct slab {
	u16 magic, shift;	/* shift 0: large, of 2^order frames */
	u16 in_use, order;
	void *free;		/* chain through the blocks */
	struct list_head list;	/* slabs of this class with free blocks */
} __aligned(64);

static DEFINE_SPINLOCK(heap_small_lock);
static struct list_head partial[MAX_SHIFT + 1];

static struct slab *new_slab(unsigned int shift)
{
	struct slab *s = alloc_xenheap_page();
	char *p;

	if (!s)
		return NULL;
	*s = (struct slab){ .magic = SLAB_MAGIC, .shift = shift };
	for (p = (char *)s + max(64u, 1u << shift); p + (1u << shift) <= (char *)s + PAGE_SIZE; p += 1u << shift) {
		*(void **)p = s->free;
		s->free = p;
	}
	return s;
}

static void *alloc_small(unsigned int shift)
{
	struct slab *s;
	void *p;

	spin_lock(&heap_small_lock);
	if (!partial[shift].next)
		INIT_LIST_HEAD(&partial[shift]);
	if (list_empty(&partial[shift])) {
		spin_unlock(&heap_small_lock);
		s = new_slab(shift);
		if (!s)
			return NULL;
		spin_lock(&heap_small_lock);
		list_add(&s->list, &partial[shift]);
	}
	s = list_first_entry(&partial[shift], struct slab, list);
	p = s->free;
	s->free = *(void **)p;
	s->in_use++;
	if (!s->free)
		list_del(&s->list);
	spin_unlock(&heap_small_lock);
	return p;
}

static void *alloc_large(size_t size)
{
	unsigned int order;
	struct slab *s;

	if (size > GB(1))
		return NULL;
	order = get_order_from_pages(DIV_ROUND_UP(size + sizeof(*s), PAGE_SIZE));
	s = alloc_xenheap_pages(order, 0);
	if (!s)
		return NULL;
	*s = (struct slab){ .magic = SLAB_MAGIC, .order = order };
	return s + 1;
}

void *xmalloc_bytes(size_t size)
{
	unsigned int shift = MIN_SHIFT;

	while (shift <= MAX_SHIFT && (1UL << shift) < size)
		shift++;
	/* The two largest classes would waste most of their frame on the header. */
	return shift <= MAX_SHIFT - 1 ? alloc_small(shift) : alloc_large(size);
}

void *xzalloc_bytes(size_t size)
{
	void *p = xmalloc_bytes(size);

	if (p)
		memset(p, 0, size);
	return p;
}

void xfree(void *p)
{
	struct slab *s = (struct slab *)((unsigned long)p & PAGE_MASK);

	if (!p)
		return;
	BUG_ON(s->magic != SLAB_MAGIC);
	if (!s->shift) {
		s->magic = 0;
		free_xenheap_pages(s, s->order);
		return;
	}
	spin_lock(&heap_small_lock);
	if (!s->free)
		list_add(&s->list, &partial[s->shift]);
	*(void **)p = s->free;
	s->free = p;
	if (--s->in_use) {
		spin_unlock(&heap_small_lock);
		return;
	}
	list_del(&s->list);
	spin_unlock(&heap_small_lock);
	s->magic = 0;
	free_xenheap_page(s);
}
