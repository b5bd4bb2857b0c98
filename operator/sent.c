#include "operator/sent.h"

#include <errno.h>
#include <inttypes.h>

#include "base/base.h"
#include "codec/json.h"
#include "eth/chain.h"
#include "eth/heartbeat.h"

static void tx_free(struct sent_tx *t)
{
	free(t->what);
	free(t->raw);
}

static bool check_owner(const struct sent *s, const json_t *j, struct err *e)
{
	struct addr20 who;
	uint64_t chain_id;

	if (!json_u64_at(&chain_id, j, "chain_id", e) ||
	    !json_addr_at(&who, j, "address", e))
		return false;
	if (chain_id == s->chain_id && addr_eq(&who, &s->who))
		return true;
	return err_set(e, ERR_MISMATCH, 0,
		       "is of %s on chain %" PRIu64 ", and this is %s on chain "
		       "%" PRIu64 "; give each its own `state`",
		       fmt_addr(&who).s, chain_id, fmt_addr(&s->who).s,
		       s->chain_id);
}

static bool read_tx(struct sent_tx *ret, const json_t *j, struct err *e)
{
	struct sent_tx t = {0};
	const char *what;

	if (!json_text_at(&what, j, "what", e) ||
	    !json_u64_at(&t.nonce, j, "nonce", e) ||
	    !json_hash_at(&t.hash, j, "hash", e) ||
	    !json_bytes_at(&t.raw, &t.raw_len, j, "raw", e))
		return false;
	t.what = xstrdup(what);
	*ret = t;
	return true;
}

static bool read_heartbeat(uint64_t *ret, const json_t *j, struct err *e)
{
	uint64_t n = 0;

	if (json_object_get(j, "heartbeat") &&
	    !json_u64_at(&n, j, "heartbeat", e))
		return false;
	if (n > HEARTBEAT_NUMBER_MAX)
		return err_set(e, ERR_RANGE, 0,
			       "heartbeat: %" PRIu64 ", over %" PRIu64, n,
			       HEARTBEAT_NUMBER_MAX);
	*ret = n;
	return true;
}

static bool read_all(struct sent *s, const json_t *j, struct err *e)
{
	const json_t *list;

	if (!check_owner(s, j, e) || !json_at(&list, j, "transactions", e) ||
	    !read_heartbeat(&s->heartbeat, j, e))
		return false;
	if (json_array_size(list) > SENT_MAX)
		return err_set(e, ERR_LIMIT, 0, "transactions: %zu, over %d",
			       json_array_size(list), SENT_MAX);
	for (; s->n < json_array_size(list); s->n++)
		if (!read_tx(&s->items[s->n], json_array_get(list, s->n), e))
			return err_ctx(e, "transactions[%zu]", s->n);
	return true;
}

bool sent_open(struct sent *ret, const char *path, uint64_t chain_id,
	       const struct addr20 *who, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct sent s = {.chain_id = chain_id, .who = *who};

	if (!json_read_file(&j, path, e)) {
		if (e->code != ERR_OS || e->sub != ENOENT)
			return err_ctx(e, "state");
	} else if (!read_all(&s, j, e)) {
		sent_done(&s);
		return err_ctx(e, "state: %s", path);
	}
	s.path = xstrdup(path);
	*ret = s;
	return true;
}

void sent_done(struct sent *s)
{
	for (size_t i = 0; i < s->n; i++)
		tx_free(&s->items[i]);
	free(s->path);
	*s = (struct sent){0};
}

static uint8_t *copy_of(const struct buf *raw)
{
	uint8_t *copy = xmalloc(raw->len);

	memcpy(copy, raw->data, raw->len);
	return copy;
}

void sent_add(struct sent *s, const char *what, uint64_t nonce,
	      const struct hash32 *hash, const struct buf *raw)
{
	size_t at = s->n;

	ASSERT(s->n < SENT_MAX);
	while (at && s->items[at - 1].nonce > nonce)
		at--;
	memmove(s->items + at + 1, s->items + at,
		(s->n++ - at) * sizeof(*s->items));
	s->items[at] = (struct sent_tx){.what = xstrdup(what),
					.nonce = nonce,
					.hash = *hash,
					.raw = copy_of(raw),
					.raw_len = raw->len};
}

static size_t index_of(const struct sent *s, const struct hash32 *hash)
{
	size_t i = 0;

	while (i < s->n && !hash_eq(&s->items[i].hash, hash))
		i++;
	return i;
}

const struct sent_tx *sent_find(const struct sent *s, const struct hash32 *hash)
{
	size_t i = index_of(s, hash);

	ASSERT(i < s->n);
	return &s->items[i];
}

void sent_replace(struct sent *s, const struct hash32 *was,
		  const struct hash32 *hash, const struct buf *raw)
{
	struct sent_tx *t = &s->items[index_of(s, was)];

	free(t->raw);
	t->hash = *hash;
	t->raw = copy_of(raw);
	t->raw_len = raw->len;
}

void sent_drop(struct sent *s, const struct hash32 *hash)
{
	size_t i = index_of(s, hash);

	if (i == s->n)
		return;
	tx_free(&s->items[i]);
	memmove(s->items + i, s->items + i + 1,
		(--s->n - i) * sizeof(*s->items));
}

bool sent_save(const struct sent *s, struct err *e)
{
	CLEANUP(json_decrefp) json_t *list = json_array();
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) char *text = NULL;

	if (!s->path)
		return true;
	for (size_t i = 0; i < s->n; i++) {
		const struct sent_tx *t = &s->items[i];

		json_array_append_new(
		    list,
		    json_pack("{s:s, s:I, s:s, s:o}", "what", t->what, "nonce",
			      (json_int_t)t->nonce, "hash",
			      fmt_hash(&t->hash).s, "raw",
			      json_bytes(t->raw, t->raw_len)));
	}
	j = json_pack("{s:s, s:I, s:O}", "address", fmt_addr(&s->who).s,
		      "chain_id", (json_int_t)s->chain_id, "transactions",
		      list);
	if (s->heartbeat)
		json_object_set_new(j, "heartbeat",
				    json_integer((json_int_t)s->heartbeat));
	text = json_text(j);
	return file_write_atomic(s->path, text, strlen(text), e) ||
	       err_ctx(e, "state");
}
