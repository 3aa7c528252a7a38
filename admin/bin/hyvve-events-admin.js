#!/usr/bin/env node
import { existsSync } from 'node:fs';

const cli = new URL('../dist/cli.js', import.meta.url);
if (existsSync(cli)) {
  const { main } = await import(cli.href);
  await main(process.argv.slice(2), process.env);
} else {
  console.error('hyvve-events-admin is not built: run `npm run build` first');
  process.exitCode = 2;
}
