#include "scenario/asks.h"

#include "base/clock.h"

#include "base/base.h"

#define CALL_MAX 4096u
#define WAIT_MS 10000u

struct ask {
	struct asks *of;
	const struct abi_entry *fn;
	const uint8_t *out;
	size_t len;
	bool answered;
};

static void answered(void *arg, const json_t *result, const json_t *data,
		     const struct err *why)
{
	struct ask *a = arg;
	struct buf out = BUF_INIT(ABI_BYTES_MAX);
	struct err ignored;

	(void)data, (void)why;
	a->of->awaited--;
	a->answered = result && chain_call_result(&out, result, &ignored);
	if (a->answered) {
		a->out = arena_memdup(a->of->p->arena, out.data, out.len);
		a->len = out.len;
	}
	buf_done(&out);
}

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
	a->fn = at && at->abi ? abi_function(at->abi, function, NULL) : NULL;
	if (a->fn && abi_encode_call(&data, a->fn, &tuple, &ignored)) {
		of->awaited++;
		chain_call_start(live_rpc(p->live), &at->address, data.data,
				 data.len, block, answered, a);
	}
	buf_done(&data);
	return a;
}

static bool all_answered(void *arg)
{
	return ((const struct asks *)arg)->awaited == 0;
}

bool asks_wait(struct asks *of, const char *what, struct err *e)
{
	return loop_run_until(of->p->loop, all_answered, of,
			      clock_ms() + WAIT_MS, what, e);
}

bool ask_answer(const struct ask *a, struct abi_val *ret)
{
	struct err ignored;

	return a && a->answered &&
	       abi_decode(ret, a->of->p->arena, a->fn->out, a->out, a->len,
			  &ignored);
}

struct u256 ask_word(const struct ask *a)
{
	struct abi_val v;

	return ask_answer(a, &v) ? v.items[0].word : U256_ZERO;
}
