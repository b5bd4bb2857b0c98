#include "simulate/fault_list.h"

#include "base/base.h"

/* What a fault is of: parts of the page, too. */
static const char *const parts[] = {"quote", "collateral",
				    "quote and collateral", "host"};

static const char *part_of(const struct fault *f)
{
	return parts[f->spoil ? 1 : f->parts ? 2 : f->apply ? 0 : 3];
}

static void param_text(struct buf *out, const struct fault *f)
{
	if (f->param.name)
		buf_addf(out, " (%s: %llu, %llu to %llu)", f->param.name,
			 (unsigned long long)f->param.preset,
			 (unsigned long long)f->param.min,
			 (unsigned long long)f->param.max);
}

static void as_text(struct buf *out, const struct fault *f)
{
	buf_addf(out, "%-3s  %-24s  %s: %s\n%31s%s", f->id, f->name,
		 fault_answer_name(f->answer), f->check, "", f->doc);
	param_text(out, f);
	if (f->scope != SCOPE_ANY)
		buf_addf(out, "; %s only", fault_scope_name(f->scope));
	buf_addc(out, '\n');
}

static json_t *as_json(const struct fault *f)
{
	json_t *j = json_object();

	json_object_set_new(j, "id", json_string(f->id));
	json_object_set_new(j, "name", json_string(f->name));
	json_object_set_new(j, "of", json_string(part_of(f)));
	json_object_set_new(j, "answer",
			    json_string(fault_answer_name(f->answer)));
	json_object_set_new(j, "check", json_string(f->check));
	json_object_set_new(j, "doc", json_string(f->doc));
	json_object_set_new(j, "scope",
			    json_string(fault_scope_name(f->scope)));
	if (f->param.name)
		json_object_set_new(j, "parameter",
				    json_pack("{s:s, s:I, s:I, s:I}", "name",
					      f->param.name, "preset",
					      (json_int_t)f->param.preset,
					      "min", (json_int_t)f->param.min,
					      "max", (json_int_t)f->param.max));
	return j;
}

static void all_json(struct buf *out)
{
	json_t *all = json_array();
	char *text;

	for (size_t i = 0; i < FAULTS_N; i++)
		json_array_append_new(all, as_json(&FAULTS[i]));
	text = json_text(all);
	buf_addf(out, "%s\n", text);
	free(text);
	json_decref(all);
}

static void markdown_part(struct buf *out, const char *part)
{
	buf_addf(out,
		 "\n## Faults of the %s\n\n"
		 "| fault | case | what is changed | of | answer | check |\n"
		 "|--|--|--|--|--|--|\n",
		 part);
	for (size_t i = 0; i < FAULTS_N; i++) {
		const struct fault *f = &FAULTS[i];

		if (strcmp(part_of(f), part))
			continue;
		buf_addf(out, "| `%s` | %s | %s", f->name, f->id, f->doc);
		param_text(out, f);
		buf_addf(out, " | %s | %s | %s |\n",
			 f->scope == SCOPE_ANY ? ""
					       : fault_scope_name(f->scope),
			 fault_answer_name(f->answer), f->check);
	}
}

static void all_markdown(struct buf *out)
{
	buf_adds(
	    out,
	    "# Faults of the TEE simulator\n\n"
	    "Written by `tee-sim faults --markdown`; a test holds it to "
	    "that. Cases are ids of\nthe catalogue of DCAP cases; \"-\": "
	    "none of it. Answers: any verifier must `refuse`\nor `accept`; "
	    "`policy`: the quote is genuine, and the AVS must judge what "
	    "it says;\n`survive`: there is nothing to verify, and who asks "
	    "the "
	    "host must go on. The check\nis what a verifier finds "
	    "wrong.\n");
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		markdown_part(out, parts[i]);
}

void fault_list(struct buf *out, enum fault_list_form form)
{
	switch (form) {
	case FAULT_LIST_TEXT:
		for (size_t i = 0; i < FAULTS_N; i++)
			as_text(out, &FAULTS[i]);
		break;
	case FAULT_LIST_JSON:
		all_json(out);
		break;
	case FAULT_LIST_MARKDOWN:
		all_markdown(out);
		break;
	}
}
