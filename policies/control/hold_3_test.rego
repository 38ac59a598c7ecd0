package backstay.control.hold_3_test

import data.backstay.control.hold_3
import data.backstay.fixture

record(far) := fixture.lists({
	"backups": [object.union(fixture.backup, {"copies": [object.union(fixture.backup.copies[1], {"purpose": "record"})]})],
	"destinations": far,
}, {})

test_pass if count(hold_3.deny | hold_3.unknown) == 0 with input as record([fixture.far({"archivist": "me@example.org"})])

test_fail if count(hold_3.deny) == 1 with input as record([fixture.far({})])

test_unknown if count(hold_3.unknown) == 1 with input as record([])

test_not_applicable if count(hold_3.subjects) == 0 with input as fixture.intent({}, {})
