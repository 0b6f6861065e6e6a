# docksing-shell: `make` lists what can be made.
SHELL := /bin/sh
PREFIX ?= /usr/local
# Without position independence there is nothing to relocate at start-up: 4 ms instead of 5.6. lld comes with Swift.
# The C++ library is part of Swift's runtime and goes into the binary with it, since its symbols are most of what would be looked
# up at each start: a folder that has nothing but the static one comes first.
RELEASE := --configuration release --static-swift-stdlib -Xswiftc -use-ld=lld -Xswiftc -Xclang-linker -Xswiftc -no-pie \
	-Xlinker -L.build/static

.DEFAULT_GOAL := help
.PHONY: help setup build demo test test-unit test-lab test-asan soak check format manual lab-up lab-down install clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## install the Debian packages that are missing, and say which
	@tools/setup

build: setup ## build the release binary, .build/release/docksing-shell
	@mkdir -p .build/static
	@ln -sf "$$(clang -print-file-name=libstdc++.a)" .build/static/libstdc++.a
	swift build $(RELEASE) --product docksing-shell

demo: build lab-up ## raise the lab and run the tutorial for real, under Docker here and on the cluster there
	@tools/demo

test: setup check build lab-up ## raise the lab and run all tests, those on its cluster too
	swift build --build-tests
	eval "$$(lab/env)" && tools/test

test-unit: ## run the tests that need no lab
	swift build --build-tests
	swift test --skip-build --skip LabTests

test-lab: lab-up ## run the tests on the lab's cluster
	swift build --build-tests
	eval "$$(lab/env)" && swift test --skip-build --filter LabTests

test-asan: setup ## run the bridge's tests under AddressSanitizer
	@tools/test-asan

soak: lab-up ## run what takes long (hours): fuzzing, a thousand cut submissions, faults; see Tests/soak/RESULT.md
	swift build --build-tests
	eval "$$(lab/env)" && tools/soak

check: ## check the format of Swift, and Lua and shell scripts
	@tools/check

format: ## format the Swift code
	swift format --in-place --parallel --recursive --configuration .swift-format Package.swift Plugins Sources Tests Benchmarks

# The tests hold these pages to what their commands print; this writes what they print now.
manual: build lab-up ## run the manual's commands in the lab, and write what they print into it
	eval "$$(lab/env)" && for page in README.md docs/lua.md docs/sweeps.md; do \
		.build/release/docksing-shell tools/readme.lua "$$PWD/.build/release/docksing-shell" $$page manual-$$$$ --write || exit; \
	done

lab-up: ## raise the lab, a disposable Slurm cluster and a Docker engine on this machine
	@tools/as-root lab/up

lab-down: ## take the lab away
	@tools/as-root lab/down

# What was built is not built again: root, who may install, often has no Swift.
install: ## install what `make build` made in PREFIX/bin (/usr/local/bin)
	@test -x .build/release/docksing-shell || { echo "Nothing is built yet: run 'make build' first." >&2; exit 1; }
	install -D -m 755 .build/release/docksing-shell "$(DESTDIR)$(PREFIX)/bin/docksing-shell"

clean: ## remove what was built
	rm -rf .build
