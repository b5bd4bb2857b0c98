/*
 * Moments that the chain goes back to. What was asked there once is the same
 * each time, and not asked again.
 */
#include "devnet/live_priv.h"

#include "base/base.h"

static struct live_memory *find(const struct live *w, uint64_t state)
{
	for (size_t i = 0; state && i < LIVE_POINTS; i++)
		if (w->memory[i].state == state)
			return (struct live_memory *)(uintptr_t)&w->memory[i];
	return NULL;
}

bool live_returns(const struct live *w, uint64_t state)
{
	return find(w, state) != NULL;
}

/* The one that was used longest ago makes room. */
static struct live_memory *need(struct live *w, uint64_t state)
{
	struct live_memory *m = find(w, state);

	if (!m) {
		m = &w->memory[0];
		for (size_t i = 1; i < LIVE_POINTS; i++)
			if (w->memory[i].used < m->used)
				m = &w->memory[i];
		*m = (struct live_memory){ .state = state };
	}
	m->used = ++w->memory_turn;
	return m;
}

/* --- nonces ------------------------------------------------------------------ */

static struct live_nonce *nonce_of(struct live *w, const struct addr20 *of)
{
	for (size_t i = 0; i < w->nonces.n; i++)
		if (addr_eq(&w->nonces.items[i].of, of))
			return &w->nonces.items[i];
	return NULL;
}

static struct live_nonce *add(struct live *w, const struct live_nonce *x)
{
	GROW(w->nonces.items, w->nonces.n, w->nonces.cap);
	w->nonces.items[w->nonces.n] = *x;
	return &w->nonces.items[w->nonces.n++];
}

static void remember(struct live_memory *m, const struct live_nonce *x)
{
	if (m && x->known && m->nonces_n < LIVE_NONCES)
		m->nonces[m->nonces_n++] = *x;
}

bool live_nonce(struct live *w, const struct addr20 *of, uint64_t **ret,
		struct err *e)
{
	struct live_nonce *x = nonce_of(w, of);
	struct live_nonce asked = { .of = *of, .known = true };

	if (!x || !x->known) {
		if (!chain_nonce(live_rpc(w), of, &asked.next, e))
			return false;
		if (!x)
			remember(find(w, w->nonces.since), &asked);
		if (x)
			*x = asked;
		else
			x = add(w, &asked);
	}
	*ret = &x->next;
	return true;
}

void live_sent_by(struct live *w, const struct addr20 *who)
{
	struct live_nonce *x = nonce_of(w, who);

	if (x)
		x->known = false;
	else
		add(w, &(struct live_nonce){ .of = *who });
}

/* --- there and back ------------------------------------------------------------ */

bool live_mark(struct live *w, struct live_point *ret, struct err *e)
{
	struct live_point p;
	struct live_memory *m;

	if (!live_head(w, &p.head, e) ||
	    !node_snapshot(live_rpc(w), &p.snapshot, e))
		return false;
	p.state = w->state;
	m = find(w, p.state);
	if (!m) {
		m = need(w, p.state);
		for (size_t i = 0; i < w->nonces.n; i++)
			remember(m, &w->nonces.items[i]);
	}
	w->nonces.since = p.state;
	*ret = p;
	return true;
}

bool live_found(struct live *w, struct live_point *ret, struct err *e)
{
	CLEANUP(freep) uint64_t *nonces = xcalloc(w->roles_n + 1, sizeof(*nonces));
	struct live_memory *m;
	struct live_point p;

	if (!live_head(w, &p.head, e) ||
	    !node_found(live_rpc(w), &p.head, w->roles, w->roles_n,
			live_stipend(), &p.snapshot, nonces, e))
		return false;
	live_at(w, &p.head);
	p.state = w->nonces.since = w->state;
	m = need(w, p.state);
	for (size_t i = 0; i < w->roles_n; i++) {
		struct live_nonce x = { .of = w->roles[i],
					.known = true,
					.next = nonces[i] };

		remember(m, &x);
		add(w, &x);
	}
	*ret = p;
	return true;
}

bool live_back(struct live *w, struct live_point *to, struct err *e)
{
	const struct live_memory *m;

	live_moved(w);
	w->now->reorg.old = 0;
	if (!node_revert(live_rpc(w), &to->snapshot, &to->head, e))
		return false;
	live_at(w, &to->head);
	if (!to->state)
		return true;
	w->state = w->nonces.since = to->state;
	m = need(w, to->state);
	for (size_t i = 0; i < m->nonces_n; i++)
		add(w, &m->nonces[i]);
	return true;
}
