# docksing-shell: `make` lists what can be made.
SHELL := /bin/sh
PREFIX ?= /usr/local
# Without position independence there is nothing to relocate at start-up: 4 ms instead of 5.6.
RELEASE := --configuration release --static-swift-stdlib -Xswiftc -Xclang-linker -Xswiftc -no-pie

.DEFAULT_GOAL := help
.PHONY: help setup build demo test test-unit test-lab check format lab-up lab-down install clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## install the Debian packages that are missing
	@tools/setup

build: setup ## build the release binary, .build/release/docksing-shell
	swift build $(RELEASE) --product docksing-shell

demo: build lab-up ## run the tutorial for real, under Docker here and on the lab's cluster
	@tools/demo

test: setup check build test-unit test-lab ## run all tests, those on the lab's cluster too

test-unit: ## run the tests that need no cluster
	swift build --build-tests
	swift test --skip-build --skip LabTests

test-lab: lab-up ## run the tests on the lab's cluster
	swift build --build-tests
	eval "$$(lab/env)" && swift test --skip-build --filter LabTests

check: ## check format, Lua and shell scripts
	@tools/check

format: ## format the Swift code
	swift format --in-place --parallel --recursive --configuration .swift-format Package.swift Plugins Sources Tests

lab-up: ## raise the lab: a disposable Slurm cluster and a Docker engine on this machine
	@lab/up

lab-down: ## take the lab away
	@lab/down

install: build ## install the binary below PREFIX (/usr/local)
	install -D -m 755 .build/release/docksing-shell $(DESTDIR)$(PREFIX)/bin/docksing-shell

clean: ## remove what was built
	rm -rf .build
