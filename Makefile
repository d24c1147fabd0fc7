# Two commands do everything: `make demo` and `make test`. Both say what is missing and how to get it.

.PHONY: demo test check build images bench fuzz

# Builds jettison, makes a real nginx image out of Debian packages, slims and verifies it, prints before and after.
demo:
	@bash scripts/demo.sh

# Everything CI runs: the fast checks first, then the tests that need namespaces, a Docker engine and real images.
test:
	@bash scripts/test.sh

# Only the fast checks: formatting, lints, house rules, unit tests.
check:
	@bash scripts/test.sh fast

build:
	@cargo build --release --package jettison

# The test images, once; later runs reuse them.
images:
	@bash tests/images.sh build

bench: build
	@bash benches/slim.sh
