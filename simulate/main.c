/*
 * tee-sim - the command line of the TEE simulator.
 *
 * Exit: 0 done, 1 the quote to inspect is malformed, 2 something failed,
 * 64 usage.
 */
#include <getopt.h>

#include "base/base.h"
#include "base/hex.h"
#include "base/nearest.h"
#include "codec/quote_doc.h"
#include "simulate/collateral.h"
#include "simulate/config.h"
#include "simulate/fault_list.h"
#include "simulate/make.h"
#include "simulate/serve.h"
#include "simulate/tee.h"

enum { EXIT_MALFORMED = 1, EXIT_FAILED = 2, EXIT_USAGE = 64 };

struct options {
	bool has_seed, has_at;
	enum fault_list_form faults_form;
	int64_t at;
	uint64_t seed;
	const char *instance, *image, *compose, *report_data, *out, *config;
	const char *tee, *version, *td;
	enum tee_kind kind; /* from these three */
	const char *file;   /* the one argument that is no option */
	struct fault_set faults;
};

/* Each option's letter, by which a command says that it takes it. */
static const struct option longopts[] = {
    {"seed", required_argument, NULL, 's'},
    {"instance", required_argument, NULL, 'i'},
    {"image", required_argument, NULL, 'm'},
    {"compose", required_argument, NULL, 'c'},
    {"report-data", required_argument, NULL, 'r'},
    {"tee", required_argument, NULL, 't'},
    {"version", required_argument, NULL, 'v'},
    {"td", required_argument, NULL, 'd'},
    {"at", required_argument, NULL, 'a'},
    {"fault", required_argument, NULL, 'f'},
    {"out", required_argument, NULL, 'o'},
    {"config", required_argument, NULL, 'C'},
    {"json", no_argument, NULL, 'j'},
    {"markdown", no_argument, NULL, 'M'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct command {
	const char *name, *args, *doc;
	const char *takes; /* letters of its options; "F": a file */
	const char *needs; /* those without which it cannot */
	int (*run)(const struct options *o, struct err *e);
};

static int failed(const struct err *e)
{
	fprintf(stderr, "tee-sim: %s\n", e->text);
	return EXIT_FAILED;
}

/* Text of our own making and of bounded size: no cap to report. */
static int print(struct buf *b)
{
	fwrite(buf_str(b), 1, b->len, stdout);
	buf_done(b);
	return fflush(stdout) ? EXIT_FAILED : 0;
}

/* The instance as `serve` would start it. */
static bool open_configured(struct tee **ret, const struct options *o,
			    struct err *e)
{
	struct arena *a CLEANUP(arena_freep) = arena_new();
	const struct sim_instance *in;
	struct sim_config c;
	struct tee_spec spec;

	if (!config_read(&c, a, o->config, e) ||
	    !config_find(&in, &c, o->instance, e))
		return false;
	spec = config_spec(&c, in);
	return tee_new(ret, &spec, e);
}

static bool open_tee(struct tee **ret, const struct options *o, struct err *e)
{
	struct buf compose = BUF_INIT(1u << 20);
	struct tee_spec spec = {
	    .seed = o->seed,
	    .name = o->instance ? o->instance : "tee",
	    .image = o->image,
	    .kind = o->kind,
	};
	bool ok;

	if (o->config)
		return open_configured(ret, o, e);
	ok = !o->compose || buf_read_file(&compose, o->compose, e);
	if (ok) {
		spec.compose = o->compose ? buf_str(&compose) : NULL;
		ok = tee_new(ret, &spec, e);
	}
	buf_done(&compose);
	return ok;
}

/* "name":"0x…", of a JSON object. */
static void member(struct buf *out, const char *name, const void *data,
		   size_t len)
{
	buf_addf(out, "%s\"%s\":\"0x", out->len ? "," : "{", name);
	buf_addhex(out, data, len);
	buf_addc(out, '"');
}

static int cmd_root(const struct options *o, struct err *e)
{
	struct buf der = BUF_INIT(CERT_MAX), pem = BUF_INIT(PKI_PEM_MAX);
	struct buf out = BUF_INIT(2 * PKI_PEM_MAX);
	struct p256_pub key;
	bool ok = pki_root(&key, &der, o->seed, e);

	if (ok) {
		pem_add(&pem, "CERTIFICATE", der.data, der.len);
		member(&out, "x", key.x, sizeof(key.x));
		member(&out, "y", key.y, sizeof(key.y));
		member(&out, "der", der.data, der.len);
		buf_adds(&out, ",\"pem\":");
		buf_addjson(&out, buf_str(&pem), pem.len);
		buf_adds(&out, "}\n");
	}
	buf_done(&der);
	buf_done(&pem);
	return ok ? print(&out) : failed(e);
}

static int cmd_measurement(const struct options *o, struct err *e)
{
	struct tee *t CLEANUP(tee_freep) = NULL;
	struct buf out = BUF_INIT(4096), der = BUF_INIT(CERT_MAX);
	struct p256_pub root;
	char name[8];
	bool ok = open_tee(&t, o, e) && pki_root(&root, &der, t->seed, e);

	buf_done(&der);
	if (!ok)
		return failed(e);
	member(&out, "measurement", t->measurement.b, 32);
	member(&out, "mrtd", t->td.mrtd, 48);
	for (unsigned i = 0; i < RTMR_N; i++) {
		snprintf(name, sizeof(name), "rtmr%u", i);
		member(&out, name, t->td.rtmr[i], 48);
	}
	member(&out, "mr_config_id", t->td.mr_config_id, 48);
	member(&out, "mrenclave", t->sgx.mrenclave, 32);
	member(&out, "mrsigner", t->sgx.mrsigner, 32);
	member(&out, "compose_hash", t->compose_hash.b, 32);
	member(&out, "app_id", t->app_id, sizeof(t->app_id));
	member(&out, "root_x", root.x, sizeof(root.x));
	member(&out, "root_y", root.y, sizeof(root.y));
	buf_adds(&out, "}\n");
	return print(&out);
}

static bool read_report_data(uint8_t ret[TEE_REPORT_DATA], const char *hex,
			     struct err *e)
{
	uint8_t *data CLEANUP(freep) = NULL;
	size_t len;

	if (!hex_decode_alloc(&data, &len, hex, strlen(hex), e))
		return err_ctx(e, "--report-data");
	if (len > TEE_REPORT_DATA)
		return err_set(e, ERR_RANGE, 0,
			       "--report-data is %zu bytes, at most %u fit",
			       len, TEE_REPORT_DATA);
	memset(ret, 0, TEE_REPORT_DATA);
	memcpy(ret, data, len);
	return true;
}

static int cmd_quote(const struct options *o, struct err *e)
{
	struct buf quote = BUF_INIT(QUOTE_MAX), text = BUF_INIT(4 * QUOTE_MAX);
	struct tee *t CLEANUP(tee_freep) = NULL;
	uint8_t data[TEE_REPORT_DATA];
	bool ok = false;

	if (!read_report_data(data, o->report_data, e)) {
		failed(e);
		return EXIT_USAGE;
	}
	if (open_tee(&t, o, e)) {
		t->faults = o->faults;
		ok = tee_quote(&quote, t, data, e);
	}
	if (ok && o->out) {
		ok = file_write_atomic(o->out, quote.data, quote.len, e);
	} else if (ok) {
		buf_addhex(&text, quote.data, quote.len);
		buf_addc(&text, '\n');
	}
	buf_done(&quote);
	return ok ? print(&text) : failed(e);
}

static int cmd_collateral(const struct options *o, struct err *e)
{
	struct buf out = BUF_INIT(COLLATERAL_MAX);
	struct tee *t CLEANUP(tee_freep) = NULL;
	struct intel intel;
	bool ok = open_tee(&t, o, e) && intel_init(&intel, o->at, e);

	if (ok) {
		t->faults = o->faults;
		ok = collateral_make(&out, t, &intel, e);
	}
	if (ok && o->out) {
		ok = file_write_atomic(o->out, out.data, out.len, e);
		buf_clear(&out);
	}
	if (ok)
		return print(&out);
	buf_done(&out);
	return failed(e);
}

static int cmd_make(const struct options *o, struct err *e)
{
	struct tee *t CLEANUP(tee_freep) = NULL;
	uint8_t data[TEE_REPORT_DATA];
	struct intel intel;

	if (!read_report_data(data, o->report_data, e)) {
		failed(e);
		return EXIT_USAGE;
	}
	if (!open_tee(&t, o, e) || !intel_init(&intel, o->at, e))
		return failed(e);
	t->faults = o->faults;
	return make_files(o->out, t, data, &intel, e) ? 0 : failed(e);
}

static int cmd_inspect(const struct options *o, struct err *e)
{
	struct buf file = BUF_INIT(1u << 20), quote = BUF_INIT(1u << 20);
	struct buf out = BUF_INIT(4u << 20);
	CLEANUP(json_decrefp) json_t *doc = NULL, *events = NULL;
	int rc;

	if (!buf_read_file(&file, o->file, e)) {
		rc = failed(e);
	} else if (!quote_file(&quote, &events, file.data, file.len, e) ||
		   !quote_doc(&doc, quote.data, quote.len, events, e)) {
		fprintf(stderr, "tee-sim: %s: no quote: %s\n", o->file,
			e->text);
		rc = EXIT_MALFORMED;
	} else {
		quote_doc_text(&out, doc);
		rc = print(&out);
	}
	buf_done(&file);
	buf_done(&quote);
	buf_done(&out);
	return rc;
}

static int cmd_faults(const struct options *o, UNUSED struct err *e)
{
	struct buf out = BUF_INIT(1u << 20);

	fault_list(&out, o->faults_form);
	return print(&out);
}

static int cmd_serve(const struct options *o, struct err *e)
{
	return serve(o->config, e) ? 0 : failed(e);
}

static const struct command commands[] = {
    {"serve", "--config FILE", "serve guest agents on sockets", "C", "C",
     cmd_serve},
    {"quote",
     "--seed N --instance NAME --report-data HEX [--fault NAME[:PARAM=N]]…"
     "\n\t\t[--tee sgx|tdx] [--version 3|4|5] [--td 1.0|1.5|1.5ex]"
     "\n\t\t[--image NAME] [--compose FILE] [--out FILE]",
     "make one quote: hex on stdout, or bytes to a file", "sirfmcotvdC", "sir",
     cmd_quote},
    {"collateral",
     "--seed N --instance NAME --at UNIX [--fault NAME[:PARAM=N]]…"
     "\n\t\t[--tee sgx|tdx] [--version 3|4|5] [--out FILE]",
     "CRLs, TCB info and QE identity as of then, as QuoteCollateralV3",
     "siaftvdoC", "sia", cmd_collateral},
    {"make",
     "--seed N --report-data HEX --at UNIX --out DIR [--fault "
     "NAME[:PARAM=N]]…"
     "\n\t\t[--tee sgx|tdx] [--version 3|4|5] [--td 1.0|1.5|1.5ex]"
     "\n\t\t[--instance NAME] [--image NAME] [--compose FILE]",
     "quote.bin and collateral.json as of then, root.der and root.pem, to "
     "DIR",
     "sirafmcotvdC", "srao", cmd_make},
    {"root", "--seed N", "the root's public key and certificate, as JSON", "s",
     "s", cmd_root},
    {"measurement",
     "--seed N [--instance NAME] [--image NAME] [--compose FILE]",
     "what an AVS must allow and trust, as JSON", "simctvdC", "s",
     cmd_measurement},
    {"inspect", "FILE", "a quote's fields, from bytes or hex", "F", "F",
     cmd_inspect},
    {"faults", "[--json | --markdown]",
     "every fault: id, name, what a verifier must answer", "jM", "",
     cmd_faults},
};

static void usage(FILE *to)
{
	fprintf(to, "tee-sim - simulated TEEs: quotes, and the sockets that "
		    "hand them out\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(to, "  tee-sim %s %s\n\t%s\n", commands[i].name,
			commands[i].args, commands[i].doc);
	fprintf(to, "\nEverything follows from the seed; keys are devnet keys. "
		    "SIMULATED: no protection.\n"
		    "\n--config FILE in place of --seed and of what the "
		    "instance is: the one of --instance\nas `serve` has it.\n");
}

static int bad_usage(const struct command *c, const char *what)
{
	fprintf(stderr, "tee-sim: %s\nusage: tee-sim %s %s\n", what,
		c ? c->name : "COMMAND", c ? c->args : "… (see --help)");
	return EXIT_USAGE;
}

static const struct command *find(const char *name, char ret_why[200])
{
	const char *names[ARRAY_LEN(commands)], *near;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		names[i] = commands[i].name;
		if (!strcmp(names[i], name))
			return &commands[i];
	}
	near = nearest_name(name, names, ARRAY_LEN(names));
	snprintf(ret_why, 200, "unknown command \"%.60s\"%s%s", name,
		 near ? "; nearest: " : "", near ? near : "");
	return NULL;
}

/* @name: as it was typed, with or without its dashes. */
static void unknown_option(const struct command *c, char ret_why[200],
			   const char *name)
{
	const char *names[ARRAY_LEN(longopts)], *near;
	size_t n = 0;

	while (*name == '-')
		name++;
	for (size_t i = 0; longopts[i].name; i++)
		if (strchr(c->takes, longopts[i].val))
			names[n++] = longopts[i].name;
	near = nearest_name(name, names, n);
	snprintf(ret_why, 200, "%s has no option --%.60s%s%s", c->name, name,
		 near ? "; nearest: --" : "", near ? near : "");
}

static bool set_option(struct options *o, int letter, const char *arg,
		       struct err *e)
{
	uint64_t at;

	switch (letter) {
	case 's':
		o->has_seed = true;
		return dec_u64(&o->seed, arg, e) || err_ctx(e, "--seed");
	case 'a':
		o->has_at = true;
		if (!dec_u64(&at, arg, e))
			return err_ctx(e, "--at");
		if (at > INT64_MAX)
			return err_set(e, ERR_RANGE, 0, "--at %s: too late",
				       arg);
		o->at = (int64_t)at;
		break;
	case 'i':
		o->instance = arg;
		break;
	case 'm':
		o->image = arg;
		break;
	case 'c':
		o->compose = arg;
		break;
	case 'r':
		o->report_data = arg;
		break;
	case 't':
		o->tee = arg;
		break;
	case 'v':
		o->version = arg;
		break;
	case 'd':
		o->td = arg;
		break;
	case 'f':
		return fault_set_text(&o->faults, arg, e);
	case 'o':
		o->out = arg;
		break;
	case 'C':
		o->config = arg;
		break;
	case 'j':
		o->faults_form = FAULT_LIST_JSON;
		break;
	case 'M':
		o->faults_form = FAULT_LIST_MARKDOWN;
		break;
	}
	return true;
}

static const char *missing(const struct command *c, const struct options *o)
{
	/* What an instance is, and its seed, stand in one place. */
	bool whole = o->config && strchr(c->needs, 's');

	if (whole && (o->has_seed || o->image || o->compose || o->tee ||
		      o->version || o->td))
		return "--config has the seed and what the instance is";
	if (whole && !o->instance)
		return "--instance of --config is missing";
	for (const char *n = c->needs; *n; n++) {
		if (*n == 's' && !o->has_seed && !whole)
			return "--seed is missing";
		if (*n == 'a' && !o->has_at)
			return "--at is missing";
		if (*n == 'i' && !o->instance)
			return "--instance is missing";
		if (*n == 'r' && !o->report_data)
			return "--report-data is missing";
		if (*n == 'o' && !o->out)
			return "--out is missing";
		if (*n == 'C' && !o->config)
			return "--config is missing";
		if (*n == 'F' && !o->file)
			return "FILE is missing";
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct options o = {.has_seed = false};
	struct err e = ERR_INIT;
	const struct command *c;
	char why[200];
	int letter, at = 0;

	if (argc < 2)
		return bad_usage(NULL, "no command");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return 0;
	}
	c = find(argv[1], why);
	if (!c)
		return bad_usage(NULL, why);
	argv++, argc--;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":", longopts, &at)) != -1) {
		if (letter == 'h') {
			usage(stdout);
			return 0;
		}
		if (letter == ':') {
			snprintf(why, sizeof(why), "%.60s needs a value",
				 argv[optind - 1]);
			return bad_usage(c, why);
		}
		if (letter == '?' || !strchr(c->takes, letter)) {
			unknown_option(c, why,
				       letter == '?' ? argv[optind - 1]
						     : longopts[at].name);
			return bad_usage(c, why);
		}
		if (!set_option(&o, letter, optarg, &e))
			return bad_usage(c, e.text);
	}
	if (optind < argc && strchr(c->takes, 'F'))
		o.file = argv[optind++];
	if (optind < argc)
		return bad_usage(c, "too many arguments");
	if (missing(c, &o))
		return bad_usage(c, missing(c, &o));
	if (!tee_kind_find(&o.kind, o.tee, o.version, o.td, &e))
		return bad_usage(c, e.text);
	return c->run(&o, &e);
}
