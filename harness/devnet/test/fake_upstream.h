/*
 * fake_upstream - a chain behind a gateway, which answers by the name of the
 * method.
 *
 * Not a room: for devnet's tests only.
 */
#ifndef DEVNET_TEST_FAKE_UPSTREAM_H
#define DEVNET_TEST_FAKE_UPSTREAM_H

#include "io/test/ground.h"

#include "codec/json.h"
#include "io/stream.h"

#define HASH                                                                   \
	"0x1111111111111111111111111111111111111111111111111111111111111111"

#define NOTIFICATION "{\"method\":\"eth_subscription\",\"params\":{}}"

/*
 * A chain that answers by the name of the method: "revert", "silent", "die",
 * "garbage"; any other with its own name; transactions with a receipt.
 */
struct chain {
	struct listener *li;
	struct stream *s[16];
	size_t n;
	struct buf got; /* the methods it was asked, each followed by ' ' */
	char raw[1024]; /* the last transaction's text */
	const char *status;
};

struct link {
	struct chain *chain;
	struct stream *s;
};

/* @all: the answers of a batch so far; NULL: it came alone. */
static void say(struct stream *s, struct buf *all, const json_t *id,
		const char *rest)
{
	char *text = json_dumps(id, JSON_ENCODE_ANY);
	char *one = xasprintf("{\"jsonrpc\":\"2.0\",\"id\":%s,%s}", text, rest);

	if (all)
		buf_addf(all, "%c%s", all->len ? ',' : '[', one);
	else
		stream_write(s, one, strlen(one));
	free(one);
	free(text);
}

static void one_asked(struct link *k, const json_t *msg, struct buf *all)
{
	const json_t *id = json_object_get(msg, "id");
	const char *m = json_string_value(json_object_get(msg, "method"));
	const char *raw = json_string_value(
	    json_array_get(json_object_get(msg, "params"), 0));
	char *rest = NULL;

	assert_non_null(m);
	buf_addf(&k->chain->got, "%s ", m);
	if (raw && !strcmp(m, "eth_sendRawTransactionSync"))
		snprintf(k->chain->raw, sizeof(k->chain->raw), "%s", raw);
	if (!strcmp(m, "revert"))
		say(k->s, all, id,
		    "\"error\":{\"code\":3,\"message\":\"execution "
		    "reverted\",\"data\":\"0x08c379a0\"}");
	else if (!strcmp(m, "eth_sendRawTransactionSync"))
		rest = xasprintf("\"result\":{\"transactionHash\":\"" HASH
				 "\",\"status\":\"%s\"}",
				 k->chain->status);
	else if (!strcmp(m, "garbage"))
		stream_write(k->s, "HTTP", 4);
	else if (strcmp(m, "silent") && strcmp(m, "die") && id)
		rest = xasprintf("\"result\":\"%s\"", m);
	if (rest)
		say(k->s, all, id, rest);
	free(rest);
	if (!strcmp(m, "subscribe"))
		stream_write(k->s, NOTIFICATION, strlen(NOTIFICATION));
	if (!strcmp(m, "die"))
		stream_free(TAKE(k->s));
}

/* A batch is answered as one; in what was asked it stands in brackets. */
static void chain_asked(void *arg, const char *text, size_t len)
{
	struct link *k = arg;
	struct buf all = BUF_INIT(65536);
	json_t *msg = json_loadb(text, len, 0, NULL);

	if (json_is_array(msg)) {
		buf_adds(&k->chain->got, "[ ");
		for (size_t i = 0; i < json_array_size(msg); i++)
			one_asked(k, json_array_get(msg, i), &all);
		buf_adds(&k->chain->got, "] ");
	} else {
		one_asked(k, msg, NULL);
	}
	if (all.len) {
		buf_addc(&all, ']');
		stream_write(k->s, all.data, all.len);
	}
	buf_done(&all);
	json_decref(msg);
}

static void chain_left(void *arg, const struct err *why)
{
	struct link *k = arg;

	(void)why;
	stream_free(TAKE(k->s));
}

#endif
