/* SPDX-License-Identifier: MIT */
/* harness/memory.c - resident memory of a process.  */
#include "harness/memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* The KiB behind a name in a file of /proc, as bytes.  */
static int64_t read_kib(const char *path, const char *format)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int64_t kib = -1;

	if (file == NULL)
		return -1;
	while (kib < 0 && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, format, &kib) != 1)
			kib = -1;
	fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

int64_t pr_memory_resident(void)
{
	int64_t bytes = read_kib("/proc/self/smaps_rollup", "Rss: %" SCNd64 " kB");

	return bytes >= 0 ? bytes : read_kib("/proc/self/status", "VmRSS: %" SCNd64 " kB");
}

int64_t pr_memory_resident_rough(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	int64_t pages = -1;

	if (file == NULL)
		return -1;
	if (fscanf(file, "%*d %" SCNd64, &pages) != 1)
		pages = -1;
	fclose(file);
	return pages < 0 ? -1 : pages * sysconf(_SC_PAGESIZE);
}

/* "/proc/self/NAME", or that of another process.  */
static const char *proc_path(pid_t pid, const char *name, char path[64])
{
	if (pid == 0)
		snprintf(path, 64, "/proc/self/%s", name);
	else
		snprintf(path, 64, "/proc/%ld/%s", (long)pid, name);
	return path;
}

int64_t pr_memory_peak(pid_t pid)
{
	char path[64];

	return read_kib(proc_path(pid, "status", path), "VmHWM: %" SCNd64 " kB");
}

void pr_memory_restart_peak(pid_t pid)
{
	char path[64];
	int fd = open(proc_path(pid, "clear_refs", path), O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "5", 1) != 1)
		fprintf(stderr, "the peak of memory counts from the start of the process\n");
	if (fd >= 0)
		close(fd);
}
