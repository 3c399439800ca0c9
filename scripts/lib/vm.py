# SPDX-License-Identifier: GPL-2.0-only
"""Command line of scripts/vm: boot one machine, run one test or give a terminal."""
import argparse
import os
import sys
import time

import roots
from machine import Failure, Machine


def arguments():
    p = argparse.ArgumentParser(prog="vm", description="Boot a native Debian kernel, the peer's hypervisor or ours.")
    p.add_argument("--xen", default="ours", help="none (native), ours (build/xen), peer, or a path")
    p.add_argument("--boot", default="kernel", choices=("kernel", "grub-mb1", "grub-mb2", "disk"),
                   help="how it is loaded (disk: by what is on --disk, which stays unchanged)")
    p.add_argument("--kernel", default="6.1", help="6.1, 6.12 or a path to a bzImage")
    p.add_argument("--tools", choices=("ours", "peer", "mixed", "daemons", "none"),
                   help="toolstack in dom0 (default: as --xen; mixed: our xm on the peer's daemons; "
                   "daemons: the peer's xl on ours)")
    p.add_argument("--peer-tools", dest="tools", action="store_const", const="peer", help="same as --tools peer")
    p.add_argument("--guest", default="6.1", help="kernel of the demo guest in dom0's root, or none")
    p.add_argument("--initrd", help="initramfs to use in place of the built root")
    p.add_argument("--test", metavar="SCRIPT", help="run this shell script in dom0 and return its status")
    p.add_argument("--expect", action="append", default=[], metavar="REGEX", help="wait for these, in order; then stop")
    p.add_argument("--timeout", type=int, default=180, help="seconds for a test (default 180)")
    p.add_argument("--log", help="console log (default build/run/last.log)")
    p.add_argument("-v", "--verbose", action="store_true", help="print the console's tail also on success")
    p.add_argument("--smp", type=int, default=1)
    p.add_argument("-m", "--mem", type=int, default=1024, help="MB of the machine")
    p.add_argument("--dom0-mem", type=int, default=512, help="MB of dom0; 0: what the hypervisor gives it by itself")
    p.add_argument("--xen-args", default="", help="added to the hypervisor's command line")
    p.add_argument("--kernel-args", default="", help="added to Linux's command line")
    p.add_argument("--device", action="append", default=[], help="virtio-net, e1000, virtio-blk, ahci, nvme")
    p.add_argument("--disk", help="image for the disk device (default: an empty one)")
    p.add_argument("--overlay", action="append", default=[], metavar="DIR", help="directory laid over dom0's root")
    p.add_argument("--program", action="append", default=[], help="a program of this machine to put into dom0's root")
    p.add_argument("--module", action="append", default=[], help="a kernel module to put there; /lib/modules/more lists them")
    p.add_argument("--machine", default="pc")
    p.add_argument("--cpu", help="QEMU's CPU model (default max)")
    p.add_argument("--accel", default="tcg", help="tcg, kvm or auto")
    p.add_argument("--icount", action="store_true", help="count instructions: 1 ns each, repeatable")
    p.add_argument("--gdb", action="store_true", help="wait for gdb on port 1234")
    p.add_argument("--menu", action="store_true", help="show GRUB's menu for 3 seconds")
    p.add_argument("--qemu", action="append", default=[], metavar="ARG", help="one more argument for QEMU")
    p.add_argument("--print", action="store_true", help="print QEMU's command line and the dom0 root, do not run")
    return p.parse_args()


def build(args):
    test = None
    if args.test:
        with open(args.test) as f:
            test = f.read()
    return Machine(xen=args.xen, boot=args.boot, kernel=args.kernel, tools=args.tools,
                   guest=None if args.guest == "none" else args.guest, initrd=args.initrd, test=test, smp=args.smp,
                   mem=args.mem, dom0_mem=args.dom0_mem, xen_args=args.xen_args, kernel_args=args.kernel_args,
                   devices=args.device, disk=args.disk, overlay=args.overlay, programs=args.program,
                   modules=args.module, machine=args.machine, cpu=args.cpu,
                   accel=args.accel, icount=args.icount, gdb=args.gdb, log=args.log, qemu_args=args.qemu,
                   grub_timeout=3 if args.menu else 0, grub_menu=args.menu)


def run_test(machine, args):
    status, why = 1, ""
    machine.start()
    try:
        for pattern in args.expect:
            machine.expect(pattern, args.timeout)
        status = machine.result(args.timeout) if args.test else 0
    except Failure as e:
        why = str(e)
    except KeyboardInterrupt:
        why = "interrupted"
    if status or args.verbose:
        print(machine.tail(400 if args.verbose else 40))
    print("vm: %s after %.1f s; console in %s" % (why or "status %d" % status, time.monotonic() - machine.began,
                                                  os.path.relpath(machine.log)))
    machine.close()
    return status


def main():
    args = arguments()
    roots.fetch()
    machine = build(args)
    if args.print:
        print(" ".join(machine.command()))
        return 0
    if args.test or args.expect:
        return run_test(machine, args)
    return machine.interact()


if __name__ == "__main__":
    sys.exit(main())
