/* SPDX-License-Identifier: GPL-2.0-only */
/* Doubly linked ring: a head and its elements are alike; an element off any list points at itself. */
#ifndef LIBDAEMON_LIST_H
#define LIBDAEMON_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)	{ &(name), &(name) }

#define list_entry(ptr, type, member)	((type *)((char *)(ptr) - offsetof(type, member)))

#define list_for_each(pos, head)	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)

/* Allows the current element to be removed. */
#define list_for_each_safe(pos, tmp, head) \
	for ((pos) = (head)->next, (tmp) = (pos)->next; (pos) != (head); (pos) = (tmp), (tmp) = (pos)->next)

static inline void list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_add_tail(struct list *l, struct list *head)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static inline void list_del(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

#endif
