#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "codec/abi.h"
#include "test/oracle.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* An ABI as solc writes them: overloads, structs, enums, every kind of entry.
 */
static const char VAULT[] =
    "[{\"type\":\"constructor\",\"inputs\":[{\"name\":\"owner\",\"type\":"
    "\"address\",\"internalType\":\"address\"}],\"stateMutability\":"
    "\"nonpayable\"},"
    "{\"type\":\"function\",\"name\":\"add\",\"inputs\":[{\"name\":"
    "\"sets\",\"type\":\"tuple[2][]\",\"internalType\":"
    "\"struct IVault.OperatorSet[2][]\",\"components\":[{\"name\":\"avs\","
    "\"type\":\"address\",\"internalType\":\"contract IAVS\"},{\"name\":"
    "\"id\",\"type\":\"uint32\",\"internalType\":\"uint32\"}]},{\"name\":"
    "\"\",\"type\":\"bytes\"}],\"outputs\":[{\"name\":\"\",\"type\":"
    "\"bool\"}],\"stateMutability\":\"payable\"},"
    "{\"type\":\"function\",\"name\":\"add\",\"inputs\":[{\"name\":\"k\","
    "\"type\":\"uint8\",\"internalType\":\"enum IVault.Kind\"}],"
    "\"outputs\":[],\"stateMutability\":\"pure\"},"
    "{\"type\":\"function\",\"name\":\"address\",\"inputs\":[],"
    "\"stateMutability\":\"view\"},"
    "{\"type\":\"function\",\"name\":\"old\"},"
    "{\"type\":\"event\",\"name\":\"Transfer\",\"inputs\":[{\"name\":"
    "\"from\",\"type\":\"address\",\"indexed\":true},{\"name\":\"to\","
    "\"type\":\"address\",\"indexed\":true},{\"name\":\"value\",\"type\":"
    "\"uint256\",\"indexed\":false}],\"anonymous\":false},"
    "{\"type\":\"error\",\"name\":\"TooLate\",\"inputs\":[{\"name\":\"at\","
    "\"type\":\"uint64\"}]},"
    "{\"type\":\"receive\",\"stateMutability\":\"payable\"},"
    "{\"type\":\"fallback\",\"stateMutability\":\"payable\"}]";

static bool parse(struct abi **ret, const char *text, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;

	assert_ok(json_parse(&j, text, strlen(text), "test", e), e);
	return abi_parse(ret, arena, j, "ABI of Vault", e);
}

static const struct abi *vault(void)
{
	struct err e = ERR_INIT;
	struct abi *abi;

	assert_ok(parse(&abi, VAULT, &e), &e);
	return abi;
}

static void entries_of_every_kind(void **state)
{
	const struct abi *abi = vault();

	(void)state;
	assert_int_equal(abi->functions_n, 4);
	assert_int_equal(abi->events_n, 1);
	assert_int_equal(abi->errors_n, 1);
	assert_string_equal(abi->constructor->name, "(address)");
	assert_true(abi->has_receive);
	assert_int_equal(abi->functions[0].mutability, ABI_PAYABLE);
	assert_int_equal(abi->functions[1].mutability, ABI_PURE);
	assert_int_equal(abi->functions[2].mutability, ABI_VIEW);
	assert_int_equal(abi->functions[3].mutability, ABI_NONPAYABLE);
	assert_string_equal(abi->functions[0].out->name, "(bool)");
	assert_string_equal(abi->functions[3].signature, "old()");
	assert_string_equal(abi->functions[3].out->name, "()");
	assert_null(abi->events[0].out);
	assert_false(abi->events[0].anonymous);
}

static void nothing_declared(void **state)
{
	struct err e = ERR_INIT;
	struct abi *abi;

	(void)state;
	assert_ok(parse(&abi, "[]", &e), &e);
	assert_int_equal(abi->functions_n, 0);
	assert_int_equal(abi->constructor->fields_n, 0);
	assert_false(abi->has_receive);
	assert_null(abi_function(abi, "f", NULL));
}

static void structs_and_labels(void **state)
{
	const struct abi_type *in = abi_function(vault(), "add", NULL)->in;
	const struct abi_type *sets = in->fields[0].type;
	const struct abi_type *set = sets->elem->elem;

	(void)state;
	assert_string_equal(sets->name, "(address,uint32)[2][]");
	assert_null(sets->label);
	assert_string_equal(set->label, "struct IVault.OperatorSet");
	assert_string_equal(set->fields[0].name, "avs");
	assert_string_equal(set->fields[0].type->label, "contract IAVS");
	assert_null(set->fields[1].type->label);
	assert_string_equal(in->fields[1].name, "");
	assert_string_equal(vault()->functions[1].in->fields[0].type->label,
			    "enum IVault.Kind");
}

/* The values that the specification of ERC-20 made well known. */
static void selectors_and_topics(void **state)
{
	const struct abi *abi = vault();
	const struct abi_entry *ev = abi_event(abi, "Transfer", NULL);
	CLEANUP(freep) char *selector = NULL, *topic = NULL;
	const struct abi_entry *add = abi_function(abi, "add", NULL);
	struct buf hex = BUF_INIT(100);

	(void)state;
	assert_hex(ev->topic.b, 32,
		   "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df52"
		   "3b3ef");
	assert_string_equal(ev->data->name, "(uint256)");
	assert_string_equal(ev->in->name, "(address,address,uint256)");
	assert_true(ev->in->fields[1].indexed);
	assert_false(ev->in->fields[2].indexed);

	oracle_need();
	selector = ORACLE("sig", add->signature);
	buf_adds(&hex, "0x");
	buf_addhex(&hex, add->selector, 4);
	assert_string_equal(buf_str(&hex), selector);
	topic = ORACLE("keccak", add->signature);
	assert_string_equal(fmt_hash(&add->topic).s, topic);
	buf_done(&hex);
}

static void lookups(void **state)
{
	const struct abi *abi = vault();
	size_t n = 9;

	(void)state;
	assert_ptr_equal(abi_function(abi, "add", &n), &abi->functions[0]);
	assert_int_equal(n, 2);
	assert_ptr_equal(abi_function(abi, "add(uint8)", &n),
			 &abi->functions[1]);
	assert_int_equal(n, 2);
	assert_null(abi_function(abi, "add(uint16)", &n));
	assert_int_equal(n, 2);
	assert_null(abi_function(abi, "ad", &n));
	assert_int_equal(n, 0);
	assert_null(abi_function(abi, "addd", &n));
	assert_int_equal(n, 0);
	assert_ptr_equal(abi_error(abi, "TooLate", &n), &abi->errors[0]);
	assert_int_equal(n, 1);
	assert_null(abi_error(abi, "Transfer", NULL));
	assert_ptr_equal(
	    abi_event(abi, "Transfer(address,address,uint256)", NULL),
	    &abi->events[0]);
}

static void assert_described(const struct abi_entry *entry, const char *want)
{
	struct buf b = BUF_INIT(1000);

	abi_describe(&b, entry);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void descriptions(void **state)
{
	const struct abi *abi = vault();

	(void)state;
	assert_described(&abi->functions[0],
			 "add((address avs, uint32 id)[2][] sets, bytes)");
	assert_described(&abi->functions[1], "add(uint8 k)");
	assert_described(&abi->functions[2], "address()");
	assert_described(&abi->events[0],
			 "Transfer(address indexed from, address indexed to, "
			 "uint256 value)");
}

static void calls(void **state)
{
	const struct abi_entry *add = abi_function(vault(), "add(uint8)", NULL);
	struct abi_val arg = abi_val_u64(7), args = abi_val_list(&arg, 1);
	struct buf b = BUF_INIT(100), small = BUF_INIT(20);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(abi_encode_call(&b, add, &args, &e), &e);
	assert_int_equal(b.len, 36);
	assert_memory_equal(b.data, add->selector, 4);
	assert_int_equal(b.data[35], 7);
	arg = abi_val_u64(256);
	assert_err(abi_encode_call(&b, add, &args, &e), &e, ERR_RANGE,
		   "add(uint8): k: 256 does not fit uint8");
	assert_int_equal(b.len, 36);
	args.len = 0;
	assert_err(abi_encode_call(&b, add, &args, &e), &e, ERR_SCHEMA,
		   "add(uint8): 0 values where (uint8) has 1");
	args.len = 1;
	arg = abi_val_u64(1);
	assert_err(abi_encode_call(&small, add, &args, &e), &e, ERR_LIMIT,
		   "add(uint8): ABI encoding is larger than 20");
	assert_int_equal(small.len, 0);
	buf_done(&b);
	buf_done(&small);
}

static const struct {
	const char *text;
	enum err_code code;
	const char *says;
} broken[] = {
    {"{}", ERR_SCHEMA, "ABI of Vault is no list"},
    {"[7]", ERR_SCHEMA, "ABI of Vault: entry 0: the JSON value is an integer"},
    {"[{}]", ERR_SCHEMA,
     "entry 0: the JSON value has no member "
     "'type'"},
    {"[{\"type\":\"fuction\"}]", ERR_SCHEMA,
     "'fuction' is no kind of entry; the nearest is 'function'"},
    {"[{\"type\":\"xyzzyxyzzy\"}]", ERR_SCHEMA,
     "'xyzzyxyzzy' is no kind of entry"},
    {"[{\"type\":\"receive\"},{\"type\":\"event\"}]", ERR_SCHEMA,
     "entry 1: the JSON value has no member 'name'"},
    {"[{\"type\":\"function\",\"name\":\"f\",\"inputs\":7}]", ERR_SCHEMA,
     "entry 0: function 'f': the inputs are no list"},
    {"[{\"type\":\"function\",\"name\":\"f\",\"outputs\":{}}]", ERR_SCHEMA,
     "function 'f': the outputs are no list"},
    {"[{\"type\":\"function\",\"name\":\"f\",\"inputs\":[{}]}]", ERR_SCHEMA,
     "function 'f': input 0: the JSON value has no "
     "member 'type'"},
    {"[{\"type\":\"error\",\"name\":\"E\",\"inputs\":[{\"type\":"
     "\"bool\"},{\"type\":\"uint9\"}]}]",
     ERR_PARSE, "error 'E': input 1: 'uint9' is no type"},
    {"[{\"type\":\"event\",\"name\":\"E\",\"inputs\":[{\"type\":"
     "\"bool[x]\"}]}]",
     ERR_PARSE, "event 'E': input 0: 'x' is no length"},
    {"[{\"type\":\"event\",\"name\":\"E\",\"inputs\":[{\"type\":"
     "\"bool[\"}]}]",
     ERR_PARSE, "'[' is no array suffix"},
    {"[{\"type\":\"event\",\"name\":\"E\",\"inputs\":[{\"type\":"
     "\"bool[]x\"}]}]",
     ERR_PARSE, "'x' is no array suffix"},
    {"[{\"type\":\"error\",\"name\":\"E\",\"inputs\":[{\"type\":"
     "\"tuple\"}]}]",
     ERR_SCHEMA, "has no member 'components'"},
    {"[{\"type\":\"error\",\"name\":\"E\",\"inputs\":[{\"type\":"
     "\"tuple\",\"components\":[{\"type\":\"x\"}]}]}]",
     ERR_PARSE, "input 0: component 0: 'x' is no type"},
    {"[{\"type\":\"error\",\"name\":\"E\",\"inputs\":[{\"type\":"
     "\"fixed\"}]}]",
     ERR_UNSUPPORTED, "fixed-point type 'fixed'"},
    {"[{\"type\":\"function\",\"name\":\"f\",\"stateMutability\":"
     "\"veiw\"}]",
     ERR_SCHEMA,
     "'veiw' is no state mutability; the nearest is "
     "'view'"},
    {"[{\"type\":\"function\",\"name\":\"f(\"}]", ERR_SCHEMA,
     "entry 0: function 'f(' is no identifier"},
    {"[{\"type\":\"event\",\"name\":\"\"}]", ERR_SCHEMA,
     "entry 0: event '' is no identifier"},
    {"[{\"type\":\"constructor\"},{\"type\":\"constructor\"}]", ERR_SCHEMA,
     "there are 2 constructors"},
};

static void broken_abis(void **state)
{
	struct abi *abi = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		assert_err(parse(&abi, broken[i].text, &e), &e, broken[i].code,
			   broken[i].says);
	assert_null(abi);
}

static void depth_is_bounded(void **state)
{
	struct buf b = BUF_INIT(10000);
	struct err e = ERR_INIT;
	struct abi *abi;

	(void)state;
	buf_adds(&b, "[{\"type\":\"error\",\"name\":\"E\",\"inputs\":[");
	for (int i = 0; i < 40; i++)
		buf_adds(&b, "{\"type\":\"tuple\",\"components\":[");
	buf_adds(&b, "{\"type\":\"bool\"}");
	for (int i = 0; i < 40; i++)
		buf_adds(&b, "]}");
	buf_adds(&b, "]}]");
	assert_err(parse(&abi, buf_str(&b), &e), &e, ERR_LIMIT,
		   "nested deeper than 16");
	buf_done(&b);
}

static void sizes_are_bounded(void **state)
{
	struct err e = ERR_INIT;
	struct abi *abi;

	(void)state;
	assert_err(parse(&abi,
			 "[{\"type\":\"event\",\"name\":\"E\",\"inputs\":["
			 "{\"type\":\"bool[100000]\"},{\"type\":"
			 "\"bool[100000]\"}]}]",
			 &e),
		   &e, ERR_LIMIT, "event 'E': a value of this type takes over");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(entries_of_every_kind),
	    cmocka_unit_test(nothing_declared),
	    cmocka_unit_test(structs_and_labels),
	    cmocka_unit_test(selectors_and_topics),
	    cmocka_unit_test(lookups),
	    cmocka_unit_test(descriptions),
	    cmocka_unit_test(calls),
	    cmocka_unit_test(broken_abis),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(sizes_are_bounded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
