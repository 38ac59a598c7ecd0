# A backup plan for a DNAnexus project. Change names and ids, then run:
#   backstay validate

backstay {
  required_version = ">= 0.1"
}

variable "outside" {
  description = "Folder outside the platform that takes the third copy."
  type        = string
  default     = "./copies/outside"
}

source "dnanexus" "trial" {
  project = "project-000000000000000000000000"
}

# Deep copies in a project that nobody but the operator can reach.
destination "dnanexus" "vault" {
  project  = "trial-backup"
  bill_to  = "org-backups"
  lockdown = true
}

# Copies outside the platform.
destination "filesystem" "outside" {
  path  = var.outside
  site  = "second-office"
  media = "disk"
}

backup "trial" {
  source = source.dnanexus.trial
  owner  = "you@example.org"
  every  = "24h"

  scope {
    include {
      paths = ["/**/*.fastq.gz"]
      class = "raw"
    }
    include {
      kinds = ["applet", "workflow"]
      class = "method"
    }
    exclude {
      tags   = ["intermediate"]
      reason = "made again from raw data by the workflow"
      owner  = "you@example.org"
    }
    shared = "exclude"
  }

  copy "vault" {
    to            = destination.dnanexus.vault
    archive_after = "30d"
    purpose       = "record"
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
    every  = "90d"
    sample = 20
  }
}

policy "core" {
  pack = "core"
}
