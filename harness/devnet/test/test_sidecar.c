/*
 * sidecar*.c: the whole way of a claim, judged by EigenLayer's own
 * RewardsCoordinator; then what the chain alone cannot bring about quickly.
 * The rewards are those of fixtures/eth/rewards.json.
 */
#include "devnet/test/ground.h"

#include "codec/abi.h"
#include "devnet/live_priv.h"
#include "devnet/sidecar_priv.h"
#include "io/http_client.h"

#define ALICE "0x05f7a45e049c96769360fafef7ccfc130dc22ab6"
#define TOKEN_0 "0x257601e63cc667ba6ad3561eb197f0edad4f96f7"
#define TOKEN_3 "0x9fc9be8f24b23f5d12a53061ed5b96030cbb375c"
#define DAY 86400u

static struct live *core_world(void)
{
	static const struct live_events nothing;
	const struct live_spec spec = {
		.root = root(), .release = "1.8.1", .profile = "fast"
	};
	struct live *w = NULL;
	struct err e = ERR_INIT;

	assert_ok(live_new(&w, loop, &spec, &nothing, &e), &e);
	assert_ok(live_begin(w, NULL, 0, 1, &e), &e);
	return w;
}

/* Asks the sidecar; @body NULL: GET. */
static json_t *ask(struct live *w, const char *path, const char *body,
		   int status)
{
	CLEANUP(http_client_freep) struct http_client *http = NULL;
	CLEANUP(freep) char *url = NULL;
	struct http_request r = { .method = body ? "POST" : "GET",
				  .content_type = "application/json",
				  .body = body,
				  .body_len = body ? strlen(body) : 0,
				  .answer_max = 1 << 20,
				  .timeout_ms = 5000 };
	struct http_answer a;
	struct err e = ERR_INIT;
	const char *base;
	json_t *j = NULL;

	assert_ok(live_sidecar(w, &base, &e), &e);
	url = xasprintf("%s%s", base, path);
	r.url = url;
	assert_ok(http_client_new(&http, loop, &e), &e);
	assert_ok(http_fetch(http, &r, &a, &e), &e);
	if (a.status != status)
		fail_msg("%s: %d %s", path, a.status, buf_str(&a.body));
	assert_string_equal(a.content_type, "application/json");
	assert_ok(json_parse(&j, buf_str(&a.body), a.body.len, path, &e), &e);
	http_answer_done(&a);
	return j;
}

static void says(struct live *w, const char *path, const char *body,
		 int status, const char *part)
{
	CLEANUP(json_decrefp) json_t *j = ask(w, path, body, status);
	const char *text = json_string_value(json_object_get(j, "message"));

	assert_non_null(text);
	if (!strstr(text, part))
		fail_msg("%s: \"%s\" does not say \"%s\"", path, text, part);
	assert_true(json_is_array(json_object_get(j, "details")));
}

static void has_text(const json_t *j, const char *path, const char *want)
{
	const char *text = NULL;
	struct err e = ERR_INIT;

	assert_ok(json_text_at(&text, j, path, &e), &e);
	assert_string_equal(text, want);
}

/* The fixture, as the sidecar's own interface takes it. */
static char *fixture_body(void)
{
	CLEANUP(json_decrefp) json_t *all = NULL;
	CLEANUP(json_decrefp) json_t *out = json_pack("{s:[]}", "rewards");
	json_t *list = json_object_get(out, "rewards"), *earner, *token;
	struct err e = ERR_INIT;
	size_t i, k;

	assert_ok(json_read_file(&all, kit_fixture("eth/rewards.json"), &e),
		  &e);
	json_array_foreach(json_object_get(all, "earners"), i, earner)
		json_array_foreach(json_object_get(earner, "tokens"), k, token)
			json_array_append_new(
				list,
				json_pack("{s:O, s:O, s:O}", "earner",
					  json_object_get(earner, "earner"),
					  "token",
					  json_object_get(token, "token"),
					  "total",
					  json_object_get(token, "total")));
	return json_text(out);
}


static void post_root(struct live *w, const struct hash32 *hash, uint64_t end)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct book_entry *at =
		book_by_name(live_book(w), "rewardsCoordinator");
	struct abi_val args[] = { abi_val_hash(hash), abi_val_u64(end) };
	struct abi_val all = abi_val_list(args, 2);
	struct buf data = BUF_INIT(1024);
	struct err e = ERR_INIT;
	struct receipt rc;

	assert_ok(abi_encode_call(&data,
				  abi_function(at->abi, "submitRoot", NULL),
				  &all, &e), &e);
	assert_ok(live_send(w, a, "rewardsUpdater", &at->address, U256_ZERO,
			    data.data, data.len, 0, &rc, &e), &e);
	assert_true(rc.ok);
	buf_done(&data);
}

static uint8_t digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	assert_non_null(at);
	return (uint8_t)(at - digits);
}

/* Another's base64 than ours: as a claim tool would read it. */
static struct abi_val from_base64(struct arena *a, const json_t *j)
{
	const char *s = json_string_value(j);
	size_t n = 0;
	uint8_t *out;

	assert_non_null(s);
	out = arena_alloc(a, strlen(s) + 1);
	for (; s[0] && s[0] != '='; s += 4) {
		uint32_t v = (uint32_t)digit(s[0]) << 18 |
			     (uint32_t)digit(s[1]) << 12;

		out[n++] = (uint8_t)(v >> 16);
		if (s[2] == '=')
			break;
		v |= (uint32_t)digit(s[2]) << 6;
		out[n++] = (uint8_t)(v >> 8);
		if (s[3] == '=')
			break;
		v |= digit(s[3]);
		out[n++] = (uint8_t)v;
	}
	return abi_val_bytes(out, n);
}

static struct abi_val leaf_of(struct arena *a, const json_t *j)
{
	struct abi_val *pair = ARENA_ARRAY(a, struct abi_val, 2);
	struct addr20 token;
	struct u256 total;
	struct err e = ERR_INIT;

	assert_ok(json_addr_at(&token, j, "token", &e), &e);
	assert_ok(json_u256_at(&total, j, "cumulativeEarnings", &e), &e);
	pair[0] = abi_val_addr(&token);
	pair[1] = abi_val_u256(total);
	return abi_val_list(pair, 2);
}

/* The claim of the proof, as checkClaim(RewardsMerkleClaim) takes it. */
static struct abi_val claim_of(struct arena *a, const json_t *proof)
{
	const json_t *indices = json_object_get(proof, "tokenIndices");
	const json_t *proofs = json_object_get(proof, "tokenTreeProofs");
	const json_t *leaves = json_object_get(proof, "tokenLeaves");
	const json_t *earner = json_object_get(proof, "earnerLeaf");
	size_t n = json_array_size(indices);
	struct abi_val *lists[3], *claim = ARENA_ARRAY(a, struct abi_val, 7);
	struct abi_val *leaf = ARENA_ARRAY(a, struct abi_val, 2);
	struct addr20 who;
	struct err e = ERR_INIT;

	assert_int_equal(json_array_size(proofs), n);
	assert_int_equal(json_array_size(leaves), n);
	for (size_t i = 0; i < 3; i++)
		lists[i] = ARENA_ARRAY(a, struct abi_val, n);
	for (size_t i = 0; i < n; i++) {
		lists[0][i] = abi_val_u64((uint64_t)json_integer_value(
			json_array_get(indices, i)));
		lists[1][i] = from_base64(a, json_array_get(proofs, i));
		lists[2][i] = leaf_of(a, json_array_get(leaves, i));
	}
	assert_ok(json_addr_at(&who, earner, "earner", &e), &e);
	leaf[0] = abi_val_addr(&who);
	leaf[1] = from_base64(a, json_object_get(earner, "earnerTokenRoot"));
	claim[0] = abi_val_u64((uint64_t)json_integer_value(
		json_object_get(proof, "rootIndex")));
	claim[1] = abi_val_u64((uint64_t)json_integer_value(
		json_object_get(proof, "earnerIndex")));
	claim[2] = from_base64(a, json_object_get(proof, "earnerTreeProof"));
	claim[3] = abi_val_list(leaf, 2);
	claim[4] = abi_val_list(lists[0], n);
	claim[5] = abi_val_list(lists[1], n);
	claim[6] = abi_val_list(lists[2], n);
	return abi_val_list(claim, 7);
}

static void claim_stands(struct live *w, const char *body, size_t leaves)
{
	CLEANUP(json_decrefp)
	json_t *j = ask(w, "/rewards/v1/claim-proof", body, 200);
	const json_t *proof = json_object_get(j, "proof");
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val claim = claim_of(a, proof);
	struct err e = ERR_INIT;
	struct u256 stands;

	assert_int_equal(json_array_size(json_object_get(proof,
							 "tokenLeaves")),
			 leaves);
	assert_ok(live_view(w, "rewardsCoordinator", "checkClaim", &claim, 1,
			    &stands, &e), &e);
	assert_false(u256_is_zero(stands));
}

/* Tokens are in small letters there, where claims have them in mixed case. */
static void summary_has(struct live *w, const char *earner, const char *query,
			size_t tokens)
{
	CLEANUP(freep)
	char *path = xasprintf("/rewards/v1/earners/%s/summarized-rewards%s",
			       earner, query);
	CLEANUP(json_decrefp) json_t *j = ask(w, path, NULL, 200);

	assert_int_equal(json_array_size(json_object_get(j, "rewards")),
			 tokens);
	if (tokens)
		has_text(j, "rewards[0].token", TOKEN_0);
}

static void a_claim_all_the_way(void **state)
{
	CLEANUP(live_freep) struct live *w = core_world();
	CLEANUP(freep) char *body = fixture_body();
	CLEANUP(json_decrefp) json_t *known = NULL;
	CLEANUP(json_decrefp) json_t *roots = NULL;
	CLEANUP(json_decrefp) json_t *fixture = NULL;
	struct err e = ERR_INIT;
	struct hash32 root;
	struct block b;

	(void)state;
	says(w, "/rewards/v1/claim-proof",
	     "{\"earnerAddress\": \"" ALICE "\"}", 500, "no root can be");
	known = ask(w, "/avsbed/v1/rewards", body, 200);
	assert_ok(json_hash_at(&root, known, "root", &e), &e);
	assert_ok(json_read_file(&fixture, kit_fixture("eth/rewards.json"),
				 &e), &e);
	has_text(known, "root",
		 json_string_value(json_object_get(fixture, "root")));
	assert_ok(chain_block(live_rpc(w), CHAIN_HEAD, &b, &e), &e);
	post_root(w, &root, b.time - b.time % DAY);

	roots = ask(w, "/rewards/v1/distribution-roots", NULL, 200);
	assert_int_equal(
		json_array_size(json_object_get(roots, "distributionRoots")),
		1);
	has_text(roots, "distributionRoots[0].root", fmt_hash(&root).s);
	has_text(roots, "distributionRoots[0].rootIndex", "0");
	has_text(roots, "distributionRoots[0].blockHeight", "1001");
	has_text(roots, "distributionRoots[0].rewardsCalculationEnd",
		 "2026-01-01T00:00:00Z");

	claim_stands(w, "{\"earnerAddress\": \"" ALICE "\", \"tokens\": []}",
		     5);
	claim_stands(w,
		     "{\"earnerAddress\": \"" ALICE "\", \"tokens\": "
		     "[\"" TOKEN_3 "\", \"" TOKEN_0 "\"], \"rootIndex\": 0}",
		     2);
	/* By protobuf's other names, a wrapped integer as text. */
	claim_stands(w,
		     "{\"earner_address\": \"" ALICE "\", \"root_index\": "
		     "\"0\"}",
		     5);
	/* And what says nothing: no tokens, no root. */
	claim_stands(w,
		     "{\"earnerAddress\": \"" ALICE "\", \"tokens\": null, "
		     "\"rootIndex\": \"-1\"}",
		     5);
	claim_stands(w, "{\"earnerAddress\": \"" ALICE "\", \"rootIndex\": -1}",
		     5);
	summary_has(w, ALICE, "", 5);
	summary_has(w, ALICE, "?block_height=1000", 0);
	summary_has(w, ALICE, "?x=1&blockHeight=1001", 5);
	summary_has(w, ALICE, "?blockHeight=0", 5);
	summary_has(w, TOKEN_0, "", 0); /* who earned nothing */
	says(w, "/rewards/v1/claim-proof", "{\"earnerAddress\": \"" TOKEN_0
	     "\"}", 500, "earned nothing");
	says(w, "/rewards/v1/claim-proof", "{\"earnerAddress\": \"" ALICE
	     "\", \"tokens\": [\"" ALICE "\"]}", 500, "earned no 0x05F7");
}

static void what_it_refuses(void **state)
{
	static const struct {
		const char *path, *body;
		int status;
		const char *part;
	} cases[] = {
		{ "/rewards/v1/nothing", NULL, 404, "Not Found" },
		{ "/rewards/v1/claim-proof", NULL, 404, "Not Found" },
		{ "/rewards/v1/distribution-roots", "{}", 404, "Not Found" },
		{ "/rewards/v1/claim-proof", "{", 400, "the body" },
		{ "/rewards/v1/claim-proof", "{}", 400, "earnerAddress" },
		{ "/rewards/v1/claim-proof",
		  "{\"earnerAddress\": \"0x12\"}", 400, "earnerAddress" },
		{ "/rewards/v1/claim-proof",
		  "{\"earnerAddress\": \"" ALICE "\", \"tokens\": 1}", 400,
		  "tokens: no list" },
		{ "/rewards/v1/claim-proof",
		  "{\"earnerAddress\": \"" ALICE "\", \"rootIndex\": 7}", 500,
		  "there is no root 7: 0 were posted" },
		{ "/rewards/v1/claim-proof",
		  "{\"earnerAddress\": \"" ALICE "\", \"rootIndex\": 0}", 500,
		  "there is no root 0: 0 were posted" },
		{ "/rewards/v1/claim-proof",
		  "{\"earnerAddress\": \"" ALICE "\", \"rootIndex\": "
		  "\"0x10000000000000000\"}", 400, "rootIndex: over 64 bits" },
		{ "/rewards/v1/claim-proof",
		  "{\"earnerAddress\": \"" ALICE "\", \"rootIndex\": []}", 400,
		  "rootIndex" },
		{ "/rewards/v1/claim-proof",
		  "{\"earnerAddress\": \"" ALICE "\", \"tokens\": [\"0x12\"]}",
		  400, "tokens" },
		{ "/rewards/v1/distribution-roots?blockHeight=1x", NULL, 400,
		  "blockHeight" },
		{ "/rewards/v1/distribution-roots?blockHeight=99999999999999",
		  NULL, 400, "blockHeight" },
		{ "/avsbed/v1/rewards", "{}", 400, "rewards" },
		{ "/avsbed/v1/rewards",
		  "{\"rewards\": [{\"earner\": \"" ALICE "\"}]}", 400,
		  "rewards[0]" },
		{ "/rewards/v1/earners/0x12/summarized-rewards", NULL, 400,
		  "earner" },
		{ "/rewards/v1/distribution-roots?blockHeight=x", NULL, 400,
		  "blockHeight" },
		{ "/avsbed/v1/rewards", "{\"rewards\": []}", 400, "not 0" },
		{ "/avsbed/v1/rewards", "{\"rewards\": [{}]}", 400,
		  "rewards[0]" },
	};
	CLEANUP(live_freep) struct live *w = core_world();
	struct hash32 stranger = keccak256("x", 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		says(w, cases[i].path, cases[i].body, cases[i].status,
		     cases[i].part);
	post_root(w, &stranger, DAY * 20000);
	says(w, "/rewards/v1/claim-proof",
	     "{\"earnerAddress\": \"" ALICE "\"}", 500,
	     "were not computed here");
}

/* --- without a chain: events as the coordinator writes them ---------------- */

struct story {
	struct log logs[8];
	uint8_t data[8][96];
	size_t n;
};

static struct hash32 word(uint64_t v)
{
	struct hash32 h;

	u256_to_be(h.b, u256_from_u64(v));
	return h;
}

static struct hash32 topic(const char *signature)
{
	return keccak256(signature, strlen(signature));
}

static void submitted(struct story *s, uint64_t index,
		      const struct rewards *r, uint64_t active)
{
	struct hash32 at = word(active);

	memcpy(s->data[s->n], at.b, 32);
	s->logs[s->n] = (struct log){
		.topics = { topic("DistributionRootSubmitted(uint32,bytes32,"
				  "uint32,uint32)"),
			    word(index), rewards_root(r), word(DAY) },
		.topics_n = 4,
		.data = s->data[s->n],
		.data_len = 32,
	};
	s->n++;
}

static void disabled(struct story *s, uint64_t index)
{
	s->logs[s->n++] = (struct log){
		.topics = { topic("DistributionRootDisabled(uint32)"),
			    word(index) },
		.topics_n = 2,
	};
}

static void was_claimed(struct story *s, const struct reward *r,
			uint64_t amount)
{
	struct hash32 much = word(amount), who = { { 0 } };

	memcpy(who.b + 12, r->earner.b, 20);
	memcpy(s->data[s->n] + 44, r->token.b, 20);
	memcpy(s->data[s->n] + 64, much.b, 32);
	s->logs[s->n] = (struct log){
		.topics = { topic("RewardsClaimed(bytes32,address,address,"
				  "address,address,uint256)"),
			    who, who, who },
		.topics_n = 4,
		.data = s->data[s->n],
		.data_len = 96,
	};
	s->n++;
}

static struct rewards *distribution(struct reward *one, uint64_t total)
{
	struct rewards *r = NULL;
	struct err e = ERR_INIT;

	one->total = u256_from_u64(total);
	assert_ok(rewards_new(&r, one, 1, &e), &e);
	return r;
}

static void sums_up(const struct story *s, const struct sidecar_known *known,
		    uint64_t now, const struct addr20 *earner,
		    const char *const want[4])
{
	static const char *const keys[] = { "earned", "active", "claimed",
					    "claimable" };
	const struct sidecar_query q = { .what = SIDECAR_SUMMARY,
					 .earner = *earner };
	const struct sidecar_chain c = { s->logs, s->n, now };
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e = ERR_INIT;

	assert_ok(sidecar_answer(&j, &q, &c, known, &e), &e);
	for (size_t i = 0; i < 4; i++) {
		CLEANUP(freep) char *path = xasprintf("rewards[0].%s", keys[i]);

		has_text(j, path, want[i]);
	}
}

static void proves(const struct story *s, const struct sidecar_known *known,
		   uint64_t now, const struct addr20 *earner, int root)
{
	const struct sidecar_query q = { .what = SIDECAR_CLAIM_PROOF,
					 .earner = *earner };
	const struct sidecar_chain c = { s->logs, s->n, now };
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e = ERR_INIT;
	uint64_t index;

	assert_ok(sidecar_answer(&j, &q, &c, known, &e), &e);
	assert_ok(json_u64_at(&index, j, "proof.rootIndex", &e), &e);
	assert_int_equal(index, root);
}

/* The newest first; of a block, only that block's. */
static void roots_are(const struct story *s, uint64_t only,
		      const char *const *want)
{
	const struct sidecar_query q = { .what = SIDECAR_ROOTS, .only = only };
	const struct sidecar_known none = { .n = 0 };
	const struct sidecar_chain c = { s->logs, s->n, 1000 };
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *list;
	struct err e = ERR_INIT;
	size_t i = 0;

	assert_ok(sidecar_answer(&j, &q, &c, &none, &e), &e);
	list = json_object_get(j, "distributionRoots");
	for (; want[i]; i++)
		has_text(json_array_get(list, i), "rootIndex", want[i]);
	assert_int_equal(json_array_size(list), i);
}

static void roots_newest_first(void **state)
{
	struct reward one = { .earner = { { 1 } }, .token = { { 2 } } };
	CLEANUP(rewards_freep) struct rewards *first = distribution(&one, 30);
	CLEANUP(rewards_freep) struct rewards *second = distribution(&one, 70);
	struct story s = { .n = 0 };

	(void)state;
	submitted(&s, 0, first, 100);
	submitted(&s, 1, second, 200);
	s.logs[0].block = 7;
	s.logs[1].block = 9;
	roots_are(&s, 0, (const char *const[]){ "1", "0", NULL });
	roots_are(&s, 7, (const char *const[]){ "0", NULL });
	roots_are(&s, 8, (const char *const[]){ NULL });
}

/* One that waits may be asked for, one that is disabled not. */
static void proof_by_root(void **state)
{
	struct reward one = { .earner = { { 1 } }, .token = { { 2 } } };
	CLEANUP(rewards_freep) struct rewards *first = distribution(&one, 30);
	struct rewards *items[] = { first };
	const struct sidecar_known known = { .items = items, .n = 1 };
	const struct sidecar_query q = { .what = SIDECAR_CLAIM_PROOF,
					 .earner = one.earner,
					 .has_root = true };
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e = ERR_INIT;
	struct story s = { .n = 0 };

	(void)state;
	submitted(&s, 0, first, 100);
	assert_ok(sidecar_answer(&j, &q,
				 &(struct sidecar_chain){ s.logs, s.n, 99 },
				 &known, &e), &e);
	has_text(j, "proof.tokenLeaves[0].cumulativeEarnings", "30");
	disabled(&s, 0);
	assert_err(sidecar_answer(&j, &q,
				  &(struct sidecar_chain){ s.logs, s.n, 101 },
				  &known, &e), &e, ERR_SCHEMA,
		   "root 0 is disabled");
}

static void refuses_root(const struct story *s, const struct sidecar_known *k,
			 const struct addr20 *earner, uint64_t root,
			 const char *part)
{
	const struct sidecar_query q = { .what = SIDECAR_CLAIM_PROOF,
					 .earner = *earner,
					 .has_root = true,
					 .root = root };
	const struct sidecar_chain c = { s->logs, s->n, 1000 };
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e = ERR_INIT;

	assert_err(sidecar_answer(&j, &q, &c, k, &e), &e, ERR_SCHEMA, part);
}

/* A world that was kept for long has forgotten the events of roots 0 to 4. */
static void roots_by_index_not_by_place(void **state)
{
	struct reward one = { .earner = { { 1 } }, .token = { { 2 } } };
	CLEANUP(rewards_freep) struct rewards *first = distribution(&one, 30);
	CLEANUP(rewards_freep) struct rewards *second = distribution(&one, 70);
	struct rewards *items[] = { first, second };
	const struct sidecar_known known = { .items = items, .n = 2 };
	const struct sidecar_query q = { .what = SIDECAR_CLAIM_PROOF,
					 .earner = one.earner,
					 .has_root = true,
					 .root = 5 };
	struct story s = { .n = 0 };
	const struct sidecar_chain c = { s.logs, 2, 1000 };
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e = ERR_INIT;

	(void)state;
	submitted(&s, 5, first, 100);
	submitted(&s, 6, second, 200);
	assert_ok(sidecar_answer(&j, &q, &c, &known, &e), &e);
	has_text(j, "proof.tokenLeaves[0].cumulativeEarnings", "30");
	refuses_root(&s, &known, &one.earner, 0,
		     "root 0 is of a block that is not kept any more; the "
		     "first one that is known is root 5");
	refuses_root(&s, &known, &one.earner, 7,
		     "there is no root 7: 7 were posted so far");
	disabled(&s, 0);
	disabled(&s, 6);
	proves(&s, &known, 1000, &one.earner, 5);
	refuses_root(&s, &known, &one.earner, 6, "root 6 is disabled");
}

/* Earned is what the newest root says, active what may be claimed by now. */
static void delays_disabling_and_claims(void **state)
{
	struct reward one = { .earner = { { 1 } }, .token = { { 2 } } };
	CLEANUP(rewards_freep) struct rewards *first = distribution(&one, 30);
	CLEANUP(rewards_freep) struct rewards *second = distribution(&one, 70);
	struct rewards *items[] = { first, second };
	const struct sidecar_known known = { .items = items, .n = 2 };
	struct story s = { .n = 0 };

	(void)state;
	submitted(&s, 0, first, 100);
	submitted(&s, 1, second, 200);
	sums_up(&s, &known, 199, &one.earner,
		(const char *const[]){ "70", "30", "0", "30" });
	proves(&s, &known, 199, &one.earner, 0);
	was_claimed(&s, &one, 30);
	sums_up(&s, &known, 199, &one.earner,
		(const char *const[]){ "70", "30", "30", "0" });
	sums_up(&s, &known, 200, &one.earner,
		(const char *const[]){ "70", "70", "30", "40" });
	proves(&s, &known, 200, &one.earner, 1);
	disabled(&s, 1);
	sums_up(&s, &known, 200, &one.earner,
		(const char *const[]){ "30", "30", "30", "0" });
	proves(&s, &known, 200, &one.earner, 0);
}

/* What one was told another can be: a world that goes on has a new one. */
static void what_was_told_is_passed_on(void **state)
{
	static const struct addr20 nobody;
	const struct reward all[] = {
		{ { { 1 } }, { { 2 } }, u256_from_u64(30) },
		{ { { 1 } }, { { 3 } }, u256_from_u64(7) },
		{ { { 4 } }, { { 2 } }, U256_MAX },
	};
	CLEANUP(sidecar_freep) struct sidecar *one = sidecar_new(loop, "",
								 &nobody);
	CLEANUP(sidecar_freep) struct sidecar *other = sidecar_new(loop, "",
								   &nobody);
	CLEANUP(json_decrefp) json_t *told = NULL, *again = NULL;
	struct rewards *r = NULL;
	struct err e = ERR_INIT;
	struct hash32 root, before;
	size_t n;

	(void)state;
	assert_ok(rewards_new(&r, all, ARRAY_LEN(all), &e), &e);
	assert_int_equal(rewards_all(r, &n)[2].earner.b[0], 4);
	assert_int_equal(n, 3);
	before = rewards_root(r);
	sidecar_add(one, r);
	told = sidecar_told(one);
	assert_ok(sidecar_tell(other, told, &e), &e);
	again = sidecar_told(other);
	assert_true(json_equal(told, again));
	assert_int_equal(json_array_size(again), 1);
	assert_ok(sidecar_read_rewards(&r, json_array_get(again, 0), &e), &e);
	root = rewards_root(r);
	assert_true(hash_eq(&root, &before));
	rewards_free(r);
	json_array_append_new(told, json_pack("{s:i}", "rewards", 1));
	assert_err(sidecar_tell(other, told, &e), &e, ERR_RANGE,
		   "rewards that were kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_claim_all_the_way),
		cmocka_unit_test(what_it_refuses),
		cmocka_unit_test(roots_newest_first),
		cmocka_unit_test(proof_by_root),
		cmocka_unit_test(roots_by_index_not_by_place),
		cmocka_unit_test(delays_disabling_and_claims),
		cmocka_unit_test(what_was_told_is_passed_on),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
