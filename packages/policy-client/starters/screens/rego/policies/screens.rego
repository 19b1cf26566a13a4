package charterbus

sends if input.point == "send"

score := input.facts.injection

# METADATA
# title: Every score is met by exactly one of these four.
# custom: { policy: plain, effect: permit }
permits contains "plain" if {
	sends
	score < 30
}

# METADATA
# title: The recipient is told, and may tell its model.
# custom: { policy: marked, effect: permit }
permits contains "marked" if {
	sends
	score >= 30
	score < 60
}

# METADATA
# custom: { policy: looked-at, effect: permit, escalate: suspected-injection }
permits contains "looked-at" if {
	sends
	score >= 60
	score < 80
}

obligations contains {"kind": "annotate", "header": "prompt-injection", "value": "suspected"} if {
	some policy in ["marked", "looked-at"]
	policy in permits
}

# METADATA
# custom: { policy: injected, effect: forbid }
forbids contains "injected" if {
	sends
	score >= 80
}

# METADATA
# title: Whoever asks for data to be carried off need not be as sure to be stopped.
# custom: { policy: carries-off, effect: forbid }
forbids contains "carries-off" if {
	sends
	score >= 60
	"exfiltration" in input.facts.injection_kinds
}

# METADATA
# custom: { policy: no-secrets-outside, effect: forbid }
forbids contains "no-secrets-outside" if {
	sends
	input.recipient
	input.sender.tenant != input.recipient.tenant
	input.facts.secrets >= 50
}
