/*
 * act_http - what an operator serves and keeps: HTTP requests, files, settings.
 */
#include "scenario/play.h"

#include "base/base.h"

#define BODY_MAX (1u << 20)

/* --- http ------------------------------------------------------------------- */

bool part_endpoint(const struct value *v, const char **ret_who,
		   enum live_endpoint *ret)
{
	const struct part *part = v->kind == VALUE_OPAQUE ? v->opaque : NULL;

	if (v->kind == VALUE_REF && v->ref == REF_PROCESS) {
		*ret_who = v->text;
		*ret = LIVE_OTHER;
		return true;
	}
	if (!part)
		return false;
	*ret_who = part->name;
	switch (part->kind) {
	case PART_NODE:
		*ret = LIVE_NODE;
		return true;
	case PART_METRICS:
		*ret = LIVE_METRICS;
		return true;
	case PART_RPC:
		*ret = LIVE_RPC;
		return true;
	case PART_TEE:
		*ret = LIVE_TEE;
		return true;
	case PART_SIDECAR:
		*ret = LIVE_SIDECAR;
		return true;
	case PART_AGGREGATOR:
		*ret = LIVE_AGGREGATOR;
		return true;
	case PART_OUTCOME:
	case PART_EVENTS:
	case PART_QUANTITY:
	case PART_ENTRY:
	case PART_FILE:
	case PART_FAMILY:
	case PART__COUNT:
		break;
	}
	return false;
}

/* JSON where it is JSON, else text; nothing is the empty text. */
static struct value body_value(struct play *p, const struct http_answer *a)
{
	json_t *j = NULL;
	struct value v;
	struct err ignored;

	if (!a->body.len || !json_parse(&j, buf_str(&a->body), a->body.len,
					"body", &ignored))
		return value_text(arena_strndup(p->arena, buf_str(&a->body),
						a->body.len));
	v = value_of_json(p->arena, j);
	json_decref(j);
	return v;
}

static void take_answer(struct play *p, const struct http_answer *a,
			struct outcome *o)
{
	static const char *const keys[] = { "status", "type", "body" };
	struct value *items = ARENA_ARRAY(p->arena, struct value, 3);

	items[0] = value_u64((uint64_t)a->status, UNIT_NONE);
	items[1] = value_text(arena_strdup(p->arena, a->content_type));
	items[2] = body_value(p, a);
	o->has_returns = true;
	o->returns = value_map(keys, items, 3);
}

struct request {
	const char *who, *path, *body;
	enum live_endpoint what;
};

static bool ready_request(struct play *p, const struct step *s,
			  const struct scope *scope, struct request *ret,
			  struct err *e)
{
	struct buf b = BUF_INIT(BODY_MAX);
	struct value target, body;
	bool ok;

	if (!eval(&target, &p->env, scope, s->main, e))
		return false;
	if (!part_endpoint(&target, &ret->who, &ret->what))
		return err_at(e, s->main->pos, ERR_SCHEMA,
			      "`http` asks what an operator serves: "
			      "alice.node, alice.metrics, alice.rpc or "
			      "alice.tee; or eigenlayer.sidecar, "
			      "phala.aggregator, a process");
	ret->path = "";
	if (s->path && !eval_text(&ret->path, &p->env, scope, s->path, e))
		return false;
	if (!s->args[0])
		return true;
	ok = eval(&body, &p->env, scope, s->args[0], e);
	if (ok && body.kind == VALUE_TEXT)
		buf_adds(&b, body.text);
	else if (ok)
		ok = value_to_json(&b, &p->env, &body, e) &&
		     buf_ok(&b, "the request's body", e);
	ret->body = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	return ok;
}

enum play_end act_http(struct play *p, const struct step *s,
		       const struct scope *scope, const struct act_keys *keys,
		       struct outcome *o)
{
	struct http_answer answer = { 0 };
	struct request r = { 0 };
	struct err e = ERR_INIT;

	if (!ready_request(p, s, scope, &r, &e))
		return play_broken(p, s, &e);
	o->summary = arena_printf(p->arena, "http %s %s/%s", s->method,
				  s->main->raw ? s->main->raw : r.who, r.path);
	if (live_fetch(p->live, r.who, r.what, s->method, r.path, r.body,
		       &answer, &e)) {
		take_answer(p, &answer, o);
		http_answer_done(&answer);
		return PLAY_ON;
	}
	/* Nobody there is an answer, for who expects it. */
	if (e.code == ERR_HTTP && !act_key(KEY_RETURNS, s, scope, keys).x)
		e.code = ERR_SCHEMA; /* and for nobody's machine to mend */
	if (e.code != ERR_HTTP)
		return play_broken(p, s, &e);
	o->has_returns = true;
	o->returns = value_word("refused");
	return PLAY_ON;
}

/* --- put and configure ---------------------------------------------------------- */

static bool is_nothing(const struct value *v)
{
	return v->kind == VALUE_NONE || value_is_word(v, "none");
}

static bool content_bytes(struct play *p, const struct value *v,
			  struct buf *out, struct err *e)
{
	if (v->kind == VALUE_BYTES)
		buf_add(out, v->bytes, v->len);
	else if (v->kind == VALUE_TEXT || v->kind == VALUE_WORD)
		buf_adds(out, v->text);
	else if (!value_to_json(out, &p->env, v, e))
		return false;
	return buf_ok(out, "the file's content", e);
}

enum play_end act_put(struct play *p, const struct step *s,
		      const struct scope *scope, struct outcome *o)
{
	struct buf b = BUF_INIT(BODY_MAX);
	struct err e = ERR_INIT;
	struct value who, content;
	const char *path;
	bool ok = eval(&who, &p->env, scope, s->main, &e) &&
		  eval_text(&path, &p->env, scope, s->path, &e) &&
		  eval(&content, &p->env, scope, s->args[0], &e);

	if (ok && is_nothing(&content))
		ok = live_put(p->live, who.text, path, NULL, 0, &e);
	else if (ok)
		ok = content_bytes(p, &content, &b, &e) &&
		     live_put(p->live, who.text, path, buf_str(&b), b.len, &e);
	if (ok)
		o->summary = arena_printf(p->arena, "put %s/%s (%zu bytes)",
					  who.text, path, b.len);
	buf_done(&b);
	return ok ? PLAY_ON : play_broken(p, s, &e);
}

enum play_end act_configure(struct play *p, const struct step *s,
			    const struct scope *scope, const struct value *who,
			    struct outcome *o)
{
	CLEANUP(json_decrefp) json_t *settings = NULL;
	struct buf b = BUF_INIT(BODY_MAX);
	struct err e = ERR_INIT;
	struct value v;
	bool ok = eval(&v, &p->env, scope, s->args[0], &e);

	if (ok && v.kind != VALUE_MAP)
		ok = err_at(&e, s->args[0]->pos, ERR_SCHEMA,
			    "`behaviour` is a map of settings");
	ok = ok && value_to_json(&b, &p->env, &v, &e) &&
	     json_parse(&settings, buf_str(&b), b.len, "behaviour", &e) &&
	     live_configure(p->live, who->text, settings, &e);
	if (ok) {
		o->summary = arena_printf(p->arena, "configure %s %s",
					  who->text, buf_str(&b));
		record_process(p, who->text, s->verb_name);
	}
	buf_done(&b);
	return ok ? PLAY_ON : play_broken(p, s, &e);
}
