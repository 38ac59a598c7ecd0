# Native syntax only: JSON syntax cannot tell attributes from blocks, and takes
# constants as they are.
sorce "filesystem" "docs" { # ERROR: Unknown block
}
path = "docs"               # ERROR: Unknown attribute
source "filesystem" {       # ERROR: Missing label
  path = "docs"
}
policy "a" "b" {            # ERROR: Too many labels
  pack = "core"
}
source "filesytem" "docs" { # ERROR: Unknown type
  pth = "docs"
}
source "memory" "docs2" {   # ERROR: Unknown type
}
data "projects" "x" {       # ERROR: Unknown type
}
backstay {
  state "sqlte" {           # ERROR: Unknown type
  }
}
backstay {                  # ERROR: Name used twice
}
backup = {}                 # ERROR: Unknown attribute
source "filesystem" "docs3" {
  path = "docs"
  retention {                # ERROR: Unknown block
  }
}
backup "docs" {
  source = source.filesystem # ERROR: Wrong type
  alert  = {}                # ERROR: Unknown attribute
  every {                    # ERROR: Unknown block
  }
}
variable "reference" {
  default = local.x          # ERROR: Value must be constant
}
