#include "scenario/asks.h"

#include "base/base.h"

#define CALL_MAX 4096u

struct ask {
	struct asks *of;
	struct ask *next; /* not asked yet */
	const struct abi_entry *fn;
	uint64_t block;
	struct many_call call;
};

struct ask *asks_add(struct asks *of, uint64_t block, const char *contract,
		     const char *function, const struct abi_val *args,
		     size_t n)
{
	struct play *p = of->p;
	struct ask *a = ARENA_NEW(p->arena, struct ask);
	const struct book_entry *at = book_by_name(live_book(p->live),
						   contract);
	struct abi_val tuple = abi_val_list(args, n);
	struct buf data = BUF_INIT(CALL_MAX);
	struct err ignored;

	a->of = of;
	a->block = block;
	a->fn = at && at->abi ? abi_function(at->abi, function, NULL) : NULL;
	if (a->fn && abi_encode_call(&data, a->fn, &tuple, &ignored)) {
		a->call.to = at->address;
		a->call.data = arena_memdup(p->arena, data.data, data.len);
		a->call.len = data.len;
		a->next = of->waiting;
		of->waiting = a;
		of->n++;
	}
	buf_done(&data);
	return a;
}

static bool ask_block(const struct asks *of, uint64_t block, struct err *e)
{
	struct many_call **calls = ARENA_ARRAY(of->p->arena, struct many_call *,
					       of->n);
	size_t n = 0;

	for (struct ask *a = of->waiting; a; a = a->next)
		if (a->block == block)
			calls[n++] = &a->call;
	return chain_many(live_rpc(of->p->live), of->p->arena, block, calls, n,
			  e);
}

void asks_ahead(const struct asks *of)
{
	const struct ask *same;
	struct err ignored;

	for (const struct ask *a = of->waiting; a; a = a->next) {
		for (same = of->waiting; same->block != a->block;)
			same = same->next;
		if (same == a)
			(void)!ask_block(of, a->block, &ignored);
	}
}

static void drop_block(struct asks *of, uint64_t block)
{
	for (struct ask **at = &of->waiting; *at;) {
		if ((*at)->block != block) {
			at = &(*at)->next;
			continue;
		}
		*at = (*at)->next;
		of->n--;
	}
}

bool asks_wait(struct asks *of, struct err *e)
{
	while (of->waiting) {
		const uint64_t block = of->waiting->block;

		if (!ask_block(of, block, e))
			return false;
		drop_block(of, block);
	}
	return true;
}

bool ask_answer(const struct ask *a, struct abi_val *ret)
{
	struct err ignored;

	return a && a->call.answered &&
	       abi_decode(ret, a->of->p->arena, a->fn->out, a->call.out,
			  a->call.out_len, &ignored);
}

struct u256 ask_word(const struct ask *a)
{
	struct abi_val v;

	return ask_answer(a, &v) ? v.items[0].word : U256_ZERO;
}
