variable "secret" {
  default   = { a = "b" }
  sensitive = true
}
source "filesystem" "list" {
  for_each = ["a"] # ERROR: Invalid for_each
  path     = each.key
}
source "filesystem" "null" {
  for_each = null # ERROR: Invalid for_each
  path     = each.key
}
source "filesystem" "empty" {
  for_each = toset([""]) # ERROR: Invalid for_each
  path     = each.key
}
source "filesystem" "secret" {
  for_each = var.secret # ERROR: Invalid for_each
  path     = each.key
}
source "filesystem" "body" {
  for_each = {}
  pth      = each.key # ERROR: Unknown attribute
  path     = each.kex # ERROR: Unknown reference
}
hold "x" {
  for_each = {} # ERROR: Unknown attribute
  reason   = "r"
  owner    = "o"
}
backup "loop" {
  for_each = backup.loop # ERROR: Values depend on each other
  source   = each.value
}
backup "dynamic" {
  source = "source.filesystem.list"
  dynamic "copi" { # ERROR: Unknown block
    for_each = {}
    content {}
  }
  dynamic "copy" { # ERROR: Invalid dynamic block
    for_each = { a = 1 }
    labels   = ["a"]
  }
  dynamic "alert" {
    for_each = 7 # ERROR: Invalid for_each
    content {}
  }
}
