# Two commands do everything: `make run` and `make test`. The others are the inner loop.

.PHONY: run build test check setup bench simulate storm fuzz fmt

# The main job: a shop issues three invoices against the simulator, and the server keeps serving.
run: build
	target/release/stalela demo

build:
	cargo build --release --bin stalela

# Everything: formatting, lints, every test. Installs what the tests need, or says what is missing.
test: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	tools/run-tests

setup:
	tools/install-test-tools
	tools/install-foreign-clients

# The fast inner loop: no outside judges, no crash tests.
check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	STALELA_TESTS=fast tools/run-tests

# The judged figures beside their baselines and physical limits, in some minutes; all but `bench growth`,
# which takes more than an hour: docs/performance.md.
bench: build
	tools/bench

# Seeded schedules with crashes, lying lines and full disks, over the real code: docs/testing.md.
# The first seed that fails ends it, with its trace; it fails again alone. STORE=postgres takes a real
# PostgreSQL, and breaks the line to it.
STORE ?= sqlite
N ?= $(if $(filter postgres,$(STORE)),200,10000)
SEED ?= 1
simulate:
	cargo build --release -p simulation
	target/release/simulation $(N) $(SEED) --store $(STORE)

# Real processes, killed under load on each store: docs/testing.md.
storm: KILLS = $(if $(filter command line,$(origin N)),$(N),200)
storm:
	STALELA_KILLS=$(KILLS) cargo nextest run -p cli --test e2e --success-output immediate \
		-E 'test(/^kills::slow/)'

# Readers of foreign bytes under libFuzzer: docs/testing.md names the targets.
TARGET ?= documents
SECONDS ?= 60
fuzz:
	tools/fuzz $(TARGET) $(SECONDS)

fmt:
	cargo fmt --all
