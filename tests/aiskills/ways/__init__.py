"""Every way of writing that there is, each with the one event that it leaves in the audit trail."""
