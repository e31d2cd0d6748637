/* SPDX-License-Identifier: MIT */
/* harness/env.c - facts from /proc and /sys.  Most are one file or one field each, so most of this
 * is tables; a fact that this kernel does not have stays null.  */
#include "harness/env.h"

#include <ctype.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/version.h"

/* ---- reading ------------------------------------------------------------------------------------
 */

/* A whole file; NULL when it cannot be read.  free() it.  */
static char *read_file(const char *path)
{
	struct pr_buf buf;
	char *text = NULL;

	pr_buf_init(&buf);
	if (pr_buf_read_file(&buf, path, NULL) == PR_OK)
		text = pr_buf_take(&buf);
	pr_buf_fini(&buf);
	return text;
}

/* Cuts blanks at both ends and makes one space of those between; in place.  */
static char *squeeze(char *text)
{
	size_t size = 0;

	for (const char *c = text; *c != '\0'; c++)
		if (!isspace((unsigned char)*c))
			text[size++] = *c;
		else if (size > 0 && text[size - 1] != ' ')
			text[size++] = ' ';
	if (size > 0 && text[size - 1] == ' ')
		size--;
	text[size] = '\0';
	return text;
}

/* A text as a number if it is one and nothing else, otherwise as it is; null for NULL.  */
static json_t *scalar(const char *text)
{
	char *end;
	long long number;

	if (text == NULL || text[0] == '\0')
		return json_null();
	number = strtoll(text, &end, 10);
	return *end == '\0' ? json_integer(number) : pr_json_new_string(text);
}

/* What stands behind key (and blanks, colons, equal signs) on the first line that starts with key,
 * up to the end of the line.  NULL when there is no such line.  free() it.  */
static char *find_field(const char *text, const char *key)
{
	size_t size = strlen(key);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, size) != 0 || strchr(" \t:=", line[size]) == NULL)
			continue;
		line += size + strspn(line + size, " \t:=\"");
		return squeeze(pr_asprintf("%.*s", (int)strcspn(line, "\"\n"), line));
	}
	return NULL;
}

/* The first number behind key as find_field() finds it, times factor; null when there is none.  */
static json_t *field_number(const char *text, const char *key, double factor)
{
	char *field = text != NULL ? find_field(text, key) : NULL;
	json_t *value = json_null();

	if (field != NULL && isdigit((unsigned char)field[0]))
		value = json_integer((json_int_t)(strtod(field, NULL) * factor));
	free(field);
	return value;
}

/* ---- host ---------------------------------------------------------------------------------------
 */

struct fact {
	const char *key;
	const char *path;
};

static const struct fact host_files[] = {
        {"cpu_governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
        {"cpu_frequency_max_khz", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq"},
        {"cpu_idle_driver", "/sys/devices/system/cpu/cpuidle/current_driver"},
        {"cpu_smt_active", "/sys/devices/system/cpu/smt/active"},
        {"cpu_no_turbo", "/sys/devices/system/cpu/intel_pstate/no_turbo"},
        {"numa_nodes", "/sys/devices/system/node/online"},
        {"cgroup_cpu_max", "/sys/fs/cgroup/cpu.max"},
        {"cgroup_cpu_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"},
        {"clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
        {"transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled"},
        {"address_randomization", "/proc/sys/kernel/randomize_va_space"},
        {"ptrace_scope", "/proc/sys/kernel/yama/ptrace_scope"},
        {"perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid"},
        {"tcp_rmem", "/proc/sys/net/ipv4/tcp_rmem"},
        {"tcp_wmem", "/proc/sys/net/ipv4/tcp_wmem"},
        {"rmem_max", "/proc/sys/net/core/rmem_max"},
        {"wmem_max", "/proc/sys/net/core/wmem_max"},
        {"tcp_congestion_control", "/proc/sys/net/ipv4/tcp_congestion_control"},
        {"loopback_mtu", "/sys/class/net/lo/mtu"},
};

static void add_files(json_t *object, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = read_file(facts[i].path);

		pr_json_set(object, facts[i].key, scalar(text != NULL ? squeeze(text) : NULL));
		free(text);
	}
}

/* Member key of object: field of the file's text.  */
static void add_field(json_t *object, const char *key, const char *text, const char *field)
{
	char *value = text != NULL ? find_field(text, field) : NULL;

	pr_json_set(object, key, pr_json_new_string(value));
	free(value);
}

static json_t *cpus_allowed(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? json_integer(CPU_COUNT(&set))
	                                                    : json_null();
}

static void add_processor(json_t *host)
{
	char *text = read_file("/proc/cpuinfo");
	char *flags = text != NULL ? find_field(text, "flags") : NULL;

	add_field(host, "cpu_model", text, "model name");
	pr_json_set(host, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	pr_json_set(host, "cpus_allowed", cpus_allowed());
	pr_json_set(host, "cpu_mhz", field_number(text, "cpu MHz", 1));
	add_field(host, "cpu_cache", text, "cache size");
	add_field(host, "cpu_microcode", text, "microcode");
	pr_json_set(host, "virtual_machine",
	            flags != NULL ? json_boolean(strstr(flags, "hypervisor") != NULL)
	                          : json_null());
	free(flags);
	free(text);
}

static void add_memory(json_t *host)
{
	char *text = read_file("/proc/meminfo");

	pr_json_set(host, "memory_bytes", field_number(text, "MemTotal", 1024));
	pr_json_set(host, "swap_bytes", field_number(text, "SwapTotal", 1024));
	free(text);
}

static void add_system(json_t *host)
{
	struct utsname name;
	char *release = read_file("/etc/os-release");

	if (uname(&name) != 0)
		memset(&name, 0, sizeof(name));
	pr_json_set(host, "architecture", scalar(name.machine));
	pr_json_set(host, "kernel", scalar(name.release));
	pr_json_set(host, "kernel_build", scalar(name.version));
	add_field(host, "distribution", release, "PRETTY_NAME");
	pr_json_set(host, "libc", pr_json_new_string(gnu_get_libc_version()));
	free(release);
}

static const char *const mitigation_names[] = {
        "spectre_v1",
        "spectre_v2",
        "spec_store_bypass",
        "meltdown",
        "mds",
        "l1tf",
        "retbleed",
        "srso",
        "gather_data_sampling",
        "reg_file_data_sampling",
};

/* "spectre_v1: Mitigation: ...; ..." without those that do not concern this processor.  They make
 * system calls dearer, which is what is measured here.  */
static void add_mitigations(json_t *host)
{
	struct pr_buf all;
	bool known = false;

	pr_buf_init(&all);
	for (size_t i = 0; i < sizeof(mitigation_names) / sizeof(mitigation_names[0]); i++) {
		char *path = pr_asprintf("/sys/devices/system/cpu/vulnerabilities/%s",
		                         mitigation_names[i]);
		char *text = read_file(path);

		known = known || text != NULL;
		if (text != NULL && strncmp(text, "Not affected", 12) != 0)
			pr_buf_printf(&all, "%s%s: %s", all.size > 0 ? "; " : "",
			              mitigation_names[i], squeeze(text));
		free(text);
		free(path);
	}
	pr_json_set(host, "mitigations", known ? pr_json_new_string(all.text) : json_null());
	pr_buf_fini(&all);
}

json_t *pr_env_host(void)
{
	json_t *host = json_object();

	add_processor(host);
	add_memory(host);
	add_system(host);
	add_files(host, host_files, sizeof(host_files) / sizeof(host_files[0]));
	add_mitigations(host);
	return host;
}

/* ---- noise --------------------------------------------------------------------------------------
 */

static void add_load(json_t *noise)
{
	char *text = read_file("/proc/loadavg");
	double load[3];
	int runnable, tasks;
	bool known = text != NULL && sscanf(text, "%lf %lf %lf %d/%d", &load[0], &load[1], &load[2],
	                                    &runnable, &tasks) == 5;

	pr_json_set(noise, "load_1m", known ? json_real(load[0]) : json_null());
	pr_json_set(noise, "load_5m", known ? json_real(load[1]) : json_null());
	pr_json_set(noise, "load_15m", known ? json_real(load[2]) : json_null());
	pr_json_set(noise, "runnable", known ? json_integer(runnable) : json_null());
	pr_json_set(noise, "tasks", known ? json_integer(tasks) : json_null());
	free(text);
}

/* The first line of /proc/stat: where the time of all processors went, in clock ticks.  */
static void add_cpu_time(json_t *noise, const char *stat)
{
	static const char *const keys[] = {
	        "cpu_user_ms",   "cpu_nice_ms", "cpu_system_ms",  "cpu_idle_ms",
	        "cpu_iowait_ms", "cpu_irq_ms",  "cpu_softirq_ms", "cpu_steal_ms",
	};
	char *line = stat != NULL ? find_field(stat, "cpu") : NULL;
	char *rest = line;
	long tick_ms = 1000 / sysconf(_SC_CLK_TCK);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *word = rest != NULL ? strsep(&rest, " ") : NULL;

		pr_json_set(noise, keys[i],
		            word != NULL ? json_integer(strtoll(word, NULL, 10) * tick_ms)
		                         : json_null());
	}
	free(line);
}

static void add_activity(json_t *noise)
{
	char *text = read_file("/proc/stat");

	add_cpu_time(noise, text);
	pr_json_set(noise, "context_switches", field_number(text, "ctxt", 1));
	pr_json_set(noise, "interrupts", field_number(text, "intr", 1));
	pr_json_set(noise, "processes_started", field_number(text, "processes", 1));
	pr_json_set(noise, "processes_blocked", field_number(text, "procs_blocked", 1));
	free(text);
}

static const struct fact pressure_files[] = {
        {"pressure_cpu", "/proc/pressure/cpu"},
        {"pressure_io", "/proc/pressure/io"},
        {"pressure_memory", "/proc/pressure/memory"},
};

/* Pressure stall information: the share of the last 10 s in which something waited, and the total.
 */
static void add_pressure(json_t *noise)
{
	for (size_t i = 0; i < sizeof(pressure_files) / sizeof(pressure_files[0]); i++) {
		char *text = read_file(pressure_files[i].path);
		char *percent_key = pr_asprintf("%s_10s_percent", pressure_files[i].key);
		char *total_key = pr_asprintf("%s_total_us", pressure_files[i].key);
		double percent;
		long long total_us;
		bool known = text != NULL &&
		             sscanf(text, "some avg10=%lf avg60=%*f avg300=%*f total=%lld",
		                    &percent, &total_us) == 2;

		pr_json_set(noise, percent_key, known ? json_real(percent) : json_null());
		pr_json_set(noise, total_key, known ? json_integer(total_us) : json_null());
		free(percent_key);
		free(total_key);
		free(text);
	}
}

static const struct fact noise_files[] = {
        {"temperature_millidegrees", "/sys/class/thermal/thermal_zone0/temp"},
        {"cpu_frequency_khz", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"},
};

json_t *pr_env_noise(void)
{
	json_t *noise = json_object();
	char *uptime = read_file("/proc/uptime");

	pr_json_set(noise, "uptime_s",
	            uptime != NULL ? json_real(strtod(uptime, NULL)) : json_null());
	free(uptime);
	add_load(noise);
	add_activity(noise);
	add_pressure(noise);
	add_files(noise, noise_files, sizeof(noise_files) / sizeof(noise_files[0]));
	return noise;
}

/* ---- this program -------------------------------------------------------------------------------
 */

json_t *pr_env_proctor(void)
{
	json_t *proctor = json_object();

	pr_json_set(proctor, "version", pr_json_new_string(pr_version));
	pr_json_set(proctor, "git", pr_json_new_string(pr_version_git));
	pr_json_set(proctor, "compiler", pr_json_new_string(pr_version_compiler));
	pr_json_set(proctor, "flags", pr_json_new_string(pr_version_flags));
	return proctor;
}
