locals {
  shelf = destination.filesystem.shelf
}
source "filesystem" "docs" {
  path = "docs"
}
source "filesystem" "many" {
  for_each = { a = "x" }
  path     = each.value
}
destination "filesystem" "shelf" {
  path = "/shelf"
}
backup "a" {
  source = source.filesystem.dcos # ERROR: Unknown reference
  copy "a" {
    to = destination.filesystm.shelf # ERROR: Unknown reference
  }
  copy "b" {
    to = source.filesystem.docs # ERROR: Reference to the wrong kind of block
  }
  copy "c" {
    to = "destination.filesystem.shlf" # ERROR: Unknown reference
  }
  copy "d" {
    to = "shelf" # ERROR: Invalid address
  }
  copy "e" {
    to = 7 # ERROR: Wrong type
  }
  copy "f" {
    to = local.shef # ERROR: Unknown reference
  }
  copy "h" {
    to = local.shelf
  }
}
backup "b" {
  source = source.filesystem.many # ERROR: Wrong type
  owner  = each.key # ERROR: Unknown reference
  copy "a" {
    to = local.shelf
  }
}
backup "c" {
  source = source.filesystem.many["b"] # ERROR: Unknown reference
  owner  = vra.x # ERROR: Unknown reference
  copy "a" {
    to = local.shelf
  }
}
backup "d" {
  source = source.filesystem.docs.path # ERROR: Invalid expression
  copy "a" {
    to = local.shelf
  }
}
hold "h" {
  targets = [backup.a, destination.filesystem.gone] # ERROR: Unknown reference
  reason  = "r"
  owner   = "o"
}
waiver "w" {
  control     = "COPY-2"
  targets     = [hold.h] # ERROR: Reference to the wrong kind of block
  reason      = "r"
  approved_by = []       # ERROR: Empty value
  expires     = "2027-01-31"
}
moved {
  from = backup.old
  to   = backup.new # ERROR: Unknown reference
}
moved {
  from = backup.e # ERROR: Attributes contradict each other
  to   = backup.e
}
moved {
  from = source.filesystem.x
  to   = backup.e # ERROR: Attributes contradict each other
}
backup "e" {
  source = source.filesystem.docs
  copy "a" {
    to = local.shelf
  }
}
retire "nothing" {
  targets     = [] # ERROR: Wrong type
  reason      = "r"
  approved_by = { name = "x" } # ERROR: Wrong type
}
retire "wrong" {
  targets     = [hold.h, "nonsense"] # ERROR: Reference to the wrong kind of block; Invalid address
  reason      = "r"
  approved_by = 1
}
release "wrong" {
  hold        = backup.e # ERROR: Reference to the wrong kind of block
  reason      = ["r"] # ERROR: Wrong type
  approved_by = [null] # ERROR: Wrong type
}
archive "wrong" {
  source = source # ERROR: Wrong type
}
