#include "devnet/gateway_fault.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/nearest.h"
#include "devnet/gateway_priv.h"
#include "eth/chain.h"

/* --- as it is written ---------------------------------------------------------- */

static bool no_such(const char *name, struct err *e)
{
	static const char *const names[] = { "unreachable", "error", "delay",
					     "stale" };
	const char *near = name ? nearest_name(name, names, ARRAY_LEN(names))
				: NULL;

	return err_set(e, ERR_SCHEMA, 0,
		       "%s is no fault of a gateway; there are unreachable, "
		       "{error: {code, message, method, times}}, {delay: N "
		       "blocks}, {stale: N blocks}%s%s",
		       name ? name : "this", near ? "; nearest: " : "",
		       near ? near : "");
}

static bool read_text(char *ret, size_t cap, const json_t *j, const char *key,
		      struct err *e)
{
	const json_t *v = json_object_get(j, key);
	const char *text = json_string_value(v);

	if (v && (!text || strlen(text) >= cap))
		return err_set(e, ERR_SCHEMA, 0,
			       "error.%s: wants a text of at most %zu bytes",
			       key, cap - 1);
	if (text)
		memcpy(ret, text, strlen(text) + 1);
	return true;
}

static bool read_number(int64_t *ret, const json_t *v, const char *what,
			struct err *e)
{
	if (v && !json_is_integer(v))
		return err_set(e, ERR_SCHEMA, 0, "%s: wants a number", what);
	if (v)
		*ret = json_integer_value(v);
	return true;
}

static bool read_error(struct gateway_fault *f, const json_t *j, struct err *e)
{
	int64_t times = 0;

	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0,
			       "error: wants a map of code, message, method, "
			       "times");
	f->what = GATEWAY_ERROR;
	if (!read_number(&f->code, json_object_get(j, "code"), "error.code",
			 e) ||
	    !read_number(&times, json_object_get(j, "times"), "error.times",
			 e) ||
	    !read_text(f->message, sizeof(f->message), j, "message", e) ||
	    !read_text(f->method, sizeof(f->method), j, "method", e))
		return false;
	f->times = times > 0 ? (uint64_t)times : 0;
	return true;
}

bool gateway_fault_read(struct gateway_fault *ret, const json_t *j,
			struct err *e)
{
	struct gateway_fault f = { .code = -32000, .message = "busy" };
	const char *name = json_string_value(j);
	int64_t blocks = 0;
	json_t *value = NULL;

	if (json_is_object(j) && json_object_size(j) == 1) {
		void *first = json_object_iter((json_t *)(uintptr_t)j);

		name = json_object_iter_key(first);
		value = json_object_iter_value(first);
	}
	if (name && !value && strcmp(name, "unreachable") == 0) {
		f.what = GATEWAY_UNREACHABLE;
	} else if (value && strcmp(name, "error") == 0) {
		if (!read_error(&f, value, e))
			return false;
	} else if (value && (strcmp(name, "delay") == 0 ||
			     strcmp(name, "stale") == 0)) {
		f.what = *name == 'd' ? GATEWAY_DELAY : GATEWAY_STALE;
		if (!read_number(&blocks, value, name, e))
			return false;
		if (blocks < 1 || blocks > UINT32_MAX)
			return err_set(e, ERR_RANGE, 0,
				       "%s: wants at least one block", name);
		f.blocks = (uint64_t)blocks;
	} else {
		return no_such(name, e);
	}
	*ret = f;
	return true;
}

/* --- what is late ----------------------------------------------------------------- */

/* From upstream, and not yet for the client. */
struct late {
	struct late *next;
	struct client *client;
	uint64_t due; /* the head with which it comes */
	size_t len;
	char text[];
};

void late_keep(struct client *c, const char *text, size_t len)
{
	struct gateway *g = c->g;
	struct late *l = xmalloc(sizeof(*l) + len + 1), **at = &g->late;

	*l = (struct late){ .client = c,
			    .due = g->head + g->fault.blocks,
			    .len = len };
	memcpy(l->text, text, len);
	l->text[len] = 0;
	while (*at)
		at = &(*at)->next;
	*at = l;
}

void late_drop(struct client *c)
{
	struct late **at = &c->g->late;

	while (*at) {
		struct late *l = *at;

		if (l->client != c) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		free(l);
	}
}

static void pass_on(struct gateway *g, uint64_t until)
{
	while (g->late && g->late->due <= until) {
		struct late *l = g->late;

		g->late = l->next;
		calls_arrived(l->client, l->text, l->len);
		free(l);
	}
}

void gateway_head(struct gateway *g, uint64_t number)
{
	g->head = number;
	pass_on(g, number);
}

/* Whom nobody waits for an answer from need not be read until then: four heads
 * for each of a hundred are 700 KB. */
void gateway_hush(struct gateway *g)
{
	g->hushed = true;
	if (gateway_in_flight(g) || g->fault.what != GATEWAY_SOUND)
		return;
	for (struct client *c = g->clients; c; c = c->next)
		if (c->up)
			stream_hold(c->up, true);
}

void gateway_tell(struct gateway *g)
{
	g->hushed = false;
	for (struct client *c = g->clients; c; c = c->next)
		if (c->up)
			stream_hold(c->up, false);
	pass_on(g, g->head);
}

size_t gateway_late_n(const struct gateway *g)
{
	size_t n = 0;

	for (const struct call *k = g->calls; k; k = k->next)
		n += k->state == CALL_LATE;
	return n;
}

/* --- the fault in place -------------------------------------------------------------- */

void gateway_break(struct gateway *g, const struct gateway_fault *f)
{
	g->fault = *f;
	if (f->what != GATEWAY_DELAY && f->what != GATEWAY_STALE)
		pass_on(g, UINT64_MAX);
	if (f->what == GATEWAY_UNREACHABLE)
		gateway_close_clients(g);
}

void gateway_mend(struct gateway *g)
{
	g->fault = (struct gateway_fault){ 0 };
	pass_on(g, UINT64_MAX);
}

enum gateway_trouble gateway_troubled(const struct gateway *g)
{
	return g->fault.what;
}

bool gateway_cut(const struct gateway *g)
{
	return g->cut;
}

uint64_t gateway_told(const struct gateway *g)
{
	return g->told;
}

static void rest_at(struct gateway *g, uint64_t number, bool back)
{
	g->rested = number;
	for (struct client *c = g->clients; c; c = c->next) {
		c->due = c->follows;
		if (back)
			c->heard = 0;
	}
}

/* Others may take it back, too. */
void gateway_rested(struct gateway *g, uint64_t number)
{
	rest_at(g, number, number < g->rested);
}

void gateway_went_back(struct gateway *g, uint64_t number)
{
	rest_at(g, number, true);
}

bool gateway_awaits(const struct gateway *g, uint64_t number)
{
	const struct client *c = g->clients;

	while (c && (!c->due || c->heard >= number))
		c = c->next;
	return c && number > g->rested;
}

/* A transaction is one in either form. */
static bool is_meant(const struct gateway_fault *f, const char *method)
{
	static const char sync[] = "eth_sendRawTransactionSync";

	return !*f->method || strcmp(f->method, method) == 0 ||
	       (strcmp(f->method, "eth_sendRawTransaction") == 0 &&
		strcmp(method, sync) == 0);
}

bool fault_refuses(struct gateway *g, const char *method)
{
	struct gateway_fault *f = &g->fault;

	if (f->what != GATEWAY_ERROR || !is_meant(f, method))
		return false;
	if (f->times && !--f->times)
		f->what = GATEWAY_SOUND;
	return true;
}

bool fault_delays(const struct gateway *g, bool answer)
{
	return g->fault.what == GATEWAY_DELAY ||
	       ((g->fault.what == GATEWAY_STALE || g->hushed) && !answer);
}

/* --- as of some blocks ago ------------------------------------------------------------- */

static uint64_t stale_head(const struct gateway *g)
{
	return g->head > g->fault.blocks ? g->head - g->fault.blocks : 0;
}

/* A block that a stale node does not have, or a name for its newest one. */
static bool is_newer(const json_t *v, uint64_t head)
{
	const char *text = json_string_value(v);
	uint64_t n;
	struct err e;

	if (!text)
		return true;
	if (strncmp(text, "0x", 2) != 0)
		return strcmp(text, "earliest") != 0;
	return strlen(text) < 20 && json_u64_at(&n, v, "", &e) && n > head;
}

/* What is newer than @last becomes @head. */
static void set_tag(json_t *params, size_t at, uint64_t last, uint64_t head)
{
	if (at == json_array_size(params))
		json_array_append_new(params, json_quantity(head));
	else if (at < json_array_size(params) &&
		 is_newer(json_array_get(params, at), last))
		json_array_set_new(params, at, json_quantity(head));
}

static void set_range(json_t *filter, uint64_t head)
{
	static const char *const ends[] = { "fromBlock", "toBlock" };

	if (json_object_get(filter, "blockHash"))
		return; /* which has no range beside it */
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (is_newer(json_object_get(filter, ends[i]), head))
			json_object_set_new(filter, ends[i],
					    json_quantity(head));
}

bool fault_turns_back(const struct gateway *g, json_t *msg)
{
	static const struct {
		const char *method;
		size_t at;
	} tagged[] = {
		{ "eth_call", 1 },	 { "eth_estimateGas", 1 },
		{ "eth_getBalance", 1 }, { "eth_getCode", 1 },
		{ "eth_getStorageAt", 2 },
		{ "eth_getTransactionCount", 1 },
	};
	const char *method = json_string_value(json_object_get(msg, "method"));
	json_t *params = json_object_get(msg, "params");

	if (g->fault.what != GATEWAY_STALE || !json_is_array(params))
		return false;
	if (strcmp(method, "eth_getLogs") == 0)
		set_range(json_array_get(params, 0), stale_head(g));
	for (size_t i = 0; i < ARRAY_LEN(tagged); i++)
		if (strcmp(method, tagged[i].method) == 0)
			set_tag(params, tagged[i].at, stale_head(g),
				stale_head(g));
	/* One that it has not yet is none, and not its newest. */
	if (strcmp(method, "eth_getBlockByNumber") == 0)
		set_tag(params, 0, UINT64_MAX, stale_head(g));
	return true;
}

/* Whether the block that it is, or is in, is none that a stale node has. */
static bool is_in_newer(const json_t *result, const char *key, uint64_t head)
{
	uint64_t n;
	struct err e;

	return json_is_object(result) && json_u64_at(&n, result, key, &e) &&
	       n > head;
}

json_t *fault_stale_result(const struct gateway *g, const char *method,
			   const json_t *result)
{
	static const struct {
		const char *method, *key;
	} placed[] = {
		{ "eth_getTransactionReceipt", "blockNumber" },
		{ "eth_getTransactionByHash", "blockNumber" },
		{ "eth_getBlockByNumber", "number" },
		{ "eth_getBlockByHash", "number" },
	};
	uint64_t head = stale_head(g);

	if (g->fault.what != GATEWAY_STALE || !result)
		return NULL;
	if (strcmp(method, "eth_blockNumber") == 0)
		return json_quantity(head);
	/* By a block's hash: all of one. By a range, none is newer. */
	if (strcmp(method, "eth_getLogs") == 0 &&
	    is_in_newer(json_array_get(result, 0), "blockNumber", head))
		return json_array();
	for (size_t i = 0; i < ARRAY_LEN(placed); i++)
		if (strcmp(method, placed[i].method) == 0 &&
		    is_in_newer(result, placed[i].key, head))
			return json_null();
	return NULL;
}
