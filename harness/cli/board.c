#include "cli/board.h"

#include "eth/chain.h"

#include "base/base.h"

#define CELL_MAX 4096u
#define EVENTS_SHOWN 5u

struct board {
	struct live *live;
	const struct world *world;
	struct fragments *fragments;
	const struct expr **stakes; /* of each token; `$operator.shares.PHA` */
};

struct board *board_new(struct live *live, const struct world *w,
			struct library *lib, struct fragments *f)
{
	static const struct src_pos nowhere = { "status", 1, 1 };
	struct board *b = xcalloc(1, sizeof(*b));

	*b = (struct board){ .live = live, .world = w, .fragments = f };
	b->stakes = xcalloc(w->tokens_n + 1, sizeof(*b->stakes));
	for (size_t i = 0; i < w->tokens_n; i++) {
		CLEANUP(freep)
		char *text =
			xasprintf("$operator.shares.%s", w->tokens[i].name);

		b->stakes[i] = library_expr(lib, text, nowhere);
	}
	return b;
}

void board_free(struct board *b)
{
	if (!b)
		return;
	free(b->stakes);
	free(b);
}

/* --- the table ------------------------------------------------------------ */

struct table {
	char **cells; /* by row; owned */
	size_t columns, n, cap;
};

static void cell(struct table *t, char *take_text)
{
	GROW(t->cells, t->n, t->cap);
	t->cells[t->n++] = take_text;
}

static void table_done(struct table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
}

/* Characters, not bytes. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void table_print(const struct table *t, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t c = i % t->columns, w = 0;

		for (size_t j = c; j < t->n; j += t->columns)
			w = width(t->cells[j]) > w ? width(t->cells[j]) : w;
		buf_adds(out, t->cells[i]);
		if (c + 1 == t->columns) {
			buf_addc(out, '\n');
			continue;
		}
		for (size_t j = width(t->cells[i]); j < w + 2; j++)
			buf_addc(out, ' ');
	}
}

/* What cannot be told now, such as the metrics of a stopped process, is "-". */
static void value(struct board *b, struct table *t, const struct scope *in,
		  const struct expr *x)
{
	struct buf text = BUF_INIT(CELL_MAX);
	struct err ignored;

	if (fragments_value(b->fragments, &text, in, x, &ignored))
		cell(t, xstrdup(buf_str(&text)));
	else
		cell(t, xstrdup("-"));
	buf_done(&text);
}

static void head(struct board *b, struct table *t)
{
	const struct world *w = b->world;

	t->columns = 2 + w->tokens_n + w->table_n;
	cell(t, xstrdup("operator"));
	cell(t, xstrdup("process"));
	for (size_t i = 0; i < w->tokens_n; i++)
		cell(t, xasprintf("stake %s", w->tokens[i].name));
	for (size_t i = 0; i < w->table_n; i++)
		cell(t, xstrdup(w->table[i].name));
}

static void row(struct board *b, struct table *t, size_t i)
{
	const struct world *w = b->world;
	const char *name = w->operators[i].name;
	struct scope in = { .outer = w->bound };
	struct value v = value_ref(REF_OPERATOR, name, i, 0);

	scope_set(&in, "operator", &v);
	cell(t, xstrdup(name));
	cell(t, xstrdup(live_process_state(b->live, name)));
	for (size_t j = 0; j < w->tokens_n; j++)
		value(b, t, &in, b->stakes[j]);
	for (size_t j = 0; j < w->table_n; j++)
		value(b, t, &in, w->table[j].value);
	scope_done(&in);
}

/* Who is no operator: no stake, and nothing of what is shown of those. */
static void others(struct board *b, struct buf *out)
{
	const struct world *w = b->world;
	struct table t = { .columns = 2 };

	if (!w->processes_n)
		return;
	cell(&t, xstrdup("other"));
	cell(&t, xstrdup("process"));
	for (size_t i = 0; i < w->processes_n; i++) {
		const char *name = w->processes[i].name;

		cell(&t, xstrdup(name));
		cell(&t, xstrdup(live_process_state(b->live, name)));
	}
	table_print(&t, out);
	table_done(&t);
}

bool board_table(struct board *b, struct buf *out, struct err *e)
{
	struct table t = { .n = 0 };
	struct block now;
	bool ok = live_head(b->live, &now, e);

	head(b, &t);
	for (size_t i = 0; ok && i < b->world->operators_n; i++)
		row(b, &t, i);
	if (ok) {
		buf_addf(out, "block %llu, time %llu\n",
			 (unsigned long long)now.number,
			 (unsigned long long)now.time);
		table_print(&t, out);
		others(b, out);
		ok = fragments_events(b->fragments, EVENTS_SHOWN, out, e);
	}
	table_done(&t);
	return ok;
}

/* --- for others ----------------------------------------------------------- */

/* Where a program is asked; NULL for what it does not have. */
struct where {
	const char *config, *node, *url, *metrics;
};

static struct where where_is(struct board *b, const char *name)
{
	return (struct where){
		.config = live_config_path(b->live, name),
		.node = live_operator_url(b->live, name, "node"),
		.url = live_operator_url(b->live, name, "url"),
		.metrics = live_operator_url(b->live, name, "metrics"),
	};
}

static json_t *where_json(struct board *b, const char *name)
{
	struct where w = where_is(b, name);

	return json_pack("{s:s*, s:s*, s:s*, s:s*}", "config", w.config, "node",
			 w.node, "url", w.url, "metrics", w.metrics);
}

static void add_export(struct buf *out, const char *what, const char *name,
		       const char *is)
{
	if (!is)
		return;
	buf_addf(out, "export %s_%s=", what, name);
	buf_addsh(out, is);
	buf_addc(out, '\n');
}

void board_env(struct board *b, struct buf *out)
{
	live_env(b->live, out);
	for (size_t i = 0; i < b->world->operators_n; i++) {
		const char *name = b->world->operators[i].name;
		struct where w = where_is(b, name);

		add_export(out, "AVS_OPERATOR_CONFIG", name, w.config);
		add_export(out, "AVS_NODE_URL", name, w.node);
		add_export(out, "AVS_METRICS_URL", name, w.metrics);
	}
	for (size_t i = 0; i < b->world->processes_n; i++) {
		const char *name = b->world->processes[i].name;
		struct where w = where_is(b, name);

		add_export(out, "AVS_OPERATOR_CONFIG", name, w.config);
		add_export(out, "AVS_PROCESS_URL", name, w.url);
		add_export(out, "AVS_METRICS_URL", name, w.metrics);
	}
}

static json_t *accounts_json(struct board *b, json_t *keys)
{
	json_t *addresses = json_object();
	const struct book_entry *x;

	for (size_t i = 0; (x = book_entry(live_book(b->live), i)); i++) {
		struct buf text = BUF_INIT(CELL_MAX);
		struct seckey key;

		json_object_set_new(addresses, x->name,
				    json_string(fmt_addr(&x->address).s));
		if (live_key(x, &key)) {
			buf_adds(&text, "0x");
			buf_addhex(&text, key.b, sizeof(key.b));
			json_object_set_new(keys, x->name,
					    json_string(buf_str(&text)));
		}
		buf_done(&text);
	}
	return addresses;
}

void board_json(struct board *b, struct buf *out)
{
	json_t *operators = json_object(), *keys = json_object();
	json_t *processes = json_object();
	json_t *addresses = accounts_json(b, keys);
	CLEANUP(json_decrefp) json_t *o = NULL;
	CLEANUP(freep) char *text = NULL;
	const char *url = live_url(b->live), *sidecar;
	struct err ignored;

	for (size_t i = 0; i < b->world->operators_n; i++) {
		const char *name = b->world->operators[i].name;

		json_object_set_new(operators, name, where_json(b, name));
	}
	for (size_t i = 0; i < b->world->processes_n; i++) {
		const char *name = b->world->processes[i].name;

		json_object_set_new(processes, name, where_json(b, name));
	}
	if (!live_sidecar(b->live, &sidecar, &ignored))
		sidecar = NULL;
	o = json_pack("{s:s, s:o, s:s, s:s*, s:s*, s:I, s:o, s:o, s:o, s:o}",
		      "rpc", url,
		      "ws", json_sprintf("ws%s", url + strlen("http")), "ipc",
		      live_ipc(b->live), "sidecar", sidecar, "aggregator",
		      live_aggregator_url(b->live), "chain_id",
		      (json_int_t)live_chain_id(b->live), "addresses",
		      addresses, "keys", keys, "operators", operators,
		      "processes", processes);
	text = json_text(o);
	buf_addf(out, "%s\n", text);
}

/* Of the rest, PATH and its kin, the shell has its own. */
static bool is_ours(const char *pair)
{
	return !strncmp(pair, "AVS_", 4) || !strncmp(pair, "DSTACK_", 7);
}

bool board_operator_env(struct board *b, const char *name, struct buf *out)
{
	const char *const *env = live_operator_env(b->live, name);

	if (!env)
		return false;
	board_env(b, out);
	for (; *env; env++)
		if (is_ours(*env)) {
			const char *eq = strchr(*env, '=');

			buf_addf(out, "export %.*s=", (int)(eq - *env), *env);
			buf_addsh(out, eq + 1);
			buf_addc(out, '\n');
		}
	return true;
}
