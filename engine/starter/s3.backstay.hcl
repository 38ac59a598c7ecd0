# A backup plan for a file tree with copies in an object store. Change paths and
# names, then run:
#   backstay validate

backstay {
  required_version = ">= 0.1"
}

source "filesystem" "data" {
  path = "./data"
  site = "main-office"
}

destination "filesystem" "disk" {
  path  = "./copies/disk"
  site  = "main-office"
  media = "disk"
}

destination "s3" "cloud" {
  bucket = "my-copies"
  region = "eu-central-1"
  site   = "eu-central-1"
}

backup "data" {
  source = source.filesystem.data
  owner  = "you@example.org"
  every  = "24h"

  copy "disk" {
    to = destination.filesystem.disk
  }
  copy "cloud" {
    to      = destination.s3.cloud
    purpose = "record"
    lock {
      mode = "compliance"
      for  = "90d"
    }
  }

  retention {
    keep = "1y"
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
