source "filesystem" "docs" {
  path = "docs" site = "x" # ERROR: Syntax error
}
