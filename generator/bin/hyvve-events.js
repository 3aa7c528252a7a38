#!/usr/bin/env node
import { statSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { setFlagsFromString } from 'node:v8';

const timeOf = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs;

const [bundle, modules] = ['../bundle/cli.js', '../dist/cli.js'];
const bundled = timeOf(bundle);
// Only in the repository, where `tsc` may have compiled the modules after they were bundled.
const compiled = timeOf('../dist/tsconfig.tsbuildinfo') ?? 0;
const cli = bundled !== undefined && bundled >= compiled ? bundle : modules;

if (cli === bundle || timeOf(modules) !== undefined) {
  // Node 20 optimises functions so early that a run of seconds does not regain the time. Later versions have a fast compiler for them.
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=2000000');
  // Node 22 and later store compiled code, so that the next process starts faster.
  nodeModule.enableCompileCache?.();
  const { main } = await import(new URL(cli, import.meta.url).href);
  await main(process.argv);
} else {
  console.error('hyvve-events is not built: run `npm run build` first');
  process.exitCode = 2;
}
