import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'test/README.md'],
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ...readdirSync('docs/decisions').map((name) => `docs/decisions/${name}`),
];

describe('the pages of the documentation', () => {
  it.each(pages)('%s: every file and folder of this repository that it names exists', (page) => {
    const named = readFileSync(page, 'utf8').matchAll(
      /`((?:runtime|generator|admin|catalog-model|create|test|scripts|examples)\/[\w./-]+)`/g,
    );
    const missing = [...named].map(([, path = '']) => path).filter((path) => !existsSync(path));
    expect(missing).toEqual([]);
  });

  it.each(pages)('%s: every link to another page leads to a file', (page) => {
    const links = readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g);
    const broken = [...links].map(([, path = '']) => path).filter((path) => !existsSync(join(dirname(page), path)));
    expect(broken).toEqual([]);
  });
});
