package charterbus

gives_work if {
	input.point == "send"
	input.context.messageType in {"command", "task_request"}
}

critical if input.context.priority == "critical"

open if {
	input.facts.local_day >= 1
	input.facts.local_day <= 5
	input.facts.local_minute >= input.facts.opens_minute
	input.facts.local_minute < input.facts.closes_minute
}

# METADATA
# custom: { policy: talk, effect: permit }
permits contains "talk" if {
	input.point == "send"
	not gives_work
}

# METADATA
# custom: { policy: work-in-hours, effect: permit }
permits contains "work-in-hours" if {
	gives_work
	open
}

# METADATA
# custom: { policy: critical-at-any-time, effect: permit }
permits contains "critical-at-any-time" if {
	gives_work
	critical
}

# METADATA
# custom: { policy: work-out-of-hours, effect: permit, escalate: on-call }
permits contains "work-out-of-hours" if {
	gives_work
	not critical
	not open
}

# METADATA
# title: Nobody is on call on a Sunday.
# custom: { policy: closed-on-sundays, effect: forbid }
forbids contains "closed-on-sundays" if {
	gives_work
	not critical
	input.facts.local_day == 0
}
