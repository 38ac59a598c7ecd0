package server

import "testing"

// TestSeedSentences names each sentence of the customer's two documents that
// states a rule which a server can keep, and the test that proves it here.
func TestSeedSentences(t *testing.T) {
	for _, c := range []struct {
		rule  string
		proof func(*testing.T)
	}{
		{"backups: what is deleted by accident cannot be undeleted", Test5_2RemoveObjects},
		{"backups: a deep copy has a new object id, a shallow one the same", Test5_2Clone},
		{"backups: all access to the backup project can be revoked", Test5_2Members},
		{"backups: the data can lie under a separate org", Test6_2OtherBillTo},
		{"backups: unarchive and test what was archived", Test6_2Lifecycle},
		{"backups: egress is paid from the source", Test6_4Egress},
		{"backups: archiving needs the licence", Test6_4NotOffered},
		{"backups: applications and pipelines can be downloaded", Test5_5Programs},
		{"backups: a copy's record names the job that made it", Test5_7Jobs},
		{"archiving: a licence is needed, AWS regions only", Test6_4NotOffered},
		{"archiving: four states, each with what it allows", Test6_1States},
		{"archiving: live, archival, then archived with all copies of the billTo", Test6_2Lifecycle},
		{"archiving: copies under another billTo do not count", Test6_2OtherBillTo},
		{"archiving: unarchiving, then live when the restore is done", Test6_2Lifecycle},
		{"archiving: unarchiving an archival file cancels", Test6_2Lifecycle},
		{"archiving: CONTRIBUTE or ADMINISTER, files, at most 1000", Test6_3Calls},
		{"archiving: folders and projects, recursive, skipping what does not fit", Test6_2FoldersSkip},
		{"archiving: standard charge while live or archival, archival charge once archived", Test6_4Billing},
		{"archiving: a one-time retrieval fee by volume", Test6_4Billing},
		{"archiving: early retrieval within 90 days on AWS, 180 on Azure, pro rata", Test6_4Billing},
		{"archiving: no early fee after the minimum", Test6_4LateRetrieval},
		{"archiving: not in sponsored projects until the sponsorship ends", Test6_4NotOffered},
		{"archiving: allCopies needs the org's ADMIN and reaches projects without a role", Test6_3AllCopies},
		{"archiving: listProjects names live projects of the org", Test5_4ListProjects},
	} {
		t.Run(c.rule, c.proof)
	}
}
