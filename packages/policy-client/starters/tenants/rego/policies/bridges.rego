package charterbus

# A bridge names both sides.
support := {"tenant": "acme", "id": "support"}

desk := {"tenant": "partner", "id": "desk"}

is(agent, named) if {
	agent.tenant == named.tenant
	agent.id == named.id
}

asks if {
	is(input.sender, support)
	is(input.recipient, desk)
}

answers if {
	is(input.sender, desk)
	is(input.recipient, support)
}

# METADATA
# custom: { policy: support-asks-partner, effect: permit }
permits contains "support-asks-partner" if {
	input.point == "send"
	asks
	input.context.messageType in {"query", "task_request"}
}

# METADATA
# custom: { policy: partner-is-asked, effect: permit }
permits contains "partner-is-asked" if {
	input.point == "receive"
	asks
}

# METADATA
# custom: { policy: partner-answers-support, effect: permit }
permits contains "partner-answers-support" if {
	input.point == "send"
	answers
	input.context.messageType in {"response", "task_response"}
}

# METADATA
# custom: { policy: support-is-answered, effect: permit }
permits contains "support-is-answered" if {
	input.point == "receive"
	answers
}

# METADATA
# title: An answer is small, and what is larger is no answer, but a leak.
# custom: { policy: bridge-is-narrow, effect: forbid }
forbids contains "bridge-is-narrow" if {
	input.sender.tenant != input.recipient.tenant
	input.context.contentBytes > 4096
}
