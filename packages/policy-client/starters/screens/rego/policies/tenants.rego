package charterbus

# Agents of two tenants that may talk.
bridges := {{"acme/support", "partner/desk"}}

name(agent) := concat("/", [agent.tenant, agent.id])

bridged if {name(input.sender), name(input.recipient)} in bridges

# METADATA
# title: Nothing crosses a tenant but between these two, whatever other policies permit.
# custom: { policy: tenant-boundary, effect: forbid }
forbids contains "tenant-boundary" if {
	input.sender.tenant != input.tenant
	not bridged
}

# METADATA
# title: What a sender was allowed to send, a recipient may get.
# custom: { policy: receive, effect: permit }
permits contains "receive" if input.point == "receive"
