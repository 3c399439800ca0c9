/* SPDX-License-Identifier: MIT */
/* State of one end of a split device, kept in the store under "state". */
#ifndef XEN_PUBLIC_IO_XENBUS_H
#define XEN_PUBLIC_IO_XENBUS_H

enum xenbus_state {
	XenbusStateUnknown = 0,
	XenbusStateInitialising = 1,
	XenbusStateInitWait = 2,	/* backend waits for what the frontend or a script has to say */
	XenbusStateInitialised = 3,	/* rings and ports are published */
	XenbusStateConnected = 4,
	XenbusStateClosing = 5,
	XenbusStateClosed = 6,
	XenbusStateReconfiguring = 7,
	XenbusStateReconfigured = 8,
};
typedef enum xenbus_state XenbusState;
#endif
