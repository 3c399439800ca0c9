# SPDX-License-Identifier: GPL-2.0-only
"""What a person does at the prompt that `make run` ends at, typed by a program."""
import machine


class Terminal:
    """A session on one machine."""

    def __init__(self, **options):
        self.options = options
        words = ["%s=%s" % pair for pair in sorted(options.items())]
        self.name = " ".join(["terminal/session"] + words)

    def run(self, log):
        with machine.Machine(boot="grub-mb2", devices=["virtio-net"], log=log, **self.options) as m:
            try:
                self.session(m)
            except machine.Failure as e:
                raise machine.Failure("%s\n%s" % (m.tail(15), e))

    @staticmethod
    def debug_keys(m):
        """Ctrl-A three times: keys are the hypervisor's; again: dom0's."""
        m.send("\x01\x01\x01")
        m.expect(r"Serial input is for the debug keys", 20)
        for key, answer in (("h", "restart the machine"), ("d", "CPU0 runs"), ("q", "d0: refs"), ("r", "weight"),
                            ("g", r"\(XEN\) "), ("i", r"\(XEN\).*0x"), ("m", "pages free"), ("t", "System time"),
                            ("e", r"\(XEN\) "), ("0", "d0v0")):
            m.send(key)
            m.expect(answer, 30)
        m.send("\x01\x01\x01")
        m.expect(r"Serial input is dom0's", 30)

    def session(self, m):
        m.expect("Four commands to try", 120)
        m.expect("~ # ", 20)
        if self.options["xen"] == "ours":
            self.debug_keys(m)
        m.send("xm create -c /etc/xen/demo.cfg\n")
        m.expect("guest: up", 120)
        m.expect("/ # ", 20)
        # The answer differs from what was typed, so that an echo is not taken for it.
        m.send("echo in-the-gu''est\n")
        m.expect("in-the-guest", 20)
        m.send("\x1d")
        m.expect("~ # ", 20)
        m.send("echo in-do''m0\n")
        m.expect("in-dom0", 20)
        m.send("xm list\n")
        m.expect(r"Domain-0[^\n]*\n[^\n]*demo ", 20)
        m.send("xm destroy demo && echo destr''oyed\n")
        m.expect("destroyed", 20)
        m.send("poweroff\n")
        m.expect_end(30)


def cases():
    return [Terminal(xen="ours"), Terminal(xen="ours", smp=2), Terminal(xen="peer", tools="ours")]
