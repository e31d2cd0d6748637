/* SPDX-License-Identifier: MIT */
/* core/phase_test.c - the presets are the table of the report, options change one thing, and what
 * does not exist or does not fit together is refused with a sentence.  */
#include "core/phase.h"

#include <string.h>

#include "core/base/test.h"

/* The presets as text, in the words that the user types: a second copy, so that a slip shows.  */
static void presets_are_the_table(void **state)
{
	static const char *const expected[] = {
	        "baseline always recv stop none counter none no pause 8K none once 8K thread none",
	        "true-proactor always recv hold deque walk 10M no disconnect 8K none once 8K "
	        "thread none",
	        "true-proactor-fixed always recv hold deque counter 10M yes disconnect 8K none "
	        "once 8K thread none",
	        "reactive never recv hold ring counter 10M yes pause 8K none once 8K thread none",
	        "reactive-coalesced never recv hold ring counter 10M yes pause 64K none short 8K "
	        "thread none",
	        "adaptive adaptive recv hold ring counter 10M yes pause 64K none short 256K thread "
	        "none",
	        "libuv never libuv hold ring counter 10M yes pause 64K none short 256K thread none",
	        "core adaptive recv hold ring counter 10M yes pause 64K 256K short 256K caller "
	        "none",
	};
	const struct pr_phase_preset *preset = pr_phase_presets;
	struct pr_buf text;

	(void)state;
	pr_buf_init(&text);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++, preset++) {
		pr_buf_clear(&text);
		pr_buf_puts(&text, preset->name);
		for (const struct pr_opt *opt = pr_phase_opts; opt->name != NULL; opt++) {
			pr_buf_puts(&text, " ");
			pr_opts_format(opt, &preset->phase, &text);
		}
		assert_string_equal(text.text, expected[i]);
	}
	assert_null(preset->name);
	pr_buf_fini(&text);
}

static void every_preset_parses_to_itself(void **state)
{
	(void)state;
	for (const struct pr_phase_preset *p = pr_phase_presets; p->name != NULL; p++) {
		struct pr_phase phase;
		struct pr_error why;

		assert_ok(pr_phase_parse(p->name, &phase, &why), why);
		assert_int_equal(phase.cork, p->phase.cork);
		assert_int_equal(phase.drain, p->phase.drain);
		assert_ptr_equal(pr_phase_find(p->name), p);
		assert_int_equal(p->phase.fault, PR_FAULT_NONE);
	}
	assert_null(pr_phase_find("nothing"));
}

/* What -h and records print must be accepted again: format every option of a preset, set it on
 * another.  */
static void printed_options_can_be_typed_again(void **state)
{
	const struct pr_phase *source = &pr_phase_find("true-proactor")->phase;
	struct pr_buf spec;
	struct pr_phase phase;
	struct pr_error why;

	(void)state;
	pr_buf_init(&spec);
	pr_buf_puts(&spec, "core");
	for (const struct pr_opt *opt = pr_phase_opts; opt->name != NULL; opt++) {
		pr_buf_printf(&spec, ",%s=", opt->name);
		pr_opts_format(opt, source, &spec);
	}
	assert_ok(pr_phase_parse(spec.text, &phase, &why), why);
	assert_int_equal(phase.speculate, source->speculate);
	assert_int_equal(phase.reader, source->reader);
	assert_int_equal(phase.on_full, source->on_full);
	assert_int_equal(phase.store, source->store);
	assert_int_equal(phase.size_check, source->size_check);
	assert_int_equal(phase.cap, source->cap);
	assert_int_equal(phase.cap_partial, source->cap_partial);
	assert_int_equal(phase.at_cap, source->at_cap);
	assert_int_equal(phase.read_size, source->read_size);
	assert_true(phase.read_size_max == source->read_size_max);
	assert_int_equal(phase.drain, source->drain);
	assert_int_equal(phase.cork, source->cork);
	pr_buf_fini(&spec);
}

static void options_change_a_preset(void **state)
{
	struct pr_phase phase;
	struct pr_error why;

	(void)state;
	assert_ok(
	        pr_phase_parse("true-proactor,drain=eagain,cap=none,fault=overtake", &phase, &why),
	        why);
	assert_true(phase.drain == PR_DRAIN_EAGAIN);
	assert_true(phase.cap == PR_OPT_NONE);
	assert_int_equal(phase.fault, PR_FAULT_OVERTAKE);
	assert_int_equal(phase.read_size, 8192);
	assert_ok(pr_phase_parse("baseline,store=ring,on-full=hold,drain=100000", &phase, &why),
	          why);
	assert_int_equal(phase.store, PR_STORE_RING);
	assert_int_equal(phase.drain, 100000);
}

static void what_is_wrong_gets_a_sentence(void **state)
{
	static const struct {
		const char *spec, *sentence;
	} cases[] = {
	        {"basline", "phase 'basline': unknown preset 'basline'; did you mean 'baseline'?"},
	        {"zebra,cork=8K",
	         "phase 'zebra,cork=8K': unknown preset 'zebra'; 'proctor list phases' names them"},
	        {"", "phase '': unknown preset ''; 'proctor list phases' names them"},
	        {"reactive,", "phase 'reactive,': an option is missing beside a comma"},
	        {"reactive,crok=8K",
	         "phase 'reactive,crok=8K': unknown option 'crok'; did you mean 'cork'?"},
	        {"reactive,read-size=32",
	         "phase 'reactive,read-size=32': option 'read-size': '32' is not at least 64"},
	        {"reactive,cork=32M",
	         "phase 'reactive,cork=32M': option 'cork': '32M' is not at most 16M"},
	        {"reactive,cap=0", "phase 'reactive,cap=0': option 'cap': '0' is not at least 1"},
	        {"reactive,speculate=maybe",
	         "phase 'reactive,speculate=maybe': option "
	         "'speculate': 'maybe' is not always, never or adaptive"},
	        {"baseline,on-full=hold", "phase 'baseline,on-full=hold': on-full=hold needs a "
	                                  "store; add store=ring or store=deque"},
	        {"core,store=none", "phase 'core,store=none': on-full=hold needs a store; add "
	                            "store=ring or store=deque"},
	        {"baseline,reader=libuv",
	         "phase 'baseline,reader=libuv': libuv reads when the socket is readable, until a "
	         "short read; reader=libuv needs speculate=never,drain=short"},
	        {"core,reader=libuv,drain=once",
	         "phase 'core,reader=libuv,drain=once': libuv reads when the socket is readable, "
	         "until a short read; reader=libuv needs speculate=never,drain=short"},
	        {"reactive,fault=overtake", "phase 'reactive,fault=overtake': this fault needs "
	                                    "on-full=hold,store=deque; start from true-proactor or "
	                                    "add them"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pr_phase phase, before;
		struct pr_error why;

		memset(&phase, 0x5a, sizeof(phase));
		before = phase;
		assert_int_equal(pr_phase_parse(cases[i].spec, &phase, &why), PR_USAGE);
		assert_string_equal(why.text, cases[i].sentence);
		assert_memory_equal(&phase, &before, sizeof(phase)); /* untouched on error */
	}
}

PR_TEST_MAIN(cmocka_unit_test(presets_are_the_table),
             cmocka_unit_test(every_preset_parses_to_itself),
             cmocka_unit_test(printed_options_can_be_typed_again),
             cmocka_unit_test(options_change_a_preset),
             cmocka_unit_test(what_is_wrong_gets_a_sentence))
