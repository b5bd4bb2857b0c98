#include "eth/accounts.h"

#include "base/base.h"

#include "eth/chain.h"

#define LINE_WANTED 65536u
#define ACCOUNT_TEXT 256u
#define SLOT_TEXT 140u

/* anvil's form: nothing left out, and the nonce a number. */
static bool full_account(json_t **ret, json_t *in, struct err *e)
{
	json_t *code = json_object_get(in, "code");
	json_t *storage = json_object_get(in, "storage");
	const char *balance;
	uint64_t nonce = 0;

	if (!json_text_at(&balance, in, "balance", e) ||
	    (json_object_get(in, "nonce") &&
	     !json_u64_at(&nonce, in, "nonce", e)))
		return false;
	*ret = json_pack("{s:s, s:I, s:o, s:o}", "balance", balance, "nonce",
			 (json_int_t)nonce, "code",
			 code ? json_incref(code) : json_string("0x"),
			 "storage",
			 storage ? json_incref(storage) : json_object());
	return true;
}

/* Roughly what an account takes as text. */
static size_t account_size(const json_t *account)
{
	return ACCOUNT_TEXT +
	       json_string_length(json_object_get(account, "code")) +
	       SLOT_TEXT * json_object_size(json_object_get(account, "storage"));
}

/* Sorted, so that the same accounts are the same bytes. */
static void end_line(struct buf *out, json_t *line)
{
	json_add(out, line, JSON_COMPACT | JSON_SORT_KEYS);
	buf_addc(out, '\n');
	json_object_clear(line);
}

bool accounts_text(struct buf *out, json_t *alloc, struct err *e)
{
	CLEANUP(json_decrefp) json_t *line = json_object();
	const char *address;
	size_t size = 0;
	json_t *v;

	json_object_foreach(alloc, address, v)
	{
		json_t *one;

		if (size >= LINE_WANTED) {
			end_line(out, line);
			size = 0;
		}
		if (!full_account(&one, v, e))
			return err_ctx(e, "account %s", address);
		json_object_set_new(line, address, one);
		size += account_size(one);
	}
	if (json_object_size(line))
		end_line(out, line);
	return buf_ok(out, "the accounts", e);
}

bool accounts_line(const struct buf *text, size_t *at, const char **ret,
		   size_t *ret_len)
{
	const char *line = buf_str(text) + *at, *end;

	if (*at >= text->len)
		return false;
	end = memchr(line, '\n', text->len - *at);
	*ret = line;
	*ret_len = end ? (size_t)(end - line) : text->len - *at;
	*at += *ret_len + 1;
	return true;
}

/* geth's form: a quantity, and nothing that is empty. */
static bool geth_account(json_t *account, struct err *e)
{
	const char *code;
	uint64_t nonce;

	if (!json_u64_at(&nonce, account, "nonce", e) ||
	    !json_text_at(&code, account, "code", e))
		return false;
	if (!strcmp(code, "0x"))
		json_object_del(account, "code");
	if (!json_object_size(json_object_get(account, "storage")))
		json_object_del(account, "storage");
	json_object_set_new(account, "nonce", json_quantity(nonce));
	return true;
}

bool accounts_alloc(json_t **ret, const struct buf *text, const char *what,
		    struct err *e)
{
	CLEANUP(json_decrefp) json_t *alloc = json_object();
	const char *line, *address;
	size_t at = 0, len;
	json_t *v;

	while (accounts_line(text, &at, &line, &len)) {
		CLEANUP(json_decrefp) json_t *some = NULL;

		if (!json_parse(&some, line, len, what, e))
			return false;
		json_object_foreach(some, address, v)
			if (!geth_account(v, e))
				return err_ctx(e, "%s: account %s", what,
					       address);
		json_object_update(alloc, some);
	}
	*ret = TAKE(alloc);
	return true;
}
