import { execFileSync } from 'node:child_process';

/** Runs once before the tests that start the installed commands: builds them from the current sources. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build:packages'], { stdio: 'inherit' });
}
