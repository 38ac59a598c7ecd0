# Backstay: build, test, measure. Every target is one command or a few that can
# be typed by hand; `make help` lists them. Nothing here needs Docker. The first
# run fetches Go modules; the tools are pinned in go.mod.

GO       ?= go
PACKAGES ?= ./...
FUZZTIME ?= 20s
KILLS    ?= 200

# What `backstay version` says. A release sets VERSION to its tag.
VERSION ?= 0.1.0-dev
COMMIT  := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
STAMP   := $(VERSION)$(if $(COMMIT),+$(COMMIT))

# The packages whose tests take longest come first, so that no processor waits
# for the last of them. Vet ran in lint, over the tests too.
LONGEST := ./cmd/backstay ./engine/apply ./engine ./cmd/torture ./engine/policy

# All that staticcheck knows, style included, less ST1000: the tree's own test
# asks more of a package comment than that it is there.
CHECKS := all,-ST1000

# Words that tests misspell on purpose, to see the nearest name suggested.
MISSPELT := defualt,thn

# Static and free of build paths: two builds of one commit have one digest.
BUILD := CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(STAMP)"

.DEFAULT_GOAL := build
.PHONY: build test lint fmt fuzz bench golden examples cover demo torture release-check help tools

build: ## Build the program into ./bin
	$(BUILD) -o bin/backstay ./cmd/backstay

test: tools lint ## Check format, vet, lint, then run every test with the race detector
	$(GO) test -race -shuffle=on -vet=off -timeout 14m $(LONGEST) $(PACKAGES)

# What tests need besides Go: a C compiler for the race detector, and the programs
# that copies, catalogues and signatures are to be read with on the worst day.
# Where this may install, it does; elsewhere it says what to install.
TEST_TOOLS := gcc:gcc:libc6-dev git:git: ssh-keygen:openssh-client: sha256sum:coreutils: gzip:gzip: sed:sed:

tools:
	@missing=""; for t in $(TEST_TOOLS); do \
	  program=$${t%%:*}; packages=$$(echo $${t#*:} | tr : ' '); \
	  if [ "$$program" = gcc ]; then program=$${CC:-gcc}; fi; \
	  command -v $$program >/dev/null 2>&1 || missing="$$missing $$packages"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -q && apt-get install -y -q $$missing; exit; fi; \
	echo "make test: programs that the tests need are missing. Install them (Debian: apt-get install$$missing), then run it again." >&2; \
	exit 1

lint: ## Check format and run vet and the linters; zero findings is the norm
	@unformatted="$$($(GO) tool gofumpt -l cmd engine examples plan policies schema)"; \
	  if [ -n "$$unformatted" ]; then echo "not formatted, run 'make fmt':"; echo "$$unformatted"; exit 1; fi
	$(GO) vet $(PACKAGES)
	$(GO) vet -tags testclock $(PACKAGES)
	$(GO) tool staticcheck -checks '$(CHECKS)' $(PACKAGES)
	$(GO) tool errcheck -ignoretests -exclude .errcheck-excludes $(PACKAGES)
	$(GO) tool ineffassign $(PACKAGES)
	$(GO) tool nilerr $(PACKAGES)
	$(GO) tool unconvert $(PACKAGES)
	@git ls-files '*.go' '*.md' '*.hcl' '*.rego' '*.sh' Makefile | xargs $(GO) tool misspell -error -i '$(MISSPELT)'

fmt: ## Format the Go code
	$(GO) tool gofumpt -w cmd engine examples plan policies schema

fuzz: ## Run every fuzz target for FUZZTIME each (default 20s)
	@grep -rln --include='*_test.go' '^func Fuzz' cmd engine plan policies schema | sort | while read -r file; do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$$file"); do \
	    echo "$$target in ./$$(dirname "$$file")"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")" || exit 1; \
	  done; done

bench: build ## Measure beside find, rsync, cp, rclone and conftest (BENCH_FLAGS='-files 20000' for a short one)
	@if [ "$$(id -u)" = 0 ] && ! { command -v rsync && command -v rclone; } >/dev/null; then \
	  apt-get update -q && apt-get install -y -q rsync rclone; fi
	$(GO) run ./cmd/bench -backstay bin/backstay $(BENCH_FLAGS)

golden: ## Rewrite the golden files; read the difference as if it were code
	@grep -rl --include='*_test.go' 'flag.Bool("update"' cmd engine plan policies schema | xargs -n1 dirname | sort -u | \
	  sed 's|^|./|' | xargs $(GO) test -count=1 -update=true
	git diff --stat

examples: build ## Validate every example with the program
	@for dir in $$(find examples -name '*.backstay.hcl' -exec dirname {} \; | sort -u); do \
	  echo "backstay -chdir=$$dir validate"; bin/backstay -chdir="$$dir" validate || exit 1; done

cover: ## Run the tests with coverage, totals per package, details in bin/cover.html
	@mkdir -p bin
	$(GO) test -coverprofile=bin/cover.out -coverpkg=./cmd/...,./engine/...,./plan/...,./schema/... $(PACKAGES)
	$(GO) tool cover -html=bin/cover.out -o bin/cover.html
	@$(GO) tool cover -func=bin/cover.out | tail -1

demo: build ## Tell the whole story: on a real tree, then on DNAnexus played by the emulator
	$(BUILD) -tags testclock -o bin/backstay-testclock ./cmd/backstay
	$(BUILD) -o bin/dnanexus-emulator ./cmd/dnanexus-emulator
	BACKSTAY=$(CURDIR)/bin/backstay examples/demo/demo.sh
	BACKSTAY=$(CURDIR)/bin/backstay CLOCKED=$(CURDIR)/bin/backstay-testclock EMULATOR=$(CURDIR)/bin/dnanexus-emulator examples/demo/dnanexus.sh

torture: ## Kill the real program at every journal step and at KILLS (200) random moments
	$(GO) test -count=1 -v -timeout 90m -run '^TestT' ./cmd/torture -kills $(KILLS) -every 1

release-check: ## Build a release twice in two places and compare the digests
	@set -e; one=$$(mktemp -d); two=$$(mktemp -d); trap 'rm -rf "$$one" "$$two"' EXIT; \
	  for dir in "$$one" "$$two"; do git archive HEAD | tar -x -C "$$dir"; \
	    for arch in amd64 arm64; do (cd "$$dir" && GOOS=linux GOARCH=$$arch $(BUILD) -o backstay-linux-$$arch ./cmd/backstay); done; done; \
	  for arch in amd64 arm64; do cmp "$$one/backstay-linux-$$arch" "$$two/backstay-linux-$$arch"; done; \
	  cd "$$one" && sha256sum backstay-linux-*

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
