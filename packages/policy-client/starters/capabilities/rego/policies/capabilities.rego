package charterbus

can(capability) if capability in input.sender.capabilities

# METADATA
# custom: { policy: ask-and-answer, effect: permit }
permits contains "ask-and-answer" if {
	input.point == "send"
	input.context.messageType in {"query", "response", "task_response", "heartbeat"}
}

# METADATA
# custom: { policy: command, effect: permit }
permits contains "command" if {
	input.point == "send"
	input.context.messageType == "command"
	can("command")
}

# METADATA
# custom: { policy: announce, effect: permit }
permits contains "announce" if {
	input.point == "send"
	input.context.messageType in {"event", "notification"}
	can("announce")
}

# METADATA
# custom: { policy: delegate, effect: permit }
permits contains "delegate" if {
	input.point == "send"
	input.context.messageType == "task_request"
	can("delegate")
}

# METADATA
# title: Work goes to whoever can do it.
# custom: { policy: only-workers-work, effect: forbid }
forbids contains "only-workers-work" if {
	input.point == "send"
	input.context.messageType in {"command", "task_request"}
	input.recipient
	not "work" in input.recipient.capabilities
}

# METADATA
# title: Everybody hears from those alone who may announce.
# custom: { policy: everybody-hears-announcers, effect: forbid }
forbids contains "everybody-hears-announcers" if {
	input.point == "send"
	input.context.toEveryone
	not can("announce")
}
