#include "operator/metrics.h"

#include <inttypes.h>

#include "base/base.h"

struct method {
	char *name;
	struct histogram took;
};

struct sending {
	char *what;
	uint64_t ok, failed;
};

static const struct {
	uint64_t ns;
	const char *text;
} BUCKETS[METRICS_BUCKETS] = {
    {1000000, "0.001"},	    {2500000, "0.0025"},    {5000000, "0.005"},
    {10000000, "0.01"},	    {25000000, "0.025"},    {50000000, "0.05"},
    {100000000, "0.1"},	    {250000000, "0.25"},    {500000000, "0.5"},
    {1000000000, "1"},	    {2500000000u, "2.5"},   {5000000000u, "5"},
    {10000000000u, "10"},
};

static const struct u256 WAD = {.w = {1000000000000000000u}};

void histogram_add(struct histogram *h, uint64_t ns)
{
	size_t i = 0;

	while (i < METRICS_BUCKETS && ns > BUCKETS[i].ns)
		i++;
	h->counts[i]++;
	h->n++;
	h->sum_ns += ns;
}

void metrics_init(struct metrics *m)
{
	*m = (struct metrics){0};
	for (size_t i = 0; i < STAKES_MAX; i++)
		m->magnitude[i] = WAD;
}

void metrics_done(struct metrics *m)
{
	for (size_t i = 0; i < m->methods_n; i++)
		free(m->methods[i].name);
	free(m->methods);
	for (size_t i = 0; i < m->sendings_n; i++)
		free(m->sendings[i].what);
	free(m->sendings);
	free(m->client);
	*m = (struct metrics){0};
}

void metrics_rpc(void *metrics, const char *method, uint64_t ns)
{
	struct metrics *m = metrics;
	size_t i = 0;

	while (i < m->methods_n && strcmp(m->methods[i].name, method))
		i++;
	if (i == m->methods_n) {
		GROW(m->methods, m->methods_n, m->methods_cap);
		m->methods[m->methods_n++] =
		    (struct method){.name = xstrdup(method)};
	}
	histogram_add(&m->methods[i].took, ns);
}

void metrics_tx(struct metrics *m, const char *what, bool ok)
{
	size_t i = 0;

	while (i < m->sendings_n && strcmp(m->sendings[i].what, what))
		i++;
	if (i == m->sendings_n) {
		GROW(m->sendings, m->sendings_n, m->sendings_cap);
		m->sendings[m->sendings_n++] =
		    (struct sending){.what = xstrdup(what)};
	}
	if (ok)
		m->sendings[i].ok++;
	else
		m->sendings[i].failed++;
}

/* --- text ------------------------------------------------------------------ */

static void family(struct buf *b, const char *name, const char *type,
		   const char *help)
{
	buf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* @name="@value", with what the format wants escaped. */
static void label(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n') {
			buf_adds(b, "\\n");
			continue;
		}
		if (*value == '"' || *value == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *value);
	}
	buf_addc(b, '"');
}

static void plain(struct buf *b, const char *name, const char *type,
		  const char *help, uint64_t value)
{
	family(b, name, type, help);
	buf_addf(b, "%s %" PRIu64 "\n", name, value);
}

/* One series of a histogram; @labels is what its lines have besides le. */
static void series(struct buf *b, const char *name, const char *labels,
		   const struct histogram *h)
{
	const char *comma = *labels ? "," : "", *open = *labels ? "{" : "",
		   *close = *labels ? "}" : "";
	uint64_t n = 0;

	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		n += h->counts[i];
		buf_addf(b, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name,
			 labels, comma, BUCKETS[i].text, n);
	}
	buf_addf(b, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", name, labels,
		 comma, h->n);
	buf_addf(b, "%s_sum%s%s%s %" PRIu64 ".%09" PRIu64 "\n", name, open,
		 labels, close, h->sum_ns / 1000000000,
		 h->sum_ns % 1000000000);
	buf_addf(b, "%s_count%s%s%s %" PRIu64 "\n", name, open, labels, close,
		 h->n);
}

/* Two strategies may hold one token. */
static bool seen_before(const struct config *cfg, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (addr_eq(&cfg->stakes[k].token, &cfg->stakes[i].token))
			return true;
	return false;
}

/* Of those challenges that are over, how many were answered, in percent. */
static double score(const struct metrics *m)
{
	uint64_t over = m->answered + m->expired;

	return over ? 100.0 * (double)m->answered / (double)over : 100.0;
}

static void economics(struct buf *b, const struct metrics *m,
		      const struct config *cfg, const char *avs)
{
	char set[16], name[32];
	struct u256 stake = U256_ZERO;
	bool slashed = false;

	family(b, "eigen_fees_earned_total", "counter",
	       "Rewards claimed by the operator, in the token's smallest unit");
	for (size_t i = 0; i < cfg->stakes_n; i++) {
		if (!seen_before(cfg, i)) {
			buf_addf(b, "eigen_fees_earned_total{%s,", avs);
			label(b, "token", fmt_addr(&cfg->stakes[i].token).s);
			buf_addf(b, "} %s\n", fmt_u256(m->earned[i]).s);
		}
		stake = u256_wrap_add(stake, m->shares[i]);
		slashed |= u256_cmp(m->magnitude[i], WAD) < 0;
	}
	family(b, "eigen_performance_score", "gauge",
	       "Share of the challenges that were answered, 0 to 100");
	buf_addf(b, "eigen_performance_score{%s} %g\n", avs, score(m));
	plain(b, "eigen_slashing_status", "gauge",
	      "Whether the operator has been slashed", slashed);
	family(b, "eigen_registered_stakes", "gauge",
	       "Shares delegated to the operator in the set's strategies");
	snprintf(set, sizeof(set), "%" PRIu32, cfg->set);
	snprintf(name, sizeof(name), "set %" PRIu32, cfg->set);
	buf_addf(b, "eigen_registered_stakes{%s,", avs);
	label(b, "quorum_name", name);
	buf_addc(b, ',');
	label(b, "quorum_number", set);
	buf_addf(b, "} %s\n", fmt_u256(stake).s);
}

static void rpc(struct buf *b, const struct metrics *m, const char *avs)
{
	static const char duration[] = "eigen_rpc_request_duration_seconds";
	static const char total[] = "eigen_rpc_request_total";
	struct buf labels = BUF_INIT(4096);

	family(b, duration, "histogram",
	       "How long JSON-RPC requests took, by method");
	for (size_t i = 0; i < m->methods_n; i++) {
		buf_clear(&labels);
		buf_addf(&labels, "%s,", avs);
		label(&labels, "client_version", m->client ? m->client : "");
		buf_addc(&labels, ',');
		label(&labels, "method", m->methods[i].name);
		series(b, duration, buf_str(&labels), &m->methods[i].took);
	}
	family(b, total, "counter", "JSON-RPC requests, by method");
	for (size_t i = 0; i < m->methods_n; i++) {
		buf_addf(b, "%s{%s,", total, avs);
		label(b, "client_version", m->client ? m->client : "");
		buf_addc(b, ',');
		label(b, "method", m->methods[i].name);
		buf_addf(b, "} %" PRIu64 "\n", m->methods[i].took.n);
	}
	buf_done(&labels);
}

static void sendings(struct buf *b, const struct metrics *m)
{
	static const char name[] = "avs_operator_transactions_total";

	family(b, name, "counter", "Transactions mined, by purpose and outcome");
	for (size_t i = 0; i < m->sendings_n; i++) {
		const struct sending *s = &m->sendings[i];

		buf_addf(b, "%s{outcome=\"done\",what=\"%s\"} %" PRIu64 "\n",
			 name, s->what, s->ok);
		buf_addf(b, "%s{outcome=\"reverted\",what=\"%s\"} %" PRIu64
			    "\n",
			 name, s->what, s->failed);
	}
}

static void services(struct buf *b, const struct metrics *m)
{
	static const char *const names[] = {"rpc", "tee", "duties"};
	static const char name[] = "avs_operator_service_up";

	family(b, name, "gauge", "Whether a part of the node was up when it "
				 "was last asked");
	for (size_t i = 0; i < SERVICE__COUNT; i++)
		buf_addf(b, "%s{service=\"%s\"} %d\n", name, names[i],
			 m->services[i] == SERVICE_UP);
}

void metrics_print(struct buf *out, const struct metrics *m,
		   const struct config *cfg)
{
	struct buf avs = BUF_INIT(4096);

	label(&avs, "avs_name", cfg->avs_name);
	economics(out, m, cfg, buf_str(&avs));
	rpc(out, m, buf_str(&avs));
	buf_done(&avs);
	plain(out, "avs_operator_head_block", "gauge",
	      "The last block that was handled", m->head);
	plain(out, "avs_operator_challenges_total", "counter",
	      "Challenges seen", m->challenges);
	plain(out, "avs_operator_challenges_answered_total", "counter",
	      "Challenges answered", m->answered);
	plain(out, "avs_operator_challenges_expired_total", "counter",
	      "Challenges whose window closed without an answer", m->expired);
	plain(out, "avs_operator_challenges_open", "gauge",
	      "Challenges that wait for an answer", m->open);
	family(out, "avs_operator_answer_duration_seconds", "histogram",
	       "From a challenge seen to its answer mined");
	series(out, "avs_operator_answer_duration_seconds", "", &m->answers);
	plain(out, "avs_operator_attestation_expiry_timestamp_seconds",
	      "gauge", "When the attestation lapses; 0 if there is none",
	      m->attested_until);
	plain(out, "avs_operator_collateral_expiry_timestamp_seconds", "gauge",
	      "When the collateral of the platform runs out, as last looked "
	      "at; 0 if it has",
	      m->collateral_until);
	plain(out, "avs_operator_collateral_updates_total", "counter",
	      "Pieces of collateral given to the registry",
	      m->collateral_updates);
	plain(out, "avs_operator_collateral_failures_total", "counter",
	      "Tries to renew collateral that failed",
	      m->collateral_failures);
	plain(out, "avs_operator_heartbeats_total", "counter",
	      "Heartbeats that the aggregator took", m->heartbeats);
	plain(out, "avs_operator_heartbeat_failures_total", "counter",
	      "Heartbeats that could not be made, sent, or were refused",
	      m->heartbeat_failures);
	plain(out, "avs_operator_heartbeat_timestamp_seconds", "gauge",
	      "The chain's time at the last heartbeat taken; 0 if none was",
	      m->heartbeat_at);
	plain(out, "avs_operator_rpc_reconnects_total", "counter",
	      "Connections to the chain made anew", m->reconnects);
	sendings(out, m);
	services(out, m);
}
