#include "scenario/keys.h"

#include "base/nearest.h"

#include "base/base.h"

#define KEYS_MAX 32

/* Rows of the tables, short. */
#define KEY(name_, shape_, doc_) { .name = (name_), .shape = (shape_), .doc = (doc_) }
#define MUST(name_, shape_, doc_)                                              \
	{ .name = (name_), .shape = (shape_), .required = true, .doc = (doc_) }
#define IN(name_, shape_, table_, doc_)                                        \
	{                                                                      \
		.name = (name_), .shape = (shape_), .doc = (doc_),             \
		.inside = &(table_)                                            \
	}
#define WORD(name_, words_, doc_)                                              \
	{                                                                      \
		.name = (name_), .shape = SHAPE_WORD, .doc = (doc_),           \
		.words = (words_)                                              \
	}
#define END { .name = NULL }

static const char *const delays[] = { "fast", "mainnet", NULL };
static const char *const verdicts[] = { "fail", "timeout", "error", NULL };

const struct key_table keys_eigenlayer = {
	"`eigenlayer`",
	(const struct key_spec[]){
		KEY("release", SHAPE_TEXT, "which EigenLayer: 1.8.1"),
		WORD("delays", delays, "short ones, or those of mainnet"),
		KEY("tamper", SHAPE_TEXT,
		    "a contract whose code is changed, to see that it is "
		    "noticed"),
		END },
};

const struct key_table keys_token = {
	"a token",
	(const struct key_spec[]){
		KEY("decimals", SHAPE_NUMBER, "18 if unsaid"), END },
};

const struct key_table keys_contracts = {
	"`contracts`",
	(const struct key_spec[]){
		KEY("script", SHAPE_TEXT, "the forge script that deploys them"),
		KEY("names", SHAPE_LETS,
		    "what they are called here: name: Artifact"),
		KEY("with", SHAPE_LETS,
		    "parameters of the script; alone: other values of those "
		    "that the world has which is continued"),
		END },
};

const struct key_table keys_set = {
	"a set",
	(const struct key_spec[]){
		MUST("strategies", SHAPE_NAMES,
		     "the tokens whose stake counts in it"),
		END },
};

const struct key_table keys_avs = {
	"an AVS",
	(const struct key_spec[]){
		KEY("contract", SHAPE_TEXT,
		    "the contract that is the AVS; an account of its own if "
		    "unsaid"),
		IN("sets", SHAPE_LIST, keys_set,
		   "operator sets, from number 0 on"),
		KEY("wad", SHAPE_VALUE, "what part a slash takes"), END },
};

const struct key_table keys_operator = {
	"an operator",
	(const struct key_spec[]){
		KEY("tee", SHAPE_TEXT, "the platform it runs on: tdx"),
		KEY("stake", SHAPE_VALUE,
		    "what it deposited: 1000 PHA, or token: amount"),
		KEY("allocate", SHAPE_VALUE,
		    "how much of its magnitude, in effect from the start"),
		KEY("sets", SHAPE_NAMES, "to which operator sets"),
		KEY("joined", SHAPE_SWITCH, "is in them from the start"),
		KEY("process", SHAPE_SWITCH, "whether its program runs"),
		KEY("program", SHAPE_TEXT,
		    "an executable of the checkout, docs/foreign-operator.md; "
		    "ours if unsaid"),
		KEY("behaviour", SHAPE_VALUE, "settings of its program"),
		KEY("prepare", SHAPE_NAMES,
		    "what its program sees to by itself from the first step "
		    "on: register, deposit, allocate, opt-in"),
		END },
};

const struct key_table keys_process = {
	"a process",
	(const struct key_spec[]){
		MUST("program", SHAPE_TEXT,
		     "an executable of the checkout, docs/processes.md"),
		KEY("key", SHAPE_TEXT,
		    "the role whose key it has; it only reads if unsaid"),
		KEY("config", SHAPE_VALUE,
		    "a map, `config` of its configuration"),
		KEY("start", SHAPE_SWITCH,
		    "whether it runs from the start; on if unsaid"),
		KEY("awaited", SHAPE_SWITCH,
		    "whether a step waits until it says that it has handled "
		    "the head; on if unsaid"),
		END },
};

const struct key_table keys_aggregator = {
	"`aggregator`",
	(const struct key_spec[]){
		KEY("interval", SHAPE_VALUE,
		    "between two heartbeats of an operator, by the chain's "
		    "time; 60 seconds if unsaid"),
		KEY("maxAge", SHAPE_VALUE,
		    "how far the block that one names may be behind the "
		    "head; 20 blocks if unsaid"),
		END },
};

const struct key_table keys_fails = {
	"`fails`",
	(const struct key_spec[]){
		WORD("verdict", verdicts, "fail if unsaid"),
		KEY("line", SHAPE_NUMBER, "the line of the step that fails; where that is inside a verb, of its caller"),
		KEY("text", SHAPE_TEXTS, "what the explanation says"), END },
};

const struct key_table keys_take = {
	"a parameter",
	(const struct key_spec[]){
		MUST("type", SHAPE_VALUE, "operator, amount, uint256, …"),
		KEY("default", SHAPE_VALUE, "its value if it is not given"),
		END },
};

const struct key_table keys_expect = {
	"an expectation",
	(const struct key_spec[]){
		KEY("returns", SHAPE_VALUE, "what the act gives back"),
		KEY("reverts", SHAPE_CALL, "the error that it fails with"),
		KEY("emits", SHAPE_EVENTS, "events, in order"),
		KEY("changes", SHAPE_CHANGES, "all that changed in the ledger"),
		KEY("check", SHAPE_CHECKS, "conditions after it"),
		KEY("within", SHAPE_VALUE, "how long to wait for what may "
					   "come later"),
		END },
};

const struct key_table keys_shared = {
	"a world",
	(const struct key_spec[]){
		IN("eigenlayer", SHAPE_IN, keys_eigenlayer,
		   "which EigenLayer there is"),
		IN("tokens", SHAPE_EACH, keys_token,
		   "tokens, each with a strategy"),
		IN("contracts", SHAPE_IN, keys_contracts,
		   "contracts that a forge script deploys"),
		IN("avs", SHAPE_EACH, keys_avs, "AVSs and their operator sets"),
		KEY("roles", SHAPE_NAMES, "accounts with ETH and no rights"),
		IN("operators", SHAPE_EACH, keys_operator,
		   "operators; several names share what follows: alice, bob"),
		IN("aggregator", SHAPE_IN, keys_aggregator,
		   "takes the heartbeats of the AVS's operators; without it "
		   "they send none"),
		IN("processes", SHAPE_EACH, keys_process,
		   "other programs than operators': a keeper, an indexer"),
		KEY("platforms", SHAPE_MAPS, "kinds of TEE hosts"),
		KEY("watch", SHAPE_VALUES,
		    "expressions that count in `changes` as well"),
		KEY("table", SHAPE_LETS,
		    "what is shown beside each operator while it is up"),
		KEY("verbs", SHAPE_NAMES, "folders below verbs/"),
		KEY("invariants", SHAPE_NAMES,
		    "files of invariants/ that hold after every step"),
		END },
};

const struct key_table keys_world = {
	"a world",
	(const struct key_spec[]){
		MUST("world", SHAPE_TEXT, "its name, that of the file"),
		KEY("from", SHAPE_TEXTS, "worlds that it continues"), END },
};

const struct key_table keys_scenario = {
	"a scenario",
	(const struct key_spec[]){
		MUST("scenario", SHAPE_TEXT, "what it shows, in one sentence"),
		KEY("why", SHAPE_TEXT, "why that matters"),
		KEY("world", SHAPE_TEXT, "a file of worlds/"),
		KEY("from", SHAPE_TEXT, "a scenario whose steps come first"),
		KEY("needs", SHAPE_CHECKS, "it is skipped unless this holds"),
		KEY("tags", SHAPE_NAMES, "for run --tag"),
		KEY("cases", SHAPE_ROWS,
		    "it is played once for each row, as a scenario of its "
		    "own"),
		IN("fails", SHAPE_IN, keys_fails,
		   "it must fail, there and in this way"),
		MUST("steps", SHAPE_STEPS, "what is done and checked"), END },
};

const struct key_table keys_verb = {
	"a verb",
	(const struct key_spec[]){
		MUST("verb", SHAPE_TEXT, "its name"),
		KEY("doc", SHAPE_TEXT, "what it does, in a sentence"),
		MUST("takes", SHAPE_TAKES,
		     "its parameters; the first is the main argument"),
		KEY("steps", SHAPE_STEPS, "the last one is its act"),
		KEY("gives", SHAPE_LETS, "what its result holds"), END },
};

const struct key_table keys_invariant = {
	"an invariant",
	(const struct key_spec[]){
		MUST("invariant", SHAPE_TEXT, "what holds, in one sentence"),
		KEY("each", SHAPE_ROWS, "for each of these"),
		MUST("check", SHAPE_CHECKS, "conditions, after every step"),
		END },
};

const struct key_spec *keys_find(const struct key_table *t, const char *name)
{
	for (const struct key_spec *k = t->keys; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

const char *keys_nearest(const struct key_table *t, const char *name)
{
	const char *names[KEYS_MAX];
	size_t n = 0;

	for (const struct key_spec *k = t->keys; k->name; k++) {
		ASSERT(n < KEYS_MAX);
		names[n++] = k->name;
	}
	return nearest_name(name, names, n);
}
