package lang

import (
	"slices"

	"github.com/backstay/backstay/schema/addr"
)

// storeType is a type of storage system that source and destination blocks
// can name, with the attributes of its own.
type storeType struct {
	name   string
	doc    string
	source []attr // as a source
	dest   []attr // as a destination
	locks  bool   // its stores can lock objects
}

var prefixAttr = at("prefix", kString, "folder or key prefix that all keys begin with")

var storeTypes = []storeType{
	fileStore, s3Store, azureStore, gcsStore, sftpStore, rcloneStore, dnanexusStore,
}

var fileStore = storeType{
	name: "filesystem", doc: "A folder of a mounted file system.",
	source: []attr{at("path", kPath, "the folder; relative to the configuration").must()},
	dest:   []attr{at("path", kPath, "the folder; relative to the configuration").must(), prefixAttr},
}

var s3Attrs = []attr{
	at("bucket", kString, "name of the bucket").must(),
	prefixAttr,
	at("endpoint", kString, "URL of the service; absent: AWS"),
	at("path_style", kBool, "bucket in the path instead of the host name").or(false),
	at("profile", kString, "profile of the shared configuration"),
	at("access_key", kString, "access key id").hidden(),
	at("secret_key", kString, "secret access key").hidden(),
	at("session_token", kString, "session token").hidden(),
}

var s3Store = storeType{
	name: "s3", doc: "A bucket of S3 or of a service that speaks its protocol.",
	source: s3Attrs, dest: s3Attrs, locks: true,
}

var azureAttrs = []attr{
	at("account", kString, "storage account").must(),
	at("container", kString, "container").must(),
	prefixAttr,
	at("endpoint", kString, "URL of the blob service; absent: the public cloud"),
	at("account_key", kString, "shared key").hidden(),
	at("sas_token", kString, "shared access signature").hidden(),
}

var azureStore = storeType{
	name: "azure", doc: "A container of Azure Blob Storage.",
	source: azureAttrs, dest: azureAttrs, locks: true,
}

var gcsAttrs = []attr{
	at("bucket", kString, "name of the bucket").must(),
	prefixAttr,
	at("endpoint", kString, "URL of the service; absent: Google's"),
	at("credentials", kString, "service account key, JSON").hidden(),
}

var gcsStore = storeType{
	name: "gcs", doc: "A bucket of Google Cloud Storage.",
	source: gcsAttrs, dest: gcsAttrs, locks: true,
}

var sftpAttrs = []attr{
	at("host", kString, "host name or address").must(),
	at("port", kInt, "TCP port").in(1, 65535).or(int64(22)),
	at("user", kString, "login name; absent: the operator's"),
	at("path", kString, "folder on the server").must(),
	at("known_hosts", kString, "file of host keys; absent: the operator's own"),
	at("key_file", kString, "private key file; absent: the agent"),
	at("passphrase", kString, "of the private key").hidden(),
	at("password", kString, "of the login").hidden(),
}

var sftpStore = storeType{
	name: "sftp", doc: "A folder of an SFTP server.",
	source: sftpAttrs, dest: append(sftpAttrs[:len(sftpAttrs):len(sftpAttrs)], prefixAttr),
}

var rcloneAttrs = []attr{
	at("remote", kString, "name of the remote in rclone's configuration").must(),
	at("path", kString, "folder of the remote"),
	at("config", kString, "rclone's configuration file; absent: the operator's own"),
	at("config_pass", kString, "password of the configuration file").hidden(),
}

var rcloneStore = storeType{
	name: "rclone", doc: "Anything that the rclone program can reach.",
	source: rcloneAttrs, dest: append(rcloneAttrs[:len(rcloneAttrs):len(rcloneAttrs)], prefixAttr),
}

var dnanexusAttrs = []attr{
	at("project", kString, "project, by id or name").must(),
	at("api", kString, "URL of the API server; absent: the platform's"),
	at("token", kString, "API token; absent: `DX_SECURITY_CONTEXT` or dx's own login").hidden(),
}

var dnanexusStore = storeType{
	name: "dnanexus", doc: "A project of the DNAnexus platform. As a source, what is no file is an export: `NAME.record.json`, `NAME.applet.json`, `NAME.workflow.json`; an app that `apps` names is `.apps/NAME.app.json`, with the files that it brings along in `.apps/NAME/`. As a destination, a project named by name is created if missing; one named by id MUST exist.",
	source: append(dnanexusAttrs[:len(dnanexusAttrs):len(dnanexusAttrs)],
		at("folder", kString, "folder of the project that is the root").or("/"),
		at("folder", kString, "folder of the project that is the root").or("/"),
		at("apps", kStrings, "apps to protect with the project, which lie in none: `NAME` (its default version), `NAME/VERSION` or an id").some(),
		at("reconcile", kTerm, "age of the last whole listing from which a plan lists everything again, not only what changed; absent: `12h`, or half of the shortest `rpo` that is asked of the source, if that is less; `0h`: always")),
	dest: append(dnanexusAttrs[:len(dnanexusAttrs):len(dnanexusAttrs)], prefixAttr),
}

func storeNames() []string {
	names := make([]string, len(storeTypes))
	for i, t := range storeTypes {
		names[i] = t.name
	}
	return names
}

func storeByName(name string) (storeType, bool) {
	i := slices.IndexFunc(storeTypes, func(t storeType) bool { return t.name == name })
	if i < 0 {
		return storeType{}, false
	}
	return storeTypes[i], true
}

// storeBlock is the block of a kind and type of store; own are the attributes
// that go into Options and Credentials.
func storeBlock(k addr.Kind, t storeType) (b *block, own []attr) {
	common, own := sourceAttrs, t.source
	b = &block{name: string(k), labels: []string{"type", "name"}, many: true, each: true, doc: t.doc}
	if k == addr.Destination {
		common, own = destinationAttrs, t.dest
		b.blocks = []*block{encryption}
	}
	b.attrs = slices.Concat(own, place, common)
	return b, own
}
