import { describe, expect, it } from 'vitest';
import { loadOptional } from '../../../../generator/support/optional-package.js';

const missing = (name: string) => () => Promise.reject(new Error(`Cannot find package '${name}' imported from /x.js`));

describe('loadOptional', () => {
  it('returns the package', async () => {
    const load = () => Promise.resolve({ a: 1 });
    expect(await loadOptional({ command: 'usages', name: 'ts-morph', load })).toEqual({ a: 1 });
  });

  it('a package that is not installed: an error with the command that installs it', async () => {
    const options = { command: 'usages', name: 'ts-morph', version: '28', load: missing('ts-morph') };
    await expect(loadOptional(options)).rejects.toMatchObject({
      problems: [
        {
          code: 'PACKAGE_MISSING',
          message: 'hyvve-events usages needs the package ts-morph',
          hint: 'run `npm install --save-dev ts-morph@28`',
        },
      ],
    });
  });

  it('a package that lacks one of its own: its error', async () => {
    const options = { command: 'models', name: '@hyvve-events/models', load: missing('@asyncapi/modelina') };
    await expect(loadOptional(options)).rejects.toThrow("Cannot find package '@asyncapi/modelina'");
  });
});
