import { expect, it } from 'vitest';
import { checkConfig } from '../../../../generator/config/config-keys.js';

/** The problems of a config with these fields of `package`. */
function problemsOf(fields: object): string[] {
  const value = { package: { name: '@acme/events', version: '1.0.0', ...fields } };
  const problem = (key: string | undefined, message: string, hint: string) => {
    return {
      code: 'USAGE',
      severity: 'error',
      file: 'c.json',
      line: 1,
      column: 1,
      message: `${key}: ${message}`,
      hint,
    } as const;
  };
  return checkConfig({ file: 'c.json', value, resolvePath: (path) => path, problem }).map(({ message }) => message);
}

it.each([
  { license: 'MIT', description: 'Events', private: true, sourceCondition: '@acme/source' },
  { repository: 'github:acme/events' },
  { repository: { url: 'git+https://example.com/acme/events.git', directory: 'events' } },
  { publishConfig: { registry: 'https://npm.example.com', access: 'restricted', tag: 'next' } },
  { name: 'events', version: '1.0.0-rc.1+5' },
])('package: accepts %j', (fields) => {
  expect(problemsOf(fields)).toEqual([]);
});

it.each([
  [{ name: '@Acme/events' }, 'name: name is "@Acme/events"'],
  [{ version: 'v1' }, 'version: version is "v1"'],
  [{ license: '' }, 'license: license is ""'],
  [{ licence: 'MIT' }, 'licence: package has no key licence'],
  [{ private: 'yes' }, 'private: private is "yes"'],
  [{ repository: { directory: 'events' } }, 'repository: repository has no url'],
  [{ publishConfig: { access: 'all' } }, 'access: access is "all"'],
])('package: refuses %j', (fields, message) => {
  expect(problemsOf(fields)).toEqual([message]);
});

it('usages: accepts tsconfigs, a file and the address of a line, and refuses an address without placeholders', () => {
  const problemsOf = (usages: object) => {
    const problem = (_: string | undefined, message: string, hint: string) =>
      ({ code: 'USAGE', severity: 'error', file: 'c.json', line: 1, column: 1, message, hint }) as const;
    return checkConfig({ file: 'c.json', value: { usages }, resolvePath: (path) => path, problem });
  };
  const link = 'https://example.com/{file}#L{line}';
  expect(problemsOf({ tsconfigs: ['services/orders'], out: 'usages.json', link })).toEqual([]);
  expect(problemsOf({ link: 'https://example.com/{file}' })).toMatchObject([
    { message: 'link is "https://example.com/{file}"', hint: expect.stringContaining('{file} and {line}') },
  ]);
  expect(problemsOf({ tsconfigs: 'services' })).toMatchObject([{ message: 'tsconfigs is "services"' }]);
});
