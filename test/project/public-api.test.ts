import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = 'docs/api';
const reports = readdirSync(folder).filter((name) => name.endsWith('.api.md'));
const textOf = (name: string) => readFileSync(`${folder}/${name}`, 'utf8');

/** Exports of a report that have a tag. */
function tagged(report: string, tag: string): string[] {
  const found = report.matchAll(new RegExp(`^// @${tag}[^\\n]*\\nexport (?:abstract )?\\w+ (\\w+)`, 'gm'));
  return [...found].map(([, name = '']) => name);
}

// `npm run api -- --check` compares the reports with the code. These tests check the content of the reports.
describe('public API, according to the committed reports', () => {
  it('each entry that users import has a report', () => {
    expect(reports.sort()).toEqual([
      ...[
        'admin.api.md',
        'catalog-model.api.md',
        'generator.api.md',
        'models.api.md',
        'nestjs.api.md',
        'nestjs.terminus.api.md',
        'nestjs.testing.api.md',
        'runtime.api.md',
        'runtime.cloudevents.api.md',
        'runtime.codegen.api.md',
        'runtime.testing.api.md',
      ],
    ]);
  });

  it('functions that only generated code calls are in ./codegen, never in the main entry', () => {
    expect(tagged(textOf('runtime.codegen.api.md'), 'internal').sort()).toEqual([
      ...['handlersOf', 'publisherOf', 'subscribeTo'],
    ]);
    expect(tagged(textOf('runtime.api.md'), 'internal')).toEqual([]);
  });

  it('interceptors are stable; reading the streams without a group is experimental', () => {
    expect(tagged(textOf('runtime.api.md'), 'public')).toEqual(
      expect.arrayContaining(['HandleInterceptor', 'PublishInterceptor']),
    );
    // The tag is documentation: a report does not show it.
    expect(readFileSync('runtime/redis/operate/feed.ts', 'utf8')).toMatch(
      /@experimental\n \*\/\nexport interface EventFeed/,
    );
  });

  it('no report names a type of a library that is not a dependency of users', () => {
    for (const name of reports) expect(textOf(name), name).not.toMatch(/from '(ioredis|bullmq|ajv|yaml|drizzle-orm)/);
  });
});
