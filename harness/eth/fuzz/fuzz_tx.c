/* What decodes is a whole transaction whose data lies inside the input. */
#include "base/base.h"
#include "eth/tx.h"

int fuzz_one(const uint8_t *data, size_t n);

int fuzz_one(const uint8_t *data, size_t n)
{
	struct tx t;
	struct addr20 from;
	struct hash32 hash, want;
	struct err e;

	if (!tx_decode(&t, &from, &hash, data, n, &e))
		return 0;
	want = keccak256(data, n);
	ASSERT(hash_eq(&hash, &want));
	ASSERT(t.data_len < n);
	ASSERT(!t.data_len ||
	       (t.data >= data && t.data + t.data_len <= data + n));
	return 0;
}
