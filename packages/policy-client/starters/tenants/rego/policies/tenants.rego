package charterbus

# METADATA
# title: Within a tenant everything passes.
# custom: { policy: inside, effect: permit }
permits contains "inside" if {
	input.point == "send"
	input.sender.tenant == input.tenant
}

# METADATA
# custom: { policy: receive-inside, effect: permit }
permits contains "receive-inside" if {
	input.point == "receive"
	input.sender.tenant == input.tenant
}
