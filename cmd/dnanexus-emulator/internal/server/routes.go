package server

// collections are the methods of subjects that are no entity.
var collections map[string]map[string]handler

// entities are the methods of entities by class; "data" holds those that all
// classes of data objects share.
var entities map[string]map[string]handler

func init() {
	collections = map[string]map[string]handler{
		"system": {
			"whoami": whoami, "greet": greet, "headers": headers, "comeBackLater": comeBackLater,
			"findDataObjects": findDataObjects, "resolveDataObjects": resolveDataObjects, "describeDataObjects": describeDataObjects,
			"findProjects": findProjects, "describeProjects": describeProjects, "findProjectMembers": findProjectMembers,
			"findOrgs": findOrgs, "findUsers": findUsers, "findApps": findApps,
			"findExecutions": findExecutions, "findJobs": findExecutions, "findAnalyses": findExecutions,
		},
		"project":  {"new": newProject},
		"file":     {"new": newFile},
		"record":   {"new": newRecord},
		"applet":   {"new": newApplet},
		"workflow": {"new": newWorkflow},
		"app":      {"new": newApp},
		"org":      {"new": newOrg},
	}
	project := map[string]handler{
		"describe": describeProject, "update": updateProject, "destroy": destroyProject,
		"listFolder": listFolder, "newFolder": newFolder, "removeFolder": removeFolder, "renameFolder": renameFolder,
		"removeObjects": removeObjects, "move": move, "clone": clone,
		"invite": invite, "decreasePermissions": decreasePermissions, "leave": leave, "join": join,
		"transfer": transfer, "acceptTransfer": acceptTransfer, "updateSponsorship": updateSponsorship,
		"setProperties": setProjectProperties, "addTags": addProjectTags, "removeTags": removeProjectTags,
		"archive": archive, "unarchive": unarchive,
	}
	entities = map[string]map[string]handler{
		"project": project, "container": project,
		"data": {
			"describe": describeObject, "rename": rename, "setProperties": setProperties, "addTags": addTags, "removeTags": removeTags,
			"addTypes": addTypes, "removeTypes": removeTypes, "setDetails": setDetails, "getDetails": getDetails,
			"setVisibility": setVisibility, "close": closeObject, "listProjects": listProjects,
		},
		"file":   {"upload": upload, "download": download, "close": closeFile},
		"applet": {"get": getApplet, "run": runApplet},
		"workflow": {
			"get": getApplet, "run": runWorkflow, "addStage": addStage, "moveStage": moveStage, "removeStage": removeStage,
			"update": updateWorkflow, "updateStageExecutable": updateStageExecutable,
		},
		"app":  {"describe": describeApp, "get": getApp, "run": runApp, "update": updateApp, "publish": publishApp, "delete": deleteApp, "addTags": addAppTags, "removeTags": removeAppTags},
		"job":  {"describe": describeRun, "terminate": terminateRun, "setProperties": setRunProperties, "addTags": addRunTags, "removeTags": removeRunTags},
		"user": {"describe": describeUser, "update": updateUser},
		"org":  {"describe": describeOrg, "findMembers": findMembers, "findProjects": findOrgProjects, "update": updateOrg},
	}
	entities["analysis"] = entities["job"]
}
