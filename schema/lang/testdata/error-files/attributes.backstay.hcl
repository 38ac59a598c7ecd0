source "filesystem" "docs" {
  pth  = "docs"             # ERROR: Unknown attribute
  path = "docs"
  site = 7                  # a number is text enough
  rights = "ours"           # ERROR: Unknown value
  subjects = -1             # ERROR: Value out of range
  dua_end = "2026-13-01"    # ERROR: Invalid date
  personal = "maybe"        # ERROR: Wrong type
  country = "ch"            # a mistake found only once the block decodes
}
destination "filesystem" "shelf" { # ERROR: Missing attribute
  encryption {                     # ERROR: Missing attribute
    key = "k"
  }
  encryption {                     # ERROR: Block written twice
    kind = "none"
  }
  deleters = "one"                 # ERROR: Wrong type
  site     = ""                    # ERROR: Empty value
  media    = "dsk"                 # ERROR: Unknown value
  for_eech = {}                    # ERROR: Unknown attribute
}
