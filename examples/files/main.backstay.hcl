# A plain file tree: one source, two destinations, three copies with the
# original. Change the two places below, or set them on the command line.

variable "documents" {
  description = "The folder to protect."
  type        = string
  default     = "documents"
}

variable "vault" {
  description = "Where the copy outside the building goes, for example a mounted object store."
  type        = string
  default     = "copies/vault"
}

source "filesystem" "documents" {
  path = var.documents
  site = "office"
}

destination "filesystem" "shelf" {
  path  = "copies/shelf"
  site  = "office"
  media = "disk"
}

destination "filesystem" "vault" {
  path  = var.vault
  site  = "datacentre-2"
  media = "object"
}

backup "documents" {
  source = source.filesystem.documents
  owner  = "platform@example.org"
  every  = "24h"

  scope {
    include {
      paths = ["/**"]
    }
    exclude {
      paths  = ["**/*.tmp", "**/.cache"]
      reason = "made again by the programs that wrote them"
      owner  = "platform@example.org"
    }
  }

  copy "shelf" {
    to = destination.filesystem.shelf
  }

  copy "vault" {
    to = destination.filesystem.vault
  }

  retention {
    keep      = "1y"
    keep_last = 3
  }

  objective {
    rpo = "24h"
    rto = "24h"
  }

  verify {
    algorithm = "sha256"
    scrub     = "90d"
  }

  restore_test {
    every  = "90d"
    sample = 20
  }
}

policy "core" {
  pack = "core"
}
