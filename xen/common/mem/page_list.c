/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of frames, linked by frame number through page_info: 8 bytes a frame. The list owner's lock protects them. */
#include <xen/mm.h>

static struct page_info *page_at(u32 n)
{
	return n == PAGE_LIST_NULL ? NULL : mfn_to_page(_mfn(n));
}

static u32 number_of(const struct page_info *pg)
{
	return mfn_x(page_to_mfn(pg));
}

void page_list_init(struct page_list_head *l)
{
	*l = (struct page_list_head)PAGE_LIST_HEAD_INIT;
}

bool page_list_empty(const struct page_list_head *l)
{
	return l->head == PAGE_LIST_NULL;
}

void page_list_add(struct page_info *pg, struct page_list_head *l)
{
	u32 n = number_of(pg);

	pg->prev = PAGE_LIST_NULL;
	pg->next = l->head;
	if (l->head == PAGE_LIST_NULL)
		l->tail = n;
	else
		page_at(l->head)->prev = n;
	l->head = n;
	l->count++;
}

void page_list_add_tail(struct page_info *pg, struct page_list_head *l)
{
	u32 n = number_of(pg);

	pg->next = PAGE_LIST_NULL;
	pg->prev = l->tail;
	if (l->tail == PAGE_LIST_NULL)
		l->head = n;
	else
		page_at(l->tail)->next = n;
	l->tail = n;
	l->count++;
}

void page_list_del(struct page_info *pg, struct page_list_head *l)
{
	if (pg->prev == PAGE_LIST_NULL)
		l->head = pg->next;
	else
		page_at(pg->prev)->next = pg->next;
	if (pg->next == PAGE_LIST_NULL)
		l->tail = pg->prev;
	else
		page_at(pg->next)->prev = pg->prev;
	pg->next = pg->prev = PAGE_LIST_NULL;
	l->count--;
}

struct page_info *page_list_first(const struct page_list_head *l)
{
	return page_at(l->head);
}

struct page_info *page_list_next(const struct page_info *pg)
{
	return page_at(pg->next);
}

struct page_info *page_list_remove_head(struct page_list_head *l)
{
	struct page_info *pg = page_at(l->head);

	if (pg)
		page_list_del(pg, l);
	return pg;
}
