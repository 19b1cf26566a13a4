package charterbus

# What decides: a forbid beats every permit, and where nothing permits it is a denial that names nobody.
default decision := {"allow": false, "policies": []}

decision := {"allow": false, "policies": forbids} if count(forbids) > 0

decision := {"allow": true, "policies": permits, "obligations": obligations} if {
	count(forbids) == 0
	count(permits) > 0
}
