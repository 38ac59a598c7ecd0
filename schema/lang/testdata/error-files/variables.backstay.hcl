variable "type" {
  type    = strng # ERROR: Invalid type
  default = 1
}
variable "default" {
  type    = number
  default = "x" # ERROR: Wrong type
}
variable "missing" { # ERROR: Variable without a value
}
variable "null" {
  default  = null # ERROR: Variable is null
  nullable = false
}
variable "checked" {
  type    = number
  default = 7
  validation {
    condition     = var.checked > 10 # ERROR: Variable is not valid
    error_message = "It has to be more than ten."
  }
  validation { # ERROR: Missing attribute
    condition = true
  }
  validation {
    condition     = 7 # ERROR: Wrong type
    error_message = "x"
  }
  validation {
    condition     = var.checkd > 1 # ERROR: Unknown reference
    error_message = "x"
  }
}
variable "unknown" {
  defualt = 1 # ERROR: Unknown attribute
  default = 1
}
