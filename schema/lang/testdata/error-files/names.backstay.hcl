source "filesystem" "docs" {
  path = "docs"
}
source "filesystem" "docs" { # ERROR: Name used twice
  path = "docs"
}
source "s3" "Docs" {         # ERROR: Name used twice
  bucket = "b"
}
source "s3" "con" {          # ERROR: Reserved name
  bucket = "b"
}
source "s3" "two words" {    # ERROR: Invalid name
  bucket = "b"
}
source "s3" "ünïcode" {      # ERROR: Invalid name
  bucket = "b"
}
destination "filesystem" "docs" {
  path = "/shelf"
}
locals {
  a = 1
}
locals {
  a = 2                      # ERROR: Name used twice
}
variable "v" {
  default = 1
}
variable "v" {               # ERROR: Name used twice
  default = 2
}
backup "docs" {
  source = source.s3.Docs
  copy "a" {
    to = destination.filesystem.docs
  }
  copy "a" {                 # ERROR: Name used twice
    to = destination.filesystem.docs # ERROR: Two copies at one destination
  }
}
