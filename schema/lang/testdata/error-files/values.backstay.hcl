source "filesystem" "docs" {
  path = "docs"
}
destination "filesystem" "shelf" {
  path = "/shelf"
}
backup "docs" {
  source = source.filesystem.docs
  every  = "1m" # ERROR: Invalid term
  scope {
    include {
      paths       = ["/a/[", "/b"] # ERROR: Invalid glob
      names       = ["a/b"]        # ERROR: Invalid glob
      larger_than = "10 apples"    # ERROR: Invalid size
      kinds       = ["fle"]        # ERROR: Unknown value
      properties  = ["a"]          # ERROR: Wrong type
    }
    include {
      paths = ["./docs"]           # ERROR: Invalid glob
      smaller_than = -1            # ERROR: Value out of range
    }
    include {
      paths = []                   # ERROR: Empty value
      tags  = []                   # ERROR: Empty value
      properties = {}              # ERROR: Empty value
    }
  }
  copy "shelf" {
    to   = destination.filesystem.shelf
    deep = null
  }
  retention {
    keep      = "7 years"          # ERROR: Invalid term
    keep_last = 1.5                # ERROR: Wrong type
    keep_daily = "x"               # ERROR: Wrong type
  }
  limits {
    retire_ratio = 5               # ERROR: Value out of range
  }
  restore_test {                   # ERROR: Missing attribute
    sample = 0                     # ERROR: Value out of range
  }
}
