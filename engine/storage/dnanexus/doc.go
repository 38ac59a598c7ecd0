// Package dnanexus keeps sources and destinations in projects of the DNAnexus
// platform.
//
// In go a connection and a project; out come entries in path order, contents,
// and copies under keys: a key is folder and name of a file. The package never
// archives, brings back or revokes anything unless it is called for that, never
// touches what it did not make but by a call of Remove or Revoke, and never puts
// a token into an error.
//
// # Keys that are not unique
//
// The platform lets any number of objects have one name in one folder. So a file
// is staged in its place, open, under the property backstay_attempt, and becomes
// a copy when that property is taken off it; what carries it is not seen by
// Stat, Open and List. Whoever commits looks first for other files of that name:
// a copy keeps its key, and of several that are staged the one made first goes
// on (then the lower id) while the others step back. The first waits until they
// have stepped back or turned out to be copies. So of two that want one key at
// most one gets it, whatever their order; a contender that died blocks the key
// until Sweep, and never the other way round.
//
// # A project that is locked down
//
// It is protected and restricted, is marked as holding health information where
// the configuration says so, and is paid by whom the configuration names. A
// project that is made is so at once. One that is there, or that somebody
// changed, is not touched when it is opened: rights of others and settings that
// differ are told by Grants and put right by Revoke, each by name.
//
// # A copy from project to project
//
// It is cut as its source, where the parts are of 5 to 16 MiB, and the checksum of
// each part is the one that the source keeps: the bytes are compared with it when
// they are read, and the platform refuses them if they are others when they
// arrive. So each byte goes through MD5 once here, beside the digest that is
// recorded.
//
// # Apps
//
// An app lies in no project: a source names those that it protects. Its export
// and the files that it brings along stand in the folder ".apps" of the source;
// of an app that is named without a version, the default one at each listing is
// the present version. Only developers read the program of an app that is not
// open source, and one that cannot be read ends the listing. A workflow that
// runs an app which is not named is remarked on. A restore makes an applet of an
// app that is gone, in a project, and the workflows that it makes again run that.
// It never publishes: the platform may not take a version of a name twice, and
// to offer a program to others is for its developers to decide.
//
// # What an incremental listing knows
//
// A listing is kept (kept.go); the next one asks for what has `modified` after
// the last listing began, by the platform's own clock and 15 minutes more, and
// takes the rest from what is kept. What `modified` covers is documented
// nowhere, so this is the rule:
//
//   - Expected to touch it: making an object, closing a record, a new name, tags,
//     properties, types, details and visibility. Of these the listing tells.
//   - Not expected to: a removal (nothing is left to be found), a folder that is
//     moved or renamed, an archival state. May or may not: moving one object,
//     closing a file, being cloned into the project.
//
// So three things are asked besides, each at a constant cost. The folders, which
// the project's description names: one that is gone makes the listing whole, and
// what a new one holds is listed, however old it looks. The files that were not
// closed, by id. And dataUsage and archivedDataUsage: where they are not what the
// changes that were seen make of them, the listing is whole. That they are proves
// nothing: it says nothing of objects without bytes, of names, moves and tags, of
// changes that cancel each other, nor of a source that is but a folder.
//
// The listing is whole, too, where an object was renamed or moved or took the path
// of another; where settings, members of the payer's organisation or clocks are
// not as they were; where what is kept is damaged, or older than Keeping.Age; and
// where more than 20,000 objects or 50 folders changed. What remains unseen until
// then: the removal of what has no bytes, an object that is moved between folders
// that are there (if that does not touch `modified`), a clone of what has no bytes
// into one (likewise), and in a source that is a folder any removal or clone. Who
// acts on an absence has to ask for a whole listing (storage.Incremental).
//
// Somebody may rename or move copies by hand. They keep their ids, so that a
// plan which looks (a deep one, a verification) tells such a copy from one that is
// lost; it is given its key back, unless another file has that.
//
// # What changes at the source
//
// A file's content is its id, so that new tags and properties make no version:
// the plan says tag, and the apply writes them to the record, to the catalogue,
// and to the copy's properties backstay_tags and backstay_properties. Its
// details keep what was true when it was made. What is exported has its tags in
// its content, so that a new one makes a version there.
//
// # What it costs
//
// In calls of the API: a copy takes 5 (file/new, upload, setDetails, close,
// setProperties) and 1 more for each 8 MiB beyond the first, besides the PUT of
// each part; a file of the catalogue 4, without setDetails. A batch takes 2 for
// each 1,000 files besides (resolveDataObjects, findDataObjects), and one more
// for each time that the platform is still closing files. Stat takes 1, Open 2,
// List one for each 1,000 files (an incremental one: 3, one for each new folder,
// and one for each 1,000 objects that changed), Newest 1, Remove 2, Label 2, Tiers one for
// each 1,000. To open a destination takes 2. So what a plan asks to find marker
// and head does not grow with what lies there. An app that a source names costs a
// listing 2.
package dnanexus
