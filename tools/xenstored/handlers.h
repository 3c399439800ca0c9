/* SPDX-License-Identifier: GPL-2.0-only */
/* The requests of the protocol: one table row and one function each. */
#ifndef XENSTORED_HANDLERS_H
#define XENSTORED_HANDLERS_H

#include "conn.h"

/* Trace of all requests into the log, for an operator in search of a fault. */
extern bool handlers_tracing;

/* Carries out the complete request in c->hdr and c->body and queues its reply. May kill the connection. */
void handlers_run(struct conn *c);

#endif
