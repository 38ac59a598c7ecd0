# Helpers that several controls share. They give words and choices, never a
# decision.
package backstay.lib

# noun gives "1 copy", "2 copies".
noun(1, one, _) := sprintf("1 %s", [one])

noun(n, _, many) := sprintf("%d %s", [n, many]) if n != 1
