/* SPDX-License-Identifier: MIT */
/* Parameters of an HVM domain that its kernel and the toolstack share; a PV domain has none. */
#ifndef XEN_PUBLIC_HVM_PARAMS_H
#define XEN_PUBLIC_HVM_PARAMS_H

#include "../xen.h"

#define HVM_PARAM_CALLBACK_IRQ		0	/* how upcalls arrive; the type is in the top byte */
#define HVM_PARAM_CALLBACK_IRQ_TYPE_MASK	xen_mk_ullong(0xFF00000000000000)
#define HVM_PARAM_CALLBACK_TYPE_GSI		0
#define HVM_PARAM_CALLBACK_TYPE_PCI_INTX	1
#define HVM_PARAM_CALLBACK_TYPE_VECTOR		2
#define HVM_PARAM_STORE_PFN		1
#define HVM_PARAM_STORE_EVTCHN		2
#define HVM_PARAM_PAE_ENABLED		4
#define HVM_PARAM_IOREQ_PFN		5
#define HVM_PARAM_BUFIOREQ_PFN		6
#define HVM_PARAM_VIRIDIAN		9
#define HVM_PARAM_TIMER_MODE		10
#define HVM_PARAM_HPET_ENABLED		11
#define HVM_PARAM_IDENT_PT		12
#define HVM_PARAM_DM_DOMAIN		13
#define HVM_PARAM_ACPI_S_STATE		14
#define HVM_PARAM_VM86_TSS		15
#define HVM_PARAM_VPT_ALIGN		16
#define HVM_PARAM_CONSOLE_PFN		17
#define HVM_PARAM_CONSOLE_EVTCHN	18
#define HVM_PARAM_ACPI_IOPORTS_LOCATION	19
#define HVM_NR_PARAMS			39
#endif
