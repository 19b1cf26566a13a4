package charterbus

# METADATA
# custom: { policy: everybody-asks, effect: permit }
permits contains "everybody-asks" if {
	input.point == "send"
	input.context.messageType in {"query", "response", "heartbeat"}
}

# METADATA
# custom: { policy: analysts-work, effect: permit }
permits contains "analysts-work" if {
	input.point == "send"
	input.sender.role in {"analyst", "operator"}
	input.context.messageType in {"task_request", "task_response"}
}

# METADATA
# custom: { policy: operators-command, effect: permit }
permits contains "operators-command" if {
	input.point == "send"
	input.sender.role == "operator"
	input.context.messageType in {"command", "event", "notification"}
}

# METADATA
# custom: { policy: guests-speak-to-one, effect: forbid }
forbids contains "guests-speak-to-one" if {
	input.point == "send"
	not input.recipient
	input.sender.role == "guest"
}

# METADATA
# custom: { policy: nobody-commands-operators, effect: forbid }
forbids contains "nobody-commands-operators" if {
	input.point == "send"
	input.context.messageType == "command"
	input.recipient.role == "operator"
}
