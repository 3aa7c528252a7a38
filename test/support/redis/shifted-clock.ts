import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A library that changes the time of the process that loads it. `libfaketime` cannot be loaded with the memory allocator of Redis. */
const source = `
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  const char *offset = getenv("CLOCK_OFFSET_SECONDS");
  struct timespec time;
  (void)zone;
  if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &time)) return -1;
  now->tv_sec = time.tv_sec + (offset ? atol(offset) : 0);
  now->tv_usec = time.tv_nsec / 1000;
  return 0;
}
`;

/** Path of the library; undefined where there is no C compiler, or not Linux. It is compiled once for a test file. */
export function shiftedClock(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'hyvve-clock-'));
  const [code, library] = [join(folder, 'clock.c'), join(folder, 'clock.so')];
  writeFileSync(code, source);
  return spawnSync('cc', ['-shared', '-fPIC', '-o', library, code]).status === 0 ? library : undefined;
}
