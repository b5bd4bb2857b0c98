/*
 * The relay: a contract that passes a call on, so that who is called sees a
 * contract as its caller, and the account that sent it as the origin.
 *
 * No world has it deployed; its code is put there when it is first used.
 */
#include "devnet/live_priv.h"

#include "base/base.h"

/*
 * What is called stands in the first 20 bytes of the calldata, the rest is
 * passed on with the value. What comes back is returned, reverts too.
 */
static const uint8_t CODE[] = {
	0x60, 0x14, 0x36, 0x03,				/* length: size - 20 */
	0x80, 0x60, 0x14, 0x60, 0x00, 0x37,		/* calldatacopy */
	0x60, 0x00, 0x60, 0x00, 0x82, 0x60, 0x00, 0x34, /* to memory 0, value */
	0x60, 0x00, 0x35, 0x60, 0x60, 0x1c,		/* first 20 bytes */
	0x5a, 0xf1,					/* gas, call */
	0x3d, 0x60, 0x00, 0x60, 0x00, 0x3e,		/* returndatacopy */
	0x60, 0x27, 0x57,				/* success? */
	0x3d, 0x60, 0x00, 0xfd,				/* revert */
	0x5b, 0x3d, 0x60, 0x00, 0xf3,			/* return */
};

struct addr20 live_relay_address(void)
{
	const struct hash32 h = keccak256("avsbed relay", 12);
	struct addr20 a;

	memcpy(a.b, h.b + 12, sizeof(a.b));
	return a;
}

bool live_relay(struct live *w, struct addr20 *ret, const struct addr20 *to,
		const void *data, size_t len, struct buf *ret_data,
		struct err *e)
{
	const struct addr20 at = live_relay_address();
	struct buf code = BUF_INIT(65536);
	bool ok = chain_code(live_rpc(w), &at, &code, e) &&
		  (code.len ||
		   node_set_code(live_rpc(w), &at, CODE, sizeof(CODE), e));

	live_altered(w);
	buf_done(&code);
	if (!ok)
		return live_dead(w, e);
	buf_add(ret_data, to->b, sizeof(to->b));
	buf_add(ret_data, data, len);
	*ret = at;
	return buf_ok(ret_data, "the call of the relay", e);
}
