package charterbus

pays if input.action == "pay"

# METADATA
# custom: { policy: talk, effect: permit }
permits contains "talk" if {
	input.point == "send"
	not pays
}

# METADATA
# custom: { policy: small-payments, effect: permit }
permits contains "small-payments" if {
	pays
	input.facts.cents <= 10000
}

# METADATA
# custom: { policy: large-payments, effect: permit, escalate: large-payment }
permits contains "large-payments" if {
	pays
	input.facts.cents > 10000
}

# METADATA
# custom: { policy: many-payments, effect: permit, escalate: many-payments }
permits contains "many-payments" if {
	pays
	input.facts.total_cents > 25000
}

# METADATA
# custom: { policy: no-huge-payments, effect: forbid }
forbids contains "no-huge-payments" if {
	pays
	input.facts.cents > 1000000
}

# METADATA
# custom: { policy: payments-are-positive, effect: forbid }
forbids contains "payments-are-positive" if {
	pays
	input.facts.cents <= 0
}
