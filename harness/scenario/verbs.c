#include "scenario/verbs.h"

#include "base/base.h"

/* Rows of the table, short. */
#define VALUE(name_, want_, required_, doc_)                                   \
	{                                                                      \
		.name = (name_), .form = FORM_VALUE, .want = (want_),          \
		.required = (required_), .doc = (doc_)                         \
	}
#define FORM(name_, form_, required_, doc_)                                    \
	{                                                                      \
		.name = (name_), .form = (form_), .required = (required_),     \
		.doc = (doc_)                                                  \
	}

#define STEPS FORM("steps", FORM_STEPS, true, "the steps, in order")

const struct verb_spec verb_specs[VERB__COUNT] = {
	[VERB_SEND] = {
		.name = "send",
		.main = FORM("call", FORM_CALL, true,
			     "a contract's function with its arguments"),
		.params = {
			VALUE("value", WANT_NUMBER, false,
			      "wei sent along; 0 if unsaid"),
		},
		.doc = "Sends a transaction and waits until it is in a block.",
		.example = "- send: PHA.transfer(bob, 1 PHA)\n"
			   "  as: alice\n"
			   "  changes:\n"
			   "    alice.balance.PHA: -1 PHA\n"
			   "    bob.balance.PHA: +1 PHA\n",
		.acts = true,
	},
	[VERB_CALL] = {
		.name = "call",
		.main = FORM("call", FORM_CALL, true,
			     "a contract's function with its arguments"),
		.doc = "Calls a function without a transaction; what it "
		       "returns is the step's result.",
		.example = "- call: PHA.balanceOf(alice)\n"
			   "  returns: 5 PHA\n",
		.acts = true,
	},
	[VERB_LET] = {
		.name = "let",
		.main = FORM("names", FORM_LETS, true, "name: value"),
		.doc = "Names values; later ones may use earlier ones.",
		.example = "- let: {half: 50%, whole: $half * 2}\n"
			   "- check: $whole == 100%\n",
	},
	[VERB_ADVANCE] = {
		.name = "advance",
		.main = FORM("how far", FORM_ADVANCE, true,
			     "blocks, a time, `to` a moment or `past` a "
			     "window"),
		.doc = "Moves the chain; nothing else moves time.",
		.example = "- advance: 10 blocks\n"
			   "  check: head == before(head) + 10 blocks\n",
		.acts = true,
	},
	[VERB_REORG] = {
		.name = "reorg",
		.main = VALUE("depth", WANT_BLOCKS, true,
			      "how many blocks are taken back"),
		.params = {
			FORM("steps", FORM_STEPS, false,
			     "what the other branch holds instead"),
		},
		.doc = "Takes back the last blocks and mines as many others.",
		.example = "- reorg: 1 block                              # that of the challenge\n"
			   "  check: count(SlaChallengeIssued) == 0\n",
		.acts = true,
	},
	[VERB_START] = {
		.name = "start",
		.main = VALUE("process", WANT_PROCESS, true, "which process"),
		.doc = "Starts a process and waits until it is ready.",
		.example = "- stop: alice\n"
			   "- start: alice\n"
			   "  check: alice.running\n",
		.repeats = true,
		.acts = true,
	},
	[VERB_STOP] = {
		.name = "stop",
		.main = VALUE("process", WANT_PROCESS, true, "which process"),
		.doc = "Asks a process to end (SIGTERM) and waits for it.",
		.example = "- stop: alice\n"
			   "  check: not alice.running\n",
		.repeats = true,
		.acts = true,
	},
	[VERB_KILL] = {
		.name = "kill",
		.main = VALUE("process", WANT_PROCESS, true, "which process"),
		.doc = "Ends a process at once (SIGKILL).",
		.example = "- kill: alice\n"
			   "  check: not alice.running\n",
		.repeats = true,
		.acts = true,
	},
	[VERB_PAUSE] = {
		.name = "pause",
		.main = VALUE("process", WANT_PROCESS, true, "which process"),
		.doc = "Stops a process where it stands (SIGSTOP): alive and "
		       "silent.",
		.example = "- pause: alice\n"
			   "- challenge: alice\n"
			   "  emits: [SlaChallengeIssued, not SlaChallengeResponded]\n",
		.repeats = true,
		.acts = true,
	},
	[VERB_RESUME] = {
		.name = "resume",
		.main = VALUE("process", WANT_PROCESS, true, "which process"),
		.doc = "Lets a paused process go on (SIGCONT).",
		.example = "- pause: alice\n"
			   "- challenge: alice\n"
			   "- resume: alice\n"
			   "  emits: [SlaChallengeResponded]\n",
		.repeats = true,
		.acts = true,
	},
	[VERB_CONFIGURE] = {
		.name = "configure",
		.main = VALUE("operator", WANT_OPERATOR, true,
			      "which operator"),
		.params = {
			VALUE("behaviour", WANT_JSON, true,
			      "settings, merged over those it has"),
		},
		.doc = "Changes how an operator behaves, also while it runs.",
		.example = "- configure: alice\n"
			   "  behaviour: {deaf: true}\n"
			   "- challenge: alice\n"
			   "  emits: [SlaChallengeIssued, not SlaChallengeResponded]\n",
		.repeats = true,
		.acts = true,
	},
	[VERB_RUN] = {
		.name = "run",
		.main = FORM("command", FORM_COMMAND, true,
			     "an operator and the words of its command line"),
		.doc = "Runs an operator's own command line to its end; gives "
		       "exit, out and err.",
		.example = "- run: alice status\n"
			   "  returns: {exit: 0}\n",
		.acts = true,
	},
	[VERB_HTTP] = {
		.name = "http",
		.main = FORM("request", FORM_REQUEST, true,
			     "METHOD target/path"),
		.params = {
			VALUE("body", WANT_JSON, false, "sent as JSON"),
		},
		.doc = "Makes an HTTP request; gives status and body.",
		.example = "- http: GET alice.node/eigen/node/health\n"
			   "  returns: {status: 200, body: empty}\n",
		.acts = true,
	},
	[VERB_PUT] = {
		.name = "put",
		.main = FORM("file", FORM_FILE, true, "process/path"),
		.params = {
			VALUE("content", WANT_JSON, true,
			      "text, bytes, a map as JSON; none removes it"),
		},
		.doc = "Writes a file of an operator's directory.",
		.example = "- put: alice/notes.json\n"
			   "  content: {seen: [1, 2]}\n"
			   "- check: alice.file(\"notes.json\").json.seen == [1, 2]\n",
		.acts = true,
	},
	[VERB_BREAK] = {
		.name = "break",
		.main = VALUE("target", WANT_ANY, true,
			      "`alice.tee`, `alice.rpc`, `phala.aggregator`"),
		.params = {
			VALUE("by", WANT_FAULT, true,
			      "a fault by name, with its settings"),
		},
		.doc = "Puts a fault in place until `mend`.",
		.example = "- break: alice.tee\n"
			   "  by: td-debug\n"
			   "- challenge: alice\n"
			   "  emits: [SlaChallengeIssued, not SlaChallengeResponded]\n",
		.repeats = true,
		.acts = true,
	},
	[VERB_MEND] = {
		.name = "mend",
		.main = VALUE("target", WANT_ANY, true,
			      "what was broken"),
		.doc = "Takes all faults of a target away.",
		.example = "- break: alice.tee\n"
			   "  by: td-debug\n"
			   "- challenge: alice\n"
			   "- mend: alice.tee\n"
			   "- advance: 1 block\n"
			   "  emits: [SlaChallengeResponded]\n",
		.repeats = true,
		.acts = true,
	},
	[VERB_INTEL] = {
		.name = "intel",
		.main = VALUE("time", WANT_TIME, true,
			      "of this issue: good from a day before to thirty "
			      "days after"),
		.params = {
			VALUE("says", WANT_JSON, false,
			      "what is new: `revoke` and `restore`: operators' "
			      "platforms, `status`: TCB statuses by operator, "
			      "`bar`: how many TCB recoveries there were"),
		},
		.doc = "Intel issues collateral anew. What is on chain stays "
		       "until somebody puts it there.",
		.example = "- intel: now\n"
			   "  says: {status: {alice: OutOfDate}}\n"
			   "- put collateral: alice\n",
		.acts = true,
	},
	[VERB_CHECK] = {
		.name = "check",
		.main = FORM("condition", FORM_CHECKS, true,
			     "a condition, or a list of which all must hold"),
		.doc = "Checks conditions on the state as it is.",
		.example = "- check:\n"
			   "    - PHA.balanceOf(alice) == 5 PHA\n"
			   "    - count(SlaChallengeIssued) == 1\n",
	},
	[VERB_EACH] = {
		.name = "each",
		.main = FORM("rows", FORM_ROWS, true,
			     "a product, a table with a header row, or a list "
			     "of maps"),
		.params = { STEPS },
		.doc = "Plays its steps for row after row; a row goes on from "
		       "where the one before ended.",
		.example = "- each: {who: [alice, bob]}\n"
			   "  steps:\n"
			   "    - send: PHA.transfer($who, 1 PHA)\n"
			   "      as: carol\n"
			   "- check: carol.balance.PHA == 3 PHA\n",
	},
	[VERB_CASES] = {
		.name = "cases",
		.main = FORM("rows", FORM_ROWS, true,
			     "a product, a table with a header row, or a list "
			     "of maps"),
		.params = { STEPS },
		.doc = "Plays its steps for every row, each from this same "
		       "state.",
		.example = "- cases:\n"
			   "    - [amount, error]\n"
			   "    - [5 PHA, none]\n"
			   "    - [6 PHA, 'Error(\"ERC20: transfer amount "
			   "exceeds balance\")']\n"
			   "  steps:\n"
			   "    - send: PHA.transfer(bob, $amount)\n"
			   "      as: alice\n"
			   "      reverts: $error\n",
	},
	[VERB_EDGE] = {
		.name = "edge",
		.main = VALUE("window", WANT_WINDOW, true,
			      "{through: block(n)} or {before: time(n)}"),
		.params = {
			STEPS,
			FORM("inside", FORM_EXPECT, true,
			     "what the last step does at the window's last "
			     "moment"),
			FORM("outside", FORM_EXPECT, true,
			     "what it does one block or second later"),
		},
		.doc = "Plays its steps twice from this state: at the last "
		       "moment inside a window, and at the first outside.",
		.example = "- edge: $c.window\n"
			   "  steps:\n"
			   "    - respond: $c\n"
			   "  inside: {emits: [SlaChallengeResponded]}\n"
			   "  outside: {reverts: ResponseWindowClosed}\n",
	},
	[VERB_ORDERS] = {
		.name = "orders",
		.main = FORM("arms", FORM_ARMS, true,
			     "name: [steps], two or more"),
		.doc = "Plays its arms in every order, each order from this "
		       "same state; of five arms or more in 24 of them, which "
		       "the seed chooses.",
		.example = "- orders:\n"
			   "    answer: [{respond: $c}]\n"
			   "    pause: [{pause: bob}]\n"
			   "  check: slaOracle.getChallengeDetails($c.id).responded\n",
	},
	[VERB_TOGETHER] = {
		.name = "together",
		.main = FORM("steps", FORM_STEPS, true,
			     "the steps whose transactions share a block: "
			     "`send`, and verbs that send once"),
		.params = {
			VALUE("order", WANT_TEXT, false,
			      "`written`, if unsaid; or `seeded`: within the "
			      "block they stand as the seed says"),
		},
		.doc = "Puts the transactions of its steps in one block.",
		.example = "- together:\n"
			   "    - challenge: alice\n"
			   "    - challenge: bob\n"
			   "  emits:\n"
			   "    - SlaChallengeIssued: {operator: alice}\n"
			   "    - SlaChallengeIssued: {operator: bob}\n",
		.acts = true,
	},
};

const struct common_spec common_specs[COMMON__COUNT] = {
	[COMMON_AS] = { "as", "who sends: an actor or a contract" },
	[COMMON_AT] = { "at", "the block or second in which the act happens" },
	[COMMON_VIA] = { "via", "a contract that forwards the call" },
	[COMMON_RETURNS] = { "returns", "what the act gives back: a pattern" },
	[COMMON_REVERTS] = { "reverts", "the error that the act fails with" },
	[COMMON_EMITS] = { "emits", "events in order, others may stand "
				    "between; a list inside: any order" },
	[COMMON_CHANGES] = { "changes", "all that changed in the ledger; "
					"`...: any` for the rest" },
	[COMMON_CHECK] = { "check", "conditions after the step" },
	[COMMON_WITHIN] = { "within", "how long to wait for what may come "
				      "later" },
	[COMMON_SAVE] = { "save", "the name of the result from here on" },
	[COMMON_WHEN] = { "when", "the step is skipped unless this holds" },
};

static const char *const want_names[WANT__COUNT] = {
	[WANT_ANY] = "anything",
	[WANT_ABI] = "a value of the ABI",
	[WANT_OPERATOR] = "an operator",
	[WANT_ACTOR] = "an actor",
	[WANT_TOKEN] = "a token",
	[WANT_SET] = "an operator set",
	[WANT_CONTRACT] = "a contract",
	[WANT_PROCESS] = "a process",
	[WANT_AMOUNT] = "an amount",
	[WANT_WAD] = "a share of one (5%)",
	[WANT_TIME] = "a time",
	[WANT_BLOCK] = "a block number",
	[WANT_DURATION] = "a duration",
	[WANT_BLOCKS] = "a number of blocks",
	[WANT_WINDOW] = "a window",
	[WANT_STRUCT] = "a struct",
	[WANT_TEXT] = "a text",
	[WANT_JSON] = "JSON",
	[WANT_FAULT] = "a fault",
	[WANT_CALL] = "a call",
	[WANT_BOOL] = "a truth value",
	[WANT_NUMBER] = "a number",
};

enum verb verb_find(const char *name)
{
	for (int v = 0; v < VERB__COUNT; v++)
		if (!strcmp(verb_specs[v].name, name))
			return (enum verb)v;
	return VERB__COUNT;
}

int verb_param(enum verb v, const char *name)
{
	const struct param_spec *p = verb_specs[v].params;

	for (int i = 0; p[i].name; i++)
		if (!strcmp(p[i].name, name))
			return i;
	return -1;
}

const char *want_name(enum want_kind k)
{
	return want_names[k];
}
