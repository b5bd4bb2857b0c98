#include "test/kit.h"

#include <sys/stat.h>

#include "base/base.h"

#include "codec/abi.h"
#include "scenario/load.h"
#include "scenario/verbs.h"

/* A folder of scenarios made for one test. */
struct shelf {
	char *dir;
	struct library *lib;
	struct diags diags;
};

static void make_dirs(const char *path)
{
	CLEANUP(freep) char *copy = xstrdup(path);

	for (char *s = copy + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		(void)mkdir(copy, 0777);
		*s = '/';
	}
}

static void put(const struct shelf *s, const char *name, const char *text)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", s->dir, name);
	struct err e = ERR_INIT;

	make_dirs(path);
	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
}

static void shelf_new(struct shelf *s)
{
	s->dir = kit_tmpdir_new();
	diags_init(&s->diags);
	s->lib = library_new(s->dir, &s->diags);
	put(s, "worlds/core.yaml",
	    "world: core\n"
	    "eigenlayer: {release: 1.8.1, delays: fast}\n"
	    "roles: [carol]\n");
	put(s, "worlds/tok.yaml",
	    "world: tok\n"
	    "from: core\n"
	    "tokens: {TOK: {decimals: 6}}\n"
	    "contracts: {script: x.s.sol, names: {manager: Manager},"
	    " with: {size: 5}}\n"
	    "avs: {avs: {contract: manager, sets: [{strategies: [TOK]}]}}\n"
	    "platforms: {tdx: {status: UpToDate}}\n"
	    "verbs: [v]\n");
	put(s, "verbs/v/say.yaml",
	    "verb: say\n"
	    "takes: {who: operator, loud: bool = true, to: [operator],"
	    " how: {type: text, default: so}}\n"
	    "steps: [{send: manager.say($who)}]\n"
	    "gives: {x: 1, y: $x}\n");
}

static void shelf_done(struct shelf *s)
{
	library_free(s->lib);
	diags_done(&s->diags);
	kit_tmpdir_free(s->dir);
}

static const struct scenario *load(struct shelf *s, const char *name)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", s->dir, name);

	return library_scenario(s->lib, path);
}

/* The only finding, at that place of that file, with that text in it. */
static void assert_finding(const struct shelf *s, const char *file,
			   unsigned line, unsigned col, const char *part)
{
	const struct diag *d = s->diags.items;

	if (s->diags.n != 1 || !strstr(d->pos.file, file) ||
	    d->pos.line != line || d->pos.col != col ||
	    !strstr(d->text, part)) {
		struct buf b = BUF_INIT(100000);

		diags_format(&b, &s->diags);
		fail_msg("wanted %s:%u:%u: %s; got\n%s", file, line, col, part,
			 buf_str(&b));
	}
}

static void a_world_over_its_bases(void **state)
{
	struct shelf s;
	const struct world *w;
	size_t i = 9, set = 9;

	(void)state;
	shelf_new(&s);
	put(&s, "worlds/both.yaml",
	    "world: both\nfrom: [core, tok]\nroles: [carol, dave]\n"
	    "platforms: {tdx: {status: Revoked}}\n");
	w = library_world(s.lib, "both");
	assert_int_equal(s.diags.n, 0);
	assert_string_equal(w->release, "1.8.1");
	assert_true(w->has_delays);
	assert_int_equal(w->tokens_n, 1);
	assert_int_equal(w->tokens[0].decimals, 6);
	assert_int_equal(w->deploys_n, 1);
	assert_string_equal(w->deploys[0].with[0].name, "size");
	assert_int_equal(w->platforms_n, 1);
	assert_string_equal(w->platforms[0].settings[0].value->name,
			    "Revoked");
	assert_int_equal(world_find(w, "carol", NULL, NULL), REF_ROLE);
	assert_int_equal(world_find(w, "dave", NULL, NULL), REF_ROLE);
	assert_int_equal(world_find(w, "avs#0", &i, &set), REF_SET);
	assert_int_equal(i, 0);
	assert_int_equal(set, 0);
	assert_int_equal(world_find(w, "avs#1", NULL, NULL), REF_NONE);
	assert_int_equal(world_find(w, "avs#x", NULL, NULL), REF_NONE);
	assert_int_equal(world_find(w, "TOK", NULL, NULL), REF_TOKEN);
	assert_int_equal(world_find(w, "eigenlayer", NULL, NULL),
			 REF_EIGENLAYER);
	assert_string_equal(world_artifact(w, "avs"), "Manager");
	assert_string_equal(world_artifact(w, "TOK"), "TOK");
	assert_string_equal(world_artifact(w, "allocationManager"),
			    "AllocationManager");
	assert_null(world_artifact(w, "carol"));
	assert_null(library_world(s.lib, "nowhere"));
	shelf_done(&s);
}

static void a_verb_and_what_it_takes(void **state)
{
	const struct verb_def *v;
	struct shelf s;

	(void)state;
	shelf_new(&s);
	v = world_verb(library_world(s.lib, "tok"), "say");
	assert_int_equal(s.diags.n, 0);
	assert_int_equal(v->takes_n, 4);
	assert_int_equal(v->takes[0].type.kind, WANT_OPERATOR);
	assert_null(v->takes[0].fallback);
	assert_int_equal(v->takes[1].type.kind, WANT_ABI);
	assert_int_equal(v->takes[1].type.abi->kind, ABI_BOOL);
	assert_string_equal(v->takes[1].fallback->name, "true");
	assert_int_equal(v->takes[1].fallback->pos.line, 2);
	assert_int_equal(v->takes[1].fallback->pos.col, 37);
	assert_true(v->takes[2].type.list);
	assert_string_equal(v->takes[3].fallback->name, "so");
	assert_int_equal(v->steps.n, 1);
	assert_int_equal(v->gives_n, 2);
	shelf_done(&s);
}

static void a_scenario_extends_its_world(void **state)
{
	const struct world_operator *o;
	const struct scenario *x;
	struct shelf s;

	(void)state;
	shelf_new(&s);
	put(&s, "a/b.yaml",
	    "scenario: t\nwhy: w\nworld: tok\ntags: [x, y]\n"
	    "roles: [erin]\n"
	    "operators:\n"
	    "  alice, bob: {tee: tdx, stake: 5 TOK, allocate: 50%,"
	    " sets: [avs#0]}\n"
	    "  dora: {stake: {TOK: 1 TOK}, process: off}\n"
	    "cases: {n: [1, 2], m: 3..4}\n"
	    "fails: {line: 12, text: late}\n"
	    "steps:\n"
	    "  - say: alice\n"
	    "    to: [bob]\n"
	    "    save: r\n");
	x = load(&s, "a/b.yaml");
	assert_int_equal(s.diags.n, 0);
	assert_string_equal(x->id, "a/b");
	assert_int_equal(x->tags_n, 2);
	assert_int_equal(x->world->operators_n, 3);
	o = &x->world->operators[1];
	assert_string_equal(o->name, "bob");
	assert_int_equal(o->pos.col, 10);
	assert_true(o->process);
	assert_string_equal(o->stake[0].token, "TOK");
	assert_false(x->world->operators[2].process);
	assert_int_equal(x->matrix->rows_n, 4);
	assert_int_equal(x->matrix->rows[1].cells[1]->number.w[0], 4);
	assert_int_equal(x->matrix->rows[2].cells[0]->number.w[0], 2);
	assert_int_equal(x->fails->line, 12);
	assert_int_equal(x->steps.steps[0]->verb, VERB_YAML);
	assert_string_equal(x->steps.steps[0]->def->name, "say");
	/* The world itself is as it was. */
	assert_int_equal(library_world(s.lib, "tok")->operators_n, 0);
	shelf_done(&s);
}

static void a_scenario_continues_another(void **state)
{
	const struct scenario *x;
	struct shelf s;

	(void)state;
	shelf_new(&s);
	put(&s, "base.yaml", "scenario: base\nworld: core\n"
			     "steps: [{check: head > 0}]\n");
	put(&s, "more.yaml", "scenario: more\nfrom: base\nroles: [zoe]\n"
			     "steps: [{check: now > time(0)}]\n");
	x = load(&s, "more.yaml");
	assert_int_equal(s.diags.n, 0);
	assert_string_equal(x->from->title, "base");
	assert_int_equal(world_find(x->world, "zoe", NULL, NULL), REF_ROLE);
	shelf_done(&s);
}

static void forms_of_steps(void **state)
{
	const struct step *const *steps;
	const struct scenario *x;
	struct shelf s;

	(void)state;
	shelf_new(&s);
	put(&s, "s.yaml",
	    "scenario: t\n"
	    "world: tok\n"
	    "operators: {alice: {stake: 1 TOK}}\n"
	    "steps:\n"
	    "  - advance: to block(5)\n"
	    "  - advance: past $w\n"
	    "  - run: alice sync --as $(hex(alice.id)) now\n"
	    "  - http: POST alice.node/a/$n.x\n"
	    "  - put: alice/b.json\n"
	    "    content: none\n"
	    "  - orders: {a: [{pause: alice}], b: [{kill: alice}]}\n"
	    "  - cases: [[case, n], [one, 1], [two, 2]]\n"
	    "    steps: [{check: $n > 0}]\n"
	    "  - each: {who: every operator}\n"
	    "    steps: [{check: alice.running}]\n"
	    "  - send: {manager.f: {a: 1}}\n"
	    "    emits: [A, [B, C], not D: {x: 1}]\n"
	    "    changes: {alice.shares.TOK: 1, ...: any}\n");
	x = load(&s, "s.yaml");
	assert_int_equal(s.diags.n, 0);
	steps = x->steps.steps;
	assert_int_equal(steps[0]->advance, ADVANCE_TO);
	assert_int_equal(steps[0]->main->kind, EXPR_CALL);
	assert_int_equal(steps[0]->main->pos.col, 17);
	assert_int_equal(steps[1]->advance, ADVANCE_PAST);
	assert_int_equal(steps[2]->words_n, 4);
	assert_string_equal(steps[2]->words[0]->items[0]->name, "sync");
	assert_string_equal(steps[3]->method, "POST");
	assert_int_equal(steps[3]->main->kind, EXPR_FIELD);
	assert_int_equal(steps[3]->path->n, 2);
	assert_int_equal(steps[4]->path->n, 1);
	assert_int_equal(steps[5]->arms_n, 2);
	assert_int_equal(steps[6]->rows->rows_n, 2);
	assert_string_equal(steps[6]->rows->rows[1].name, "two");
	assert_int_equal(steps[6]->rows->columns_n, 1);
	assert_true(steps[7]->rows->product);
	assert_string_equal(steps[8]->main->keys[0], "a");
	assert_int_equal(steps[8]->expect.emits_n, 3);
	assert_int_equal(steps[8]->expect.emits[1].kind, EVENT_ANY_ORDER);
	assert_int_equal(steps[8]->expect.emits[1].n, 2);
	assert_int_equal(steps[8]->expect.emits[2].kind, EVENT_NOT);
	assert_true(steps[8]->expect.changes_open);
	shelf_done(&s);
}

struct broken {
	const char *file, *text; /* put on the shelf beside "s.yaml" */
	unsigned line, col;
	const char *part;
};

/* Findings in worlds, verbs and files; "s.yaml" is in world w. */
static const struct broken broken[] = {
	{ "worlds/w.yaml", "world: w\nfrom: w\n", 2, 7,
	  "world `w` continues itself" },
	{ "worlds/w.yaml", "world: v\nfrom: core\n", 1, 8,
	  "this is the file of the world `w`" },
	{ "worlds/w.yaml", "world: w\nfrom: nope\n", 2, 7,
	  "there is no world `nope`" },
	{ "worlds/w.yaml", "world: w\nfrom: ../tok\n", 2, 7,
	  "there is no world `../tok`" },
	{ "worlds/w.yaml", "world: w\nfrom: core\nrole: [x]\n", 3, 1,
	  "a world has no `role`" },
	{ "worlds/w.yaml", "verb: w\n", 1, 1, "begins with `world: …`" },
	{ "worlds/w.yaml", "world: w\nroles: [head]\n", 2, 9,
	  "`head` means something" },
	{ "worlds/w.yaml", "world: w\nroles: [a b]\n", 2, 9,
	  "`a b` is no name" },
	{ "worlds/w.yaml", "world: w\ntokens: {A: {decimals: 99}}\n", 2, 24,
	  "decimals are a number up to 77" },
	{ "worlds/w.yaml", "world: w\nfrom: tok\ntokens: {TOK: {}}\n", 3, 10,
	  "`TOK` is already defined" },
	{ "worlds/w.yaml", "world: w\nroles: [x]\ntokens: {x: {}}\n", 2, 9,
	  "`x` is already defined" },
	{ "worlds/w.yaml", "world: w\neigenlayer: {delays: slow}\n", 2, 22,
	  "delays are `fast` or `mainnet`" },
	{ "worlds/w.yaml", "world: w\ncontracts: {names: {}}\n", 2, 12,
	  "`contracts` wants `script: path`" },
	{ "worlds/w.yaml", "world: w\navs: {a: {sets: [{}]}}\n", 2, 18,
	  "a set wants `strategies" },
	{ "worlds/w.yaml", "world: w\nverbs: [nope]\n", 2, 9,
	  "there is no folder of verbs `nope`" },
	{ "worlds/w.yaml", "world: w\ninvariants: [nope]\n", 2, 14,
	  "there is no invariant `nope`" },
	{ "worlds/w.yaml", "world: w\nfrom: tok\noperators: {o: {stake: 5}}\n",
	  3, 24, "a stake is an amount" },
	{ "worlds/w.yaml",
	  "world: w\nfrom: tok\noperators: {o: {process: maybe}}\n", 3, 26,
	  "`process` is on or off" },
	{ "worlds/w.yaml", "world: w\nprocesses: [keeper]\n", 2, 12,
	  "`processes`" },
	{ "worlds/w.yaml", "world: w\nprocesses: {k: {start: no}}\n", 2, 13,
	  "a process wants `program`" },
	{ "verbs/v/more.yaml", "verb: send\ntakes: {a: any}\nsteps: []\n", 1, 7,
	  "`send` is a verb of the language" },
	{ "verbs/v/more.yaml", "verb: x\nsteps: []\n", 1, 7,
	  "a verb wants `takes" },
	{ "verbs/v/more.yaml", "verb: x\ntakes: {as: any}\ngives: {b: 1}\n", 2, 9,
	  "a parameter cannot be called `as`" },
	{ "verbs/v/more.yaml", "verb: x\ntakes: {a: operater}\ngives: {b: 1}\n", 2,
	  12, "there is no type `operater`" },
	{ "verbs/v/more.yaml", "verb: x\ntakes: {a: any}\n", 1, 7,
	  "verb `x` does nothing" },
	{ "verbs/v/more.yaml", "verb: x\ntakes: {a: any}\nsteps: []\n", 1, 7,
	  "verb `x` does nothing: a verb has steps" },
	{ "verbs/v/more.yaml",
	  "verb: x\ntakes: {a: any}\nsteps: [{let: {b: $a}}]\n", 1, 7,
	  "verb `x` does nothing" },
	{ "verbs/v/more.yaml", "verb: say\ntakes: {a: any}\ngives: {b: 1}\n", 1, 9,
	  "verb `say` is in " },
	{ "verbs/v/more.yaml", "verb: x\ntakes: {a: any}\nstep: []\ngives: {b: 1}\n",
	  3, 1, "a verb has no `step`" },
};

static void findings_outside_the_scenario(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		const char *file = broken[i].file;
		struct shelf s;

		shelf_new(&s);
		put(&s, "worlds/w.yaml", "world: w\nfrom: core\nverbs: [v]\n");
		put(&s, file, broken[i].text);
		(void)library_world(s.lib, "w");
		if (strstr(broken[i].part, "is in "))
			file = "worlds/w.yaml";
		assert_finding(&s, file,
			       strstr(broken[i].part, "is in ")
				       ? 3
				       : broken[i].line,
			       broken[i].col, broken[i].part);
		shelf_done(&s);
	}
}

static const struct broken scenarios[] = {
	{ NULL, "world: core\n", 1, 1, "the file of a world" },
	{ NULL, "steps: []\n", 1, 1, "begins with `scenario" },
	{ NULL, "- a\n", 1, 1, "begins with `scenario" },
	{ NULL, "scenario: t\nsteps: []\n", 1, 1, "wants `world: name`" },
	{ NULL, "scenario: t\nworld: core\n", 1, 1, "wants `steps" },
	{ NULL, "scenario: t\nworld: core\nstepz: []\nsteps: []\n", 3, 1,
	  "a scenario has no `stepz`" },
	{ NULL, "scenario: t\nfrom: nope\nsteps: []\n", 2, 7,
	  "there is no scenario `nope`" },
	{ NULL, "scenario: t\nworld: core\nfails: {text: ''}\nsteps: []\n",
	  3, 15, "an empty text is in every" },
	{ NULL, "scenario: t\nworld: core\nfails: {}\nsteps: []\n", 3, 8,
	  "`fails` says" },
	{ NULL, "scenario: t\nworld: core\nfails: {line: x}\nsteps: []\n", 3,
	  15, "a line is a number" },
	{ NULL, "scenario: t\nworld: core\nsteps: {a: b}\n", 3, 8,
	  "steps are a list: each begins with `- `" },
	{ NULL, "scenario: t\nworld: core\nsteps: [x]\n", 3, 9,
	  "a step is a map" },
	{ NULL, "scenario: t\nworld: core\nsteps:\n  - check: {a: b}\n", 4, 12,
	  "wants a condition" },
	{ NULL, "scenario: t\nworld: core\nsteps:\n  - check: []\n", 4, 12,
	  "checks nothing" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n  - check: a\n    emits: []\n", 5,
	  12, "an empty list checks nothing" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n  - check: a\n"
	  "    emits: [[[A]]]\n",
	  5, 14, "holds events, no list" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n  - check: a\n"
	  "    emits: [5]\n",
	  5, 13, "wants an event" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n  - check: a\n"
	  "    changes: {...: none}\n",
	  5, 20, "only `...: any` is possible" },
	{ NULL, "scenario: t\nworld: core\nsteps:\n  - http: FETCH x/y\n", 4,
	  11, "`FETCH x/y` is no request" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n  - put: alice\n"
	  "    content: 1\n",
	  4, 10, "names no file" },
	{ NULL, "scenario: t\nworld: core\nsteps:\n  - orders: {a: []}\n", 4,
	  13, "two to 12 arms" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n  - each: [1, 2]\n"
	  "    steps: []\n",
	  4, 11, "rows are a product" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n"
	  "  - each: [[a, a], [1, 2]]\n    steps: []\n",
	  4, 16, "column `a` a second time" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n"
	  "  - each: [{a: 1}, {b: 1}]\n    steps: []\n",
	  4, 20, "this row has no `a`" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n"
	  "  - each: {a: 1..999, b: 1..999}\n    steps: []\n",
	  4, 11, "a product of more than 10000 rows" },
	{ NULL,
	  "scenario: t\nworld: core\nsteps:\n  - cases: {a: [1]}\n", 4, 5,
	  "`cases` wants `steps" },
};

static void findings_of_scenarios(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++) {
		struct shelf s;

		shelf_new(&s);
		put(&s, "s.yaml", scenarios[i].text);
		(void)load(&s, "s.yaml");
		assert_finding(&s, "s.yaml", scenarios[i].line,
			       scenarios[i].col, scenarios[i].part);
		shelf_done(&s);
	}
}

static void a_scenario_that_continues_itself(void **state)
{
	struct shelf s;

	(void)state;
	shelf_new(&s);
	put(&s, "s.yaml", "scenario: t\nfrom: s\nsteps: []\n");
	assert_null(load(&s, "s.yaml"));
	assert_finding(&s, "s.yaml", 2, 7, "continues itself");
	shelf_done(&s);
}

static void the_folder_of_a_path(void **state)
{
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *root = NULL;
	struct shelf s;

	(void)state;
	shelf_new(&s);
	path = xasprintf("%s/a/b/c.yaml", s.dir);
	root = library_root(path);
	assert_string_equal(root, s.dir);
	shelf_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_world_over_its_bases),
		cmocka_unit_test(a_verb_and_what_it_takes),
		cmocka_unit_test(a_scenario_extends_its_world),
		cmocka_unit_test(a_scenario_continues_another),
		cmocka_unit_test(forms_of_steps),
		cmocka_unit_test(findings_outside_the_scenario),
		cmocka_unit_test(findings_of_scenarios),
		cmocka_unit_test(a_scenario_that_continues_itself),
		cmocka_unit_test(the_folder_of_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
