"""The acting process: mailbox, scheduler, timers, recovery, socket, identity."""
