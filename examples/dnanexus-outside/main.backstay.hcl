# A project downloaded to storage outside the account. From there on custody is
# ours: each destination carries the list of its files with their digests, where
# each came from, and a log of the runs that brought them. custody.sh reads both
# without Backstay.

variable "project" {
  description = "The project to protect, by id or by name."
  type        = string
  default     = "project-GXk1Qj80f7Q0000000000001"
}

variable "disk" {
  description = "A disk of ours."
  type        = string
  default     = "/srv/custody/trial"
}

variable "tape" {
  description = "A tape with a file system, mounted for the run and taken out after it."
  type        = string
  default     = "/mnt/tape/trial"
}

source "dnanexus" "trial" {
  project = var.project
  rights  = "own"
}

destination "filesystem" "disk" {
  path      = var.disk
  site      = "basel-dc2"
  media     = "disk"
  archivist = "archive@example.org"
}

destination "filesystem" "tape" {
  path      = var.tape
  site      = "bern-vault"
  media     = "tape"
  offline   = true
  archivist = "archive@example.org"
}

backup "trial" {
  source   = source.dnanexus.trial
  owner    = "platform@example.org"
  reviewed = "2026-10-01"
  every    = "24h"

  scope {
    include {
      paths = ["/runs"]
      class = "raw"
    }
    include {
      paths = ["/results"]
      class = "report"
    }
    include {
      kinds = ["applet", "workflow"]
      class = "method"
    }
    include {
      kinds = ["record"]
      class = "metadata"
    }
    exclude {
      tags   = ["intermediate"]
      reason = "made again from raw by workflow germline"
      owner  = "platform@example.org"
    }
  }

  copy "disk" {
    to      = destination.filesystem.disk
    purpose = "record"
  }

  copy "tape" {
    to      = destination.filesystem.tape
    purpose = "record"
  }

  retention {
    keep      = "7y"
    keep_last = 1
  }

  objective {
    rpo = "24h"
    rto = "72h"
  }

  verify {
    algorithm = "sha256"
    scrub     = "365d"
  }

  restore_test {
    every  = "90d"
    sample = 20
  }
}

policy "core" {
  pack = "core"
}
