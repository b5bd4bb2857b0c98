#include "operator/abi.h"

#include "base/base.h"

/* A function's name and argument types as they are hashed. */
static struct hash32 signature_hash(const char *name, const struct abi_type *in)
{
	struct keccak k;

	keccak_init(&k);
	keccak_add(&k, name, strlen(name));
	keccak_add(&k, in->name, strlen(in->name));
	return keccak_done(&k);
}

bool fn_encode(struct buf *ret, const struct fn *f, const struct abi_val *args,
	       size_t n, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val tuple = abi_val_list(args, n);
	const struct abi_type *in;
	struct hash32 h;

	if (!abi_type_parse(&in, a, f->in, e))
		return err_ctx(e, "%s", f->name);
	h = signature_hash(f->name, in);
	buf_add(ret, h.b, 4);
	if (!abi_encode(ret, in, &tuple, e))
		return err_ctx(e, "%s", f->name);
	return true;
}

bool fn_decode(struct abi_val *ret, struct arena *a, const struct fn *f,
	       const void *data, size_t len, struct err *e)
{
	const struct abi_type *out;

	if (!abi_type_parse(&out, a, f->out, e) ||
	    !abi_decode(ret, a, out, data, len, e))
		return err_ctx(e, "what %s returned", f->name);
	return true;
}

/* What follows the selector as the arguments of @text; false: it is not those. */
static bool describe_as(struct buf *out, struct arena *a, const char *text,
			const uint8_t *data, size_t len)
{
	const char *args = strchr(text, '(');
	const struct abi_type *type;
	struct abi_val val;
	struct err e;

	ASSERT(abi_type_parse(&type, a, args, &e));
	if (!abi_decode(&val, a, type, data, len, &e))
		return false;
	buf_add(out, text, (size_t)(args - text));
	abi_format(out, type, &val);
	return true;
}

void revert_describe(struct buf *out, const void *data, size_t len)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const uint8_t *p = data;
	size_t n;
	const struct revert *known = revert_known(&n);
	uint32_t selector = len < 4 ? 0
				    : (uint32_t)p[0] << 24 |
					  (uint32_t)p[1] << 16 |
					  (uint32_t)p[2] << 8 | p[3];

	for (size_t i = 0; len >= 4 && i < n; i++)
		if (known[i].selector == selector &&
		    describe_as(out, a, known[i].text, p + 4, len - 4))
			return;
	buf_adds(out, len ? "unknown error 0x" : "no reason given");
	buf_addhex(out, data, len < 68 ? len : 68);
	if (len > 68)
		buf_addf(out, "… (%zu bytes)", len);
}
