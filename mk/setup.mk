# What has to be there before anything is built or run. Everything fetched goes
# into the cache ($AVSBED_CACHE, or ~/.cache/avsbed) under a hash of what made
# it; build/ and contracts/node_modules hold links into it. With fresh stamps
# none of apt, npm, node and go is started.
#
#   build/config.mk                     compiler and library flags
#   build/tools/{anvil,forge,cast,solc} the pinned tools
#   build/artifacts/eigenlayer-VERSION/ one JSON artifact for each contract
#   contracts/node_modules              OpenZeppelin, solc, foundry
#   operator/example/node_modules       viem

SETUP := tools/setup
STAMP := build/.stamp

# Goals that must work on a machine where nothing is installed.
BARE_GOALS := clean distclean help doctor check-source format
NEED_CONFIG := $(if $(MAKECMDGOALS),$(filter-out $(BARE_GOALS),$(MAKECMDGOALS)),all)

# A link into a cache that has been removed since is remade.
gone = $(if $(wildcard $(1)/.),,FORCE)

.PHONY: setup doctor
setup: $(STAMP)/npm $(STAMP)/eigenlayer $(STAMP)/example ## fetch what is missing: packages, tools, EigenLayer

doctor: ## what is here, which version, what is missing
	$(Q)tools/doctor

$(STAMP)/debian: $(SETUP)/debian $(SETUP)/debian.list $(SETUP)/lib.sh
	$(Q)$(SETUP)/debian
	$(Q)mkdir -p $(@D) && touch $@

build/config.mk: $(STAMP)/debian $(SETUP)/config
	$(Q)CC='$(CC)' $(SETUP)/config $@

$(STAMP)/npm: $(STAMP)/debian $(SETUP)/npm \
		contracts/package.json contracts/package-lock.json \
		$(call gone,contracts/node_modules/solc)
	$(Q)$(SETUP)/npm
	$(Q)touch $@

$(STAMP)/example: $(STAMP)/debian $(SETUP)/node operator/example/package-lock.json \
		operator/example/package.json $(call gone,operator/example/node_modules/viem)
	$(Q)$(SETUP)/node operator/example example viem
	$(Q)ln -sfn ../../build/example operator/example/node_modules
	$(Q)touch $@

$(STAMP)/eigenlayer: $(STAMP)/debian $(SETUP)/eigenlayer \
		$(wildcard anvil-state/*.go anvil-state/*.sha256) \
		anvil-state/go.mod anvil-state/go.sum \
		$(if $(wildcard build/artifacts/*/AllocationManager.json),,FORCE)
	$(Q)$(SETUP)/eigenlayer
	$(Q)touch $@
