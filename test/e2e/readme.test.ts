import { spawn } from 'node:child_process';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const redis = useRedis();

/** The first fenced block of a language. */
function block(markdown: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(markdown)?.[1];
  if (found === undefined) throw new Error(`README.md has no block of ${language}`);
  return found;
}

test('README: the first example prints the documented output', async () => {
  const markdown = await readFile('README.md', 'utf8');
  // In the project's folder, so that it resolves the packages like a service.
  await mkdir('.cache', { recursive: true });
  const file = join('.cache', `readme-${process.pid}.mts`);
  await writeFile(file, block(markdown, 'ts'));
  try {
    const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@hyvve-events/source', file], {
      env: { ...process.env, REDIS_URL: redis.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const expected = block(markdown, 'text');
    await until('both lines', () => output.length >= expected.length);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output.split('\n').sort()).toEqual(expected.split('\n').sort());
  } finally {
    await rm(file, { force: true });
  }
});

test('README: every linked page exists', async () => {
  const markdown = await readFile('README.md', 'utf8');
  const links = [...markdown.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(8);
  for (const link of links) await access(link);
});
