# The gold copy is ours: whatever lies on the platform is work in progress. What
# runs there make comes down, and the pipelines that made it. Inputs came from
# here: they lie in the gold tree already, and are recognised by the checksums
# that the platform keeps of what was uploaded, without a download. The gold tree
# itself is protected as any other tree is, by a configuration of its own.

variable "project" {
  description = "The project that work is done in, by id or by name."
  type        = string
  default     = "project-GXk1Qj80f7Q0000000000001"
}

# The tree has a folder for each project, named as the source is. Inputs lie in
# it as they lie in the project: gold/work/inputs/a.fastq.gz there is
# /inputs/a.fastq.gz here.
variable "gold" {
  description = "The gold tree."
  type        = string
  default     = "/srv/gold"
}

source "dnanexus" "work" {
  project = var.project
}

destination "filesystem" "gold" {
  path  = var.gold
  site  = "basel-lab"
  media = "disk"
}

backup "work" {
  source = source.dnanexus.work
  owner  = "platform@example.org"
  every  = "24h"

  scope {
    include {
      paths = ["/inputs"]
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
    exclude {
      paths  = ["/scratch"]
      reason = "work in progress"
      owner  = "platform@example.org"
    }
  }

  copy "gold" {
    to = destination.filesystem.gold
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
  pack   = "core"
  params = { min_copies = 2, min_media = 1 } # of a result: the platform's and the gold one
}
