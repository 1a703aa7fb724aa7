# What one does with mailmv's source. Needs Go, git and make; `make bench` and the tests on real servers want Dovecot too.
GO       ?= go
PREFIX   ?= /usr/local
FUZZTIME ?= 10s
# Flags of the bench program: make bench BENCH="-near 5000x8192 -rounds 5"; go run ./cmd/mvbench -h lists them.
BENCH    ?=

version := $(shell git describe --tags --always --dirty 2>/dev/null)
commit  := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
share    = $(DESTDIR)$(PREFIX)/share

.PHONY: help build demo test check fuzz corpus bench install clean

help: ## print these lines
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

build: ## make bin/mailmv: one static binary with version and commit in it
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(version) -X main.commit=$(commit)' -o bin/mailmv ./cmd/mailmv

demo: build ## move sample mail between two servers made for it, and prove the result
	bin/mailmv demo

test: ## run all tests, with the race detector where there is a C compiler
	@if [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v "$$($(GO) env CC)" >/dev/null; then \
		echo '$(GO) test -race -timeout 30m ./...'; $(GO) test -race -timeout 30m ./...; \
	else \
		echo '$(GO) test -timeout 30m ./...   (without -race: no C compiler; apt-get install gcc libc6-dev)'; $(GO) test -timeout 30m ./...; \
	fi

check: ## gofmt, vet, staticcheck, govulncheck, and who may import whom
	@files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo "gofmt would change:" $$files; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@echo '$(GO) tool govulncheck ./...'; out=$$($(GO) tool govulncheck ./... 2>&1) || case $$out in \
		*"fetching vulnerabilities"*) echo 'govulncheck: skipped, the vulnerability database cannot be reached from here';; \
		*) echo "$$out"; exit 1;; \
	esac
	$(GO) test -count=1 -run '^TestArrows$$' ./migrate

fuzz: ## run every fuzz target for FUZZTIME each (10s)
	@grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do \
		sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file" | while read -r target; do \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
		done || exit 1; \
	done

corpus: ## hold every change of every message of MAILMV_CORPUS, and of 2 GB ones, against the rules of sameness (takes long)
	MAILMV_FULL=1 $(GO) test -count=1 -timeout 6h -v -run '^Test(RealMail|Bounds|MonstersAreTold)' ./dedupe

bench: build ## measure every command beside a raw limit, local and 20 ms away (needs root and Dovecot)
	$(GO) run ./cmd/mvbench -mailmv bin/mailmv $(BENCH)

install: build ## put binary, manual pages and completions below PREFIX (/usr/local)
	install -D -m 755 bin/mailmv $(DESTDIR)$(PREFIX)/bin/mailmv
	bin/mailmv man --dir $(share)/man/man1
	mkdir -p $(share)/bash-completion/completions $(share)/zsh/site-functions $(share)/fish/vendor_completions.d
	bin/mailmv completion bash >$(share)/bash-completion/completions/mailmv
	bin/mailmv completion zsh >$(share)/zsh/site-functions/_mailmv
	bin/mailmv completion fish >$(share)/fish/vendor_completions.d/mailmv.fish

clean: ## remove what was built
	rm -rf bin
