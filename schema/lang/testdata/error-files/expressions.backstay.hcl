locals {
  a = local.b # ERROR: Values depend on each other
  b = [for x in ["y"] : local.c]
  c = local.a
  d = upprr("x") # ERROR: Unknown function
  e = upper(1, 2) # ERROR: Function call failed
  f = file("../secret") # ERROR: Function call failed
  g = file("/etc/passwd") # ERROR: Function call failed
  h = env("HOME") # ERROR: Environment not allowed here
  i = "x" + 1 # ERROR: Invalid expression
  j = jsondecode("{") # ERROR: Function call failed
  k = { for x in [1, 1] : "a" => x } # ERROR: Invalid expression
}
variable "pattern" {
  default = "[a"
}
source "filesystem" "docs" {
  path = env("HOME") # ERROR: Environment not allowed here
  site = regex(var.pattern, "x") # ERROR: Function call failed
}
policy "infinite" {
  pack   = "core"
  params = { x = 1 / 0 } # ERROR: Value out of range
}
data "dnanexus_projects" "p" {
  name = local.k # ERROR: Unknown reference
}
