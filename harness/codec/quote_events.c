#include "codec/quote_events.h"

#include "base/base.h"
#include "base/hex.h"
#include "codec/quote_doc.h"

#define REGISTERS 4
#define DSTACK_EVENT 0x08000001u

static json_t *hex48(const uint8_t b[48])
{
	struct buf text = BUF_INIT(2 * 48 + 3);
	json_t *j;

	buf_adds(&text, "0x");
	buf_addhex(&text, b, 48);
	j = json_string(buf_str(&text));
	buf_done(&text);
	return j;
}

/* Of dstack's own events, the digest follows from the rest of the entry. */
static bool fits(const struct hash48 *digest, uint64_t type, const char *name,
		 const uint8_t *payload, size_t len)
{
	struct buf b = BUF_INIT(strlen(name) + len + 8);
	struct hash48 h;

	for (unsigned i = 0; i < 4; i++)
		buf_addc(&b, (char)(type >> (8 * i)));
	buf_addf(&b, ":%s:", name);
	buf_add(&b, payload, len);
	h = sha384(b.data, b.len);
	buf_done(&b);
	return !memcmp(h.b, digest->b, sizeof(h));
}

/* @all: appended to, what it says; NULL: only replayed. */
static bool entry(json_t *all, struct hash48 mr[REGISTERS], const json_t *j,
		  struct err *e)
{
	CLEANUP(freep) uint8_t *payload = NULL;
	const char *name, *digest, *hex;
	struct hash48 both[2];
	uint64_t imr, type;
	json_t *said;
	size_t len;

	if (!json_u64_at(&imr, j, "imr", e) ||
	    !json_u64_at(&type, j, "event_type", e) ||
	    !json_text_at(&digest, j, "digest", e) ||
	    !json_text_at(&name, j, "event", e) ||
	    !json_text_at(&hex, j, "event_payload", e) ||
	    !hex_decode(both[1].b, 48, digest, strlen(digest), e) ||
	    !hex_decode_alloc(&payload, &len, hex, strlen(hex), e))
		return false;
	if (imr >= REGISTERS)
		return err_set(e, ERR_RANGE, 0, "imr %llu; there are 0 to 3",
			       (unsigned long long)imr);
	both[0] = mr[imr];
	mr[imr] = sha384(both, sizeof(both));
	if (!all)
		return true;
	said = json_pack("{s:I, s:s, s:s, s:s}", "imr", (json_int_t)imr,
			 "event", name, "payload", hex, "digest", digest);
	if (type == DSTACK_EVENT)
		json_object_set_new(
		    said, "fits",
		    json_boolean(fits(&both[1], type, name, payload, len)));
	json_array_append_new(all, said);
	return true;
}

/* @mr: zeros. @all: as in entry(). */
static bool replay(json_t *all, struct hash48 mr[REGISTERS], const json_t *log,
		   struct err *e)
{
	if (!json_is_array(log))
		return err_set(e, ERR_SCHEMA, 0, "the event log is no array");
	for (size_t i = 0; i < json_array_size(log); i++)
		if (!entry(all, mr, json_array_get(log, i), e))
			return err_ctx(e, "event %zu", i);
	return true;
}

static bool agrees(const struct hash48 *mr, const struct td_report *td,
		   size_t i)
{
	return !memcmp(mr[i].b, td->rtmr[i], sizeof(mr[i].b));
}

json_t *quote_events(const json_t *log, const struct td_report *td)
{
	CLEANUP(json_decrefp) json_t *all = json_array();
	struct hash48 mr[REGISTERS] = {0};
	struct err e = ERR_INIT;
	json_t *registers;

	if (!replay(all, mr, log, &e))
		return json_pack("{s:o}", "error", json_said(e.text));
	registers = json_array();
	for (size_t i = 0; i < REGISTERS; i++)
		json_array_append_new(
		    registers,
		    json_pack("{s:I, s:o, s:b}", "imr", (json_int_t)i,
			      "replayed", hex48(mr[i].b), "agrees",
			      agrees(mr, td, i)));
	return json_pack("{s:O, s:o}", "events", all, "registers", registers);
}

bool quote_log_agrees(const json_t *answer)
{
	CLEANUP(json_decrefp) json_t *log = NULL;
	struct buf quote = BUF_INIT(QUOTE_MAX);
	struct hash48 mr[REGISTERS] = {0};
	struct err unused = ERR_INIT;
	struct quote_map m;
	struct quote q;
	bool ok;

	ok = quote_answer(&quote, &log, answer, &unused) && log &&
	     quote_parse(&q, &m, quote.data, quote.len, &unused) &&
	     q.body != QUOTE_BODY_SGX && replay(NULL, mr, log, &unused);
	for (size_t i = 0; ok && i < REGISTERS; i++)
		ok = agrees(mr, &q.td, i);
	buf_done(&quote);
	return ok;
}
