source "filesystem" "docs" {
  path = "docs"
  path = "docs" # ERROR: Attribute written twice
}
