source "filesystem" "docs" {
  path    = "docs"
  country = "ch" # ERROR: Invalid value
}
