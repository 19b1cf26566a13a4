package charterbus

# METADATA
# title: What the powers allow, the rules let pass; the stricter of both counts.
# custom: { policy: speak, effect: permit }
permits contains "speak" if {
	input.point == "send"
	input.context.messageType != "governance_request"
}

# METADATA
# title: How everybody is governed is not changed by one agent alone.
# custom: { policy: governance, effect: permit, escalate: governance-request }
permits contains "governance" if {
	input.point == "send"
	input.context.messageType == "governance_request"
}

# METADATA
# title: A power answers for itself, and a request to govern is not answered by who made it.
# custom: { policy: own-request, effect: forbid }
forbids contains "own-request" if {
	input.point == "send"
	input.context.messageType == "governance_response"
	input.context.answersOwn
}
