package charterbus

mails if input.action == "mail"

# METADATA
# custom: { policy: talk, effect: permit }
permits contains "talk" if {
	input.point == "send"
	not mails
}

# METADATA
# custom: { policy: mail-inside, effect: permit }
permits contains "mail-inside" if {
	mails
	not input.facts.outside
}

# METADATA
# title: The tool gets what may leave, and nothing else.
# custom: { policy: mail-outside, effect: permit }
permits contains "mail-outside" if {
	mails
	input.facts.outside
}

obligations contains obligation if {
	"mail-outside" in permits
	some obligation in [
		{"kind": "remove", "path": "/arguments/customer/born"},
		{"kind": "mask", "path": "/arguments/customer/iban", "keep": 4},
		{"kind": "annotate", "header": "data-class", "value": "personal"},
	]
}

# METADATA
# custom: { policy: mail-account-outside, effect: permit, escalate: account-number-leaves }
permits contains "mail-account-outside" if {
	mails
	input.facts.outside
	input.facts.tells_iban
}

# METADATA
# custom: { policy: no-keys, effect: forbid }
forbids contains "no-keys" if {
	mails
	input.facts.holds_key
}

# METADATA
# title: At receive each recipient gets its own version.
# custom: { policy: guests-see-less, effect: permit }
permits contains "guests-see-less" if {
	input.point == "receive"
	input.recipient.role == "guest"
}

obligations contains obligation if {
	"guests-see-less" in permits
	some obligation in [
		{"kind": "mask", "path": "/customer/email", "keep": 0},
		{"kind": "remove", "path": "/customer/born"},
		{"kind": "remove", "path": "/customer/iban"},
	]
}
