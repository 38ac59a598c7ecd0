# Sequencing runs of one DNAnexus project, in three places: a locked project of
# the same organisation, a replica in another cloud, and a disk outside the
# platform.

backstay {
  required_version = ">= 0.1"

  state "sqlite" { # the default; or "postgres" with dsn = env("BACKSTAY_DSN")
    path = ".backstay/state.db"
  }
}

variable "outside" {
  description = "Folder outside the platform, for example a mounted store of another provider."
  type        = string
  default     = "/srv/backup/trial"
}

variable "project" {
  description = "The project to protect, by id or by name."
  type        = string
  default     = "project-GXk1Qj80f7Q0000000000001"
}

source "dnanexus" "trial" {
  project = var.project
}

# Deep copies in a locked-down project. A project given by name is created if
# it is missing; one given by id has to exist.
destination "dnanexus" "vault" {
  project  = "trial-backup"
  bill_to  = "org-backups"
  lockdown = true # nobody but the operator keeps access; drift is repaired
}

# A full replica in another cloud of the same licence.
destination "dnanexus" "amsterdam" {
  project = "trial-replica"
  region  = "azure:westeurope"
}

# Outside the platform. An own S3 or Azure container works likewise.
destination "filesystem" "outside" {
  path  = var.outside
  site  = "basel-dc2"
  media = "disk"
}

backup "runs" {
  source  = source.dnanexus.trial
  owner   = "platform@example.org"
  regimes = ["clia"]
  every   = "24h" # how often it is meant to run; the scheduler is cron, CI or Kubernetes

  scope {
    include {
      paths = ["/runs/**/*.fastq.gz"]
      class = "raw"
    }
    include {
      kinds = ["applet", "workflow"]
      class = "method"
    }
    exclude {
      tags   = ["intermediate"]
      reason = "made again from raw by workflow align-v3"
      owner  = "platform@example.org"
    }
    shared = "exclude" # files that others own
  }

  copy "vault" {
    to            = destination.dnanexus.vault
    archive_after = "30d"
    purpose       = "record"
  }

  copy "replica" {
    to = destination.dnanexus.amsterdam
  }

  copy "outside" {
    to = destination.filesystem.outside
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
    every   = "90d"
    sample  = 20
    command = ["./check.sh"] # unarchive and run your tests; the exit code is evidence
  }
}

policy "core" {
  pack = "core"
}

# Prices of the platform are those of your contract; these are nobody's. With
# them a plan says what it costs, and `backstay cost` until when what is archived
# would be billed for coming back early.
prices {
  provider = "dnanexus"
  egress   = 0.09
}

prices {
  provider = "dnanexus"
  tier     = "live"
  storage  = 0.03
}

prices {
  provider  = "dnanexus"
  tier      = "archived"
  storage   = 0.006
  retrieval = 0.02
}
