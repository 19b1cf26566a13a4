package charterbus

# METADATA
# title: Nothing crosses a tenant, whatever other policies permit.
# custom: { policy: tenant-boundary, effect: forbid }
forbids contains "tenant-boundary" if input.sender.tenant != input.tenant

# METADATA
# title: What a sender of the tenant was allowed to send, a recipient of the tenant may get.
# custom: { policy: receive, effect: permit }
permits contains "receive" if input.point == "receive"
