# How C becomes programs. Rooms are listed in layer order; a room links with
# itself and the rooms before it, so a dependency upwards fails to link.
#
#   harness/<room>/*.c          build/<variant>/lib<room>.a
#   harness/cli, operator, simulate    build/bin/{avsbed,avs-operator,tee-sim}
#   …/test/test_*.c             build/<variant>/test/…, one program each
#   harness/<room>/fuzz/*.c     build/<variant>/fuzz/…, with a corpus replayer
#   harness/test/*.c            kit.a, linked with every test

ROOMS := base crypto codec io eth devnet report scenario cli
# What a real program may use: never the harness that tests it.
PROGRAM_ROOMS := base crypto codec io eth
PROGRAM_DIRS := operator simulate

CC := gcc
CLANG := clang
AR := ar

ifneq ($(NEED_CONFIG),)
# Written by tools/setup/config once the packages are there: LIBS, LIB_CFLAGS,
# CMOCKA and HARDEN for this machine.
include build/config.mk
endif

# --- flags -------------------------------------------------------------------

CPPFLAGS := -D_GNU_SOURCE -Iharness -I. $(LIB_CFLAGS)
WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wmissing-declarations -Wold-style-definition \
	-Wcast-qual -Wcast-align -Wwrite-strings -Wpointer-arith \
	-Wconversion -Wsign-conversion -Wundef -Wvla -Wformat=2 \
	-Wdouble-promotion -Wswitch-enum -Wunused-result -Wdate-time \
	-fno-common
WARN_GCC := -Wlogical-op -Wduplicated-cond -Wduplicated-branches \
	-Wformat-signedness -Wjump-misses-init -Wimplicit-fallthrough=5 \
	-Warith-conversion -Wcast-align=strict -Wstringop-overflow=4
# Not for tests: cmocka's macros cast the results of calls.
WARN_OURS := -Wbad-function-cast
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer

CC_opt := $(CC) -std=c17 -O2 -g $(HARDEN) $(WARN) $(WARN_GCC) \
	-Wnull-dereference
# A report needs lines, and no types: a quarter less to compile.
CC_asan := $(CC) -std=c17 -O1 -g1 $(SANITIZE) $(WARN) $(WARN_GCC)
CC_cov := $(CC) -std=c17 -O0 -g --coverage $(WARN) $(WARN_GCC)
CC_fuzz := $(CLANG) -std=c17 -O1 -g -fsanitize=fuzzer-no-link $(SANITIZE) \
	-DLIBFUZZER $(WARN) \
	-Wno-string-conversion -Wno-format-nonliteral
LD_opt := $(CC) -g -Wl,-z,relro,-z,now -rdynamic
LD_asan := $(CC) $(SANITIZE) -rdynamic
LD_cov := $(CC) --coverage -Wl,--wrap=kill,--wrap=raise,--wrap=_exit
# Who is killed, or exits at once, writes its counters, too.
ALSO_cov := build/cov/tools/coverage.o
LD_fuzz := $(CLANG) -fsanitize=fuzzer $(SANITIZE)
# The stack of one function; sanitizers and -O0 pad frames, so only here.
OURS_opt := -Wstack-usage=20480
VARIANTS := opt asan cov fuzz

# --- what there is -----------------------------------------------------------

room_src = $(sort $(wildcard harness/$(1)/*.c))
HAVE_ROOMS := $(strip $(foreach r,$(ROOMS),$(if $(call room_src,$(r)),$(r))))
HAVE_DIRS := $(strip $(foreach d,$(PROGRAM_DIRS),$(if $(wildcard $(d)/*.c),$(d))))
KIT_SRC := $(sort $(filter-out %/fuzz_replay.c,$(wildcard harness/test/*.c)))
TEST_SRC := $(sort $(wildcard $(ROOMS:%=harness/%/test/test_*.c) \
	$(PROGRAM_DIRS:%=%/test/test_*.c)))
FUZZ_SRC := $(sort $(wildcard $(ROOMS:%=harness/%/fuzz/fuzz_*.c) \
	$(PROGRAM_DIRS:%=%/fuzz/fuzz_*.c)))
PROGRAMS := $(if $(filter cli,$(HAVE_ROOMS)),build/bin/avsbed) \
	$(if $(filter operator,$(HAVE_DIRS)),build/bin/avs-operator) \
	$(if $(filter simulate,$(HAVE_DIRS)),build/bin/tee-sim)
TESTS := $(basename $(TEST_SRC) $(FUZZ_SRC))

.PHONY: programs
programs: $(PROGRAMS)

# upto(ROOM): the rooms that there are, from ROOM down to base, in link order.
reverse = $(if $(1),$(call reverse,$(wordlist 2,99,$(1))) $(firstword $(1)))
through = $(if $(2),$(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,\
	$(call through,$(1),$(wordlist 2,99,$(2)))))
upto = $(strip $(filter $(HAVE_ROOMS),$(call reverse,$(call through,$(1),$(ROOMS)))))

# deps(SOURCE): the archives that SOURCE's program links with.
room_of = $(if $(filter harness/%,$(1)),$(word 2,$(subst /, ,$(1))),\
	$(firstword $(subst /, ,$(1))))
deps = $(strip $(if $(filter harness/%,$(1)),$(call upto,$(call room_of,$(1))),\
	$(call room_of,$(1)) $(filter $(HAVE_ROOMS),$(call reverse,$(PROGRAM_ROOMS)))))
libs = $(patsubst %,build/$(1)/lib%.a,$(2))

# A test may ask for linker options (fault injection by --wrap) in a comment of
# its own: /* LINK: -Wl,--wrap=open */
link_of = $$(sed -n 's|^/\* LINK: \(.*\) \*/$$|\1|p' $(1))

# --- rules, once for each variant --------------------------------------------

# An archive is made anew when a source comes or goes, not only when one changes.
differ = $(if $(filter-out $(1),$(2))$(filter-out $(2),$(1)),FORCE)
members = $(if $(wildcard $(1)),$(file <$(1)))

# archive(VARIANT, NAME, SOURCES)
define archive
build/$(1)/lib$(2).a: $(patsubst %.c,build/$(1)/%.o,$(3)) \
		$(call differ,$(call members,build/$(1)/lib$(2).list),$(3))
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@
	$$(Q)$(AR) rcsD $$@ $$(filter %.o,$$^)
	$$(Q)echo '$(3)' >build/$(1)/lib$(2).list
endef

# A fuzz target's main replays its corpus; under libFuzzer it is the entry point.
replayer = $(if $(filter $(2),$(FUZZ_SRC)),build/$(1)/harness/test/fuzz_replay.o)

# test(VARIANT, SOURCE)
define test
build/$(1)/$(basename $(2)): build/$(1)/$(2:.c=.o) $(call replayer,$(1),$(2)) \
		$(ALSO_$(1)) build/$(1)/libkit.a \
		$(call libs,$(1),$(call deps,$(2)))
	$$(call say,LD,$$@)
	$$(Q)$$(LD_$(1)) -o $$@ $$(filter %.o %.a,$$^) $$(call link_of,$(2)) \
		-Wl,--as-needed $(CMOCKA) $(LIBS)
endef

define variant
build/$(1)/%.o: %.c Makefile mk/build.mk build/config.mk
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$(CC_$(1)) $(CPPFLAGS) $$(if $$(findstring /test,$$<)$$(findstring \
		/fuzz/,$$<),,$(WARN_OURS) $(OURS_$(1))) -MMD -MP -c -o $$@ $$<
$(foreach r,$(HAVE_ROOMS),$(eval $(call archive,$(1),$(r),$(call room_src,$(r)))))
$(foreach d,$(HAVE_DIRS),$(eval $(call archive,$(1),$(d),$(sort $(wildcard $(d)/*.c)))))
$(eval $(call archive,$(1),kit,$(KIT_SRC)))
$(foreach s,$(TEST_SRC) $(FUZZ_SRC),$(eval $(call test,$(1),$(s))))
-include $(wildcard $(patsubst %.c,build/$(1)/%.d,$(wildcard \
	harness/*/*.c harness/*/test/*.c harness/*/fuzz/*.c \
	$(PROGRAM_DIRS:%=%/*.c) $(PROGRAM_DIRS:%=%/test/*.c))))
endef
$(foreach v,$(VARIANTS),$(eval $(call variant,$(v))))

# Files that the assembler puts into an object.
$(VARIANTS:%=build/%/harness/report/assets.o): $(wildcard harness/report/assets/*)

# The linker takes main() out of the first archive.
build/bin/avsbed: $(call libs,opt,$(call upto,cli))
build/bin/avs-operator: $(call libs,opt,$(call deps,operator/main.c))
build/bin/tee-sim: $(call libs,opt,$(call deps,simulate/main.c))
# A run starts hundreds of operators, and a fifth of such a start was to find, map
# and relocate four small libraries; avsbed calls them a million times a run, and
# had 400 KiB more in memory. They stay their own: what libmicrohttpd brings along
# has nettle, too.
OWN := libjansson.a libyaml.a libsecp256k1.a libnettle.a
have_own = $(filter /%,$(foreach l,$(OWN),$(shell $(CC) -print-file-name=$(l))))
comma := ,
$(PROGRAMS): LINK = $(have_own) \
	$(addprefix -Wl$(comma)--exclude-libs=,$(OWN))
# An operator that is asked for its metrics would load eleven more for its HTTP
# server, in twice the time of its start. No server of ours has TLS, so that
# nothing of what libmicrohttpd wants of GnuTLS is ever needed. One that was built
# to want more than that is not linked in, and loaded as in the other programs.
# To avsbed these eleven were more than a megabyte.
have_mhd = $(filter /%,$(shell $(CC) -print-file-name=libmicrohttpd.a))
tls_of = $(sort $(filter gnutls_%,$(shell nm -u $(have_mhd) 2>/dev/null)))
build/bin/avsbed build/bin/avs-operator: LINK_MHD = $(if $(have_mhd),-Wl$(comma)-u$(comma)MHD_run \
	$(have_mhd) -Wl$(comma)--exclude-libs=libmicrohttpd.a \
	$(patsubst %,-Wl$(comma)--defsym=%=no_tls,$(tls_of)))
build/bin/%:
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(if $(LINK_MHD),$(LD_opt) -o $@ $^ $(LINK) $(LINK_MHD) \
		-Wl$(comma)--as-needed $(LIBS) 2>/dev/null ||) \
		$(LD_opt) -o $@ $^ $(LINK) -Wl,--as-needed $(LIBS)

# The same with counters or sanitizers, in a checkout that tools/links completes:
# tests and scenarios run processes, and what these execute is meant too.
define checkout
build/$(1)/checkout/build/bin/avsbed: $(call libs,$(1),$(call upto,cli))
build/$(1)/checkout/build/bin/avs-operator: $(call libs,$(1),$(call deps,operator/main.c))
build/$(1)/checkout/build/bin/tee-sim: $(call libs,$(1),$(call deps,simulate/main.c))
build/$(1)/checkout/build/bin/%: $(ALSO_$(1))
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(LD_$(1)) -rdynamic -o $$@ $$^ -Wl,--as-needed $$(LIBS)
endef
$(foreach v,asan cov,$(eval $(call checkout,$(v))))

# --- benchmarks --------------------------------------------------------------

build/bench/bench: build/opt/bench/bench.o build/opt/bench/memory.o \
		build/opt/bench/use.o build/opt/bench/replay.o \
		$(call libs,opt,$(call upto,io))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(LD_opt) -o $@ $^ -Wl,--as-needed $(LIBS)

build/bench/tee: build/opt/bench/tee.o \
		$(call libs,opt,$(call deps,simulate/bench.c))
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(LD_opt) -o $@ $^ -Wl,--as-needed $(LIBS)

# Preloaded into avsbed, whose functions it uses.
build/bench/probe.so: bench/probe.c bench/record.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC_opt) -Wno-pedantic $(CPPFLAGS) -fPIC -shared -o $@ $<

# Preloaded into runs by a test, and into all that they start.
STEPPING_CLOCK := build/test/stepping_clock.so
$(STEPPING_CLOCK): harness/cli/test/stepping_clock.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC_opt) $(CPPFLAGS) -fPIC -shared -o $@ $<
$(VARIANTS:%=build/%/harness/cli/test/test_twice): | $(STEPPING_CLOCK)

.PHONY: FORCE
FORCE:
