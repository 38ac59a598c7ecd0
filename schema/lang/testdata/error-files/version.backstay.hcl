backstay {
  required_version = ">= 0.1, < 0.2" # ERROR: Program has the wrong version
}
something_new {
}
