import { execFileSync } from 'node:child_process';

/** Once before the tests that start the command as its users do: it is built of today's sources. */
export function setup(): void {
  execFileSync('npx', ['tsc', '-b'], { stdio: 'inherit' });
}
