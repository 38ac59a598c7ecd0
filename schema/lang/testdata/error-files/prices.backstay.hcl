source "filesystem" "docs" {
  path = "docs"
}

prices {
  provider = "aws"
  currency = "EUR"
  storage  = 0.02
}

prices {
  provider = "AWS"
  storage  = 0.03 # ERROR: Attributes contradict each other
  egress   = 0.1
}

prices {
  provider = "aws"
  tier     = "GLACIER"
  storage  = 0.004
}

prices {
  provider = "gcs"
  currency = "USD" # ERROR: Attributes contradict each other
}

prices {
  provider = "azure"
  currency = "euro" # ERROR: Invalid value
}

prices {
  provider = "dnanexus"
  storage  = -1 # ERROR: Value out of range
}
