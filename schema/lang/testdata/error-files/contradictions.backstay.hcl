source "filesystem" "docs" {
  path = "docs"
}
source "filesystem" "other" {
  path = "/srv/other"
}
destination "filesystem" "inside" {
  path = "./docs/copies" # ERROR: Destination inside a source
}
destination "filesystem" "same" {
  path = "/srv/x/../other" # ERROR: Destination inside a source
}
destination "filesystem" "one" {
  path = "/one"
}
destination "filesystem" "one-again" {
  path = "/one/" # ERROR: Two destinations in one place
}
destination "filesystem" "one-beside" {
  path   = "/one"
  prefix = "p"
}
backup "none" { # ERROR: Backup plan without copies
  source = source.filesystem.docs
}
backup "docs" {
  source = source.filesystem.docs
  scope {
    include {
      larger_than  = "1MB"
      smaller_than = 1000000 # ERROR: Attributes contradict each other
    }
    include {
      older_than = "30d"
      newer_than = "1w" # ERROR: Attributes contradict each other
    }
    exclude { # ERROR: Selector selects nothing in particular
      reason = "r"
    }
  }
  copy "one" {
    to = destination.filesystem.one
    lock { # ERROR: Destination cannot lock
      mode = "governance"
      for  = "30d"
    }
  }
  retention {
    keep     = "7y"
    keep_max = "6y" # ERROR: Attributes contradict each other
  }
}
hold "h" { # ERROR: Missing attribute
  reason = "r"
  owner  = "o"
}
policy "none" { # ERROR: Policy needs one source
}
policy "two" { # ERROR: Policy needs one source
  pack   = "core"
  path   = "p"
  params = [] # ERROR: Wrong type
}
backstay {
  required_version = "soon" # ERROR: Invalid version constraint
  state "sqlite" {
    dsn = "x" # ERROR: Unknown attribute
  }
}
