# A backup plan for a file tree. Change the paths, then run:
#   backstay validate
#   backstay plan -out plan.backstay
#   backstay apply plan.backstay

backstay {
  required_version = ">= 0.1"
  state "sqlite" {
    path = ".backstay/state.db"
  }
}

# What is to be protected.
source "filesystem" "data" {
  path = "./data"
  site = "main-office"
}

# Where copies live. Each should fail for a reason of its own: another disk,
# another building, another kind of storage.
destination "filesystem" "disk" {
  path  = "./copies/disk"
  site  = "main-office"
  media = "disk"
}

destination "filesystem" "offsite" {
  path    = "./copies/offsite"
  site    = "second-office"
  media   = "tape"
  offline = true
}

backup "data" {
  source = source.filesystem.data
  owner  = "you@example.org"
  every  = "24h"

  # With no scope block everything is in. What is left out needs a reason and
  # somebody who answers for it.
  scope {
    include {
      paths = ["/**"]
      class = "other"
    }
    exclude {
      names  = ["*.tmp"]
      reason = "scratch files, made again by their programs"
      owner  = "you@example.org"
    }
  }

  copy "disk" {
    to = destination.filesystem.disk
  }
  copy "offsite" {
    to      = destination.filesystem.offsite
    purpose = "record"
  }

  retention {
    keep            = "1y"  # from the day a version was made
    keep_superseded = "90d" # after a newer version took its place
    quarantine      = "30d" # between the end of a term and removal
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

# Controls that judge the plan. "safety" is always on.
policy "core" {
  pack = "core"
}
