/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pausing, shutting down, resuming, killing and crashing domains.
 *
 * alive -> (shutting down -> shut down -> resumed)* -> dying -> dead -> freed. Shut down: every vcpu is paused and dom0
 * got VIRQ_DOM_EXC. Dying: paused for ever, its ports, mappings and memory are being released by its killer.
 */
#include <xen/domain_if.h>
#include <xen/grant.h>
#include <xen/machine.h>
#include <xen/sched.h>

void domain_pause_nosync(struct domain *d)
{
	struct vcpu *v;

	atomic_inc(&d->pause_count);
	for_each_vcpu(d, v)
		vcpu_sleep_nosync(v);
}

void domain_pause(struct domain *d)
{
	struct vcpu *v;

	ASSERT(d != current->domain);
	domain_pause_nosync(d);
	for_each_vcpu(d, v)
		vcpu_sleep_sync(v);
}

void domain_unpause(struct domain *d)
{
	struct vcpu *v;

	if (!atomic_dec_and_test(&d->pause_count))
		return;
	for_each_vcpu(d, v)
		vcpu_wake(v);
}

/* As domain_pause(), but a caller that is in d goes on by itself. -ERESTART: another vcpu of it does the same now. */
int domain_pause_except_self(struct domain *d)
{
	struct vcpu *v, *self = current;

	if (self->domain != d) {
		domain_pause(d);
		return 0;
	}
	/* Two that pause each other would wait for ever. */
	if (!spin_trylock(&d->pause_others_lock))
		return -ERESTART;
	for_each_vcpu(d, v)
		if (v != self)
			vcpu_pause(v);
	spin_unlock(&d->pause_others_lock);
	return 0;
}

void domain_unpause_except_self(struct domain *d)
{
	struct vcpu *v, *self = current;

	if (self->domain != d) {
		domain_unpause(d);
		return;
	}
	for_each_vcpu(d, v)
		if (v != self)
			vcpu_unpause(v);
}

#define MAX_CONTROLLER_PAUSES	255

int domain_pause_by_systemcontroller(struct domain *d)
{
	spin_lock(&d->domain_lock);
	if (d->controller_pause_count >= MAX_CONTROLLER_PAUSES) {
		spin_unlock(&d->domain_lock);
		return -EOVERFLOW;
	}
	d->controller_pause_count++;
	d->controller_paused = true;
	spin_unlock(&d->domain_lock);
	domain_pause(d);
	return 0;
}

int domain_unpause_by_systemcontroller(struct domain *d)
{
	spin_lock(&d->domain_lock);
	if (!d->controller_pause_count) {
		spin_unlock(&d->domain_lock);
		return -EINVAL;
	}
	d->controller_pause_count--;
	d->controller_paused = d->controller_pause_count != 0;
	d->creation_finished = true;
	spin_unlock(&d->domain_lock);
	domain_unpause(d);
	return 0;
}

void domain_unpause_all_at_boot(struct domain *d)
{
	if (domain_unpause_by_systemcontroller(d))
		panic("%pd was not paused", d);
}

/* dom0 ended: so does the machine. */
static void __noreturn machine_follows(u8 reason)
{
	if (reason == SHUTDOWN_poweroff) {
		printk("dom0 halted: halting the machine\n");
		machine_halt();
	}
	if (reason == SHUTDOWN_reboot) {
		printk("dom0 asks for a reboot: restarting the machine\n");
		machine_restart();
	}
	printk("dom0 crashed: restarting the machine\n");
	machine_restart_or_halt();
}

/* Under shutdown_lock: once the last vcpu stopped, tell the controller. */
static void finish_shutdown(struct domain *d)
{
	struct vcpu *v;

	if (d->is_shut_down)
		return;
	for_each_vcpu(d, v)
		if (!v->paused_for_shutdown)
			return;
	d->is_shut_down = true;
	send_global_virq(VIRQ_DOM_EXC);
}

/* Under shutdown_lock. A crash is said whatever else the guest made the log say. */
static void say_shutdown(const struct domain *d)
{
	static const char *const reasons[] = {
		[SHUTDOWN_poweroff] = "power-off", [SHUTDOWN_reboot] = "reboot", [SHUTDOWN_suspend] = "suspend",
		[SHUTDOWN_crash] = "crash", [SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft reset",
	};
	const char *reason = reasons[d->shutdown_code];		/* SHUTDOWN_MAX at most: sched_op.c */

	if (d->shutdown_code == SHUTDOWN_crash)
		printk(XENLOG_WARNING "%pd shuts down: %s\n", d, reason);
	else
		printk(XENLOG_G_INFO "%pd shuts down: %s\n", d, reason);
}

void domain_shutdown(struct domain *d, u8 reason)
{
	struct vcpu *v;

	spin_lock(&d->shutdown_lock);
	if (d->shutdown_code == ~0U)
		d->shutdown_code = reason;
	if (is_hardware_domain(d))
		machine_follows(d->shutdown_code);
	if (!d->is_shutting_down)
		say_shutdown(d);
	d->is_shutting_down = true;
	smp_mb();	/* against a vcpu that comes up now */
	/* One that was made after the first time may be the one that crashes now: it must not go on. */
	for_each_vcpu(d, v) {
		if (v->paused_for_shutdown)
			continue;
		vcpu_pause_nosync(v);
		v->paused_for_shutdown = true;
	}
	finish_shutdown(d);
	spin_unlock(&d->shutdown_lock);
}

/* Let a domain that shut down (to be saved, say) go on. Its controller's call. */
void domain_resume(struct domain *d)
{
	struct vcpu *v;

	domain_pause(d);
	spin_lock(&d->shutdown_lock);
	d->is_shutting_down = d->is_shut_down = false;
	d->shutdown_code = ~0U;
	for_each_vcpu(d, v) {
		if (v->paused_for_shutdown)
			vcpu_unpause(v);
		v->paused_for_shutdown = false;
	}
	spin_unlock(&d->shutdown_lock);
	domain_unpause(d);
}

void __domain_crash(struct domain *d)
{
	if (!d->is_shutting_down && d == current->domain)
		vcpu_show_registers(current);
	domain_shutdown(d, SHUTDOWN_crash);
}

static int release_all(struct domain *d)
{
	struct vcpu *v;
	int rc = evtchn_destroy(d);

	if (!rc)
		rc = grant_table_release_mappings(d);
	if (rc)
		return rc;
	for_each_vcpu(d, v) {
		unmap_vcpu_info(v);
		vcpu_areas_release(v);
	}
	return domain_relinquish_resources(d);
}

int domain_kill(struct domain *d)
{
	int rc;

	if (d == current->domain || is_hardware_domain(d))
		return -EINVAL;
	spin_lock(&d->domain_lock);
	if (d->is_dying == DOMDYING_dead) {
		spin_unlock(&d->domain_lock);
		return 0;
	}
	if (d->is_dying == DOMDYING_alive) {
		/* Its vcpus may be waiting for the lock: let go of it while they stop, for good. */
		spin_unlock(&d->domain_lock);
		domain_pause(d);
		spin_lock(&d->domain_lock);
		if (d->is_dying == DOMDYING_dead) {	/* by another killer: its existence is given up once only */
			spin_unlock(&d->domain_lock);
			return 0;
		}
		d->is_dying = DOMDYING_dying;
	}
	rc = release_all(d);
	if (!rc)
		d->is_dying = DOMDYING_dead;
	spin_unlock(&d->domain_lock);
	if (!rc) {
		put_domain(d);
		send_global_virq(VIRQ_DOM_EXC);
	}
	return rc == -EINTR ? -ERESTART : rc;
}

static void free_after_grace(struct rcu_head *head)
{
	domain_free(container_of(head, struct domain, rcu));
}

/* The last reference is gone. */
void domain_destroy_final(struct domain *d)
{
	BUG_ON(d->is_dying != DOMDYING_dead);
	domlist_remove(d);
	call_rcu(&d->rcu, free_after_grace);
}
