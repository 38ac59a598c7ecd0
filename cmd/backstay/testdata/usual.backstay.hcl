variable "media" {
  type    = string
  default = "tape"
}

source "filesystem" "papers" {
  path = "papers"
  site = "office"
}

destination "filesystem" "disk" {
  path = "disk"
  site = "office"
}

destination "filesystem" "attic" {
  path    = "attic"
  site    = "attic"
  media   = var.media
  offline = true
}

backup "papers" {
  source = source.filesystem.papers
  owner  = "me@example.org"

  copy "disk" {
    to = destination.filesystem.disk
  }
  copy "attic" {
    to = destination.filesystem.attic
  }

  retention {
    keep      = "1y"
    keep_last = 1
  }
  objective {
    rpo = "24h"
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
