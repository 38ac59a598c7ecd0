variable "secret" {
  default   = "s3cr3t"
  sensitive = true
}
locals {
  derived = "x-${var.secret}"
}
source "filesystem" "docs" {
  path = local.derived # ERROR: Sensitive value not allowed here
}
source "s3" "bucket" {
  bucket     = "b"
  secret_key = local.derived
}
policy "p" {
  pack   = "core"
  params = { deep = [var.secret] } # ERROR: Sensitive value not allowed here
}
