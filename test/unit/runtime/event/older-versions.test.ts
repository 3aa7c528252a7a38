import type { AnyEventDefinition } from '@hyvve-events/runtime/codegen';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canDecide, checkOlderVersions, definitionsByType } from '../../../../runtime/event/older-versions.js';
import { readEntry } from '../../../../runtime/event/read-envelope.js';
import { relateVersion } from '../../../../runtime/event/versions.js';
import { atVersion, OrderPlaced } from '../../../support/events/events.js';
import { settledV1, settledV2, settledV3 } from '../../../support/events/versioned.js';

describe('canDecide', () => {
  const version = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join('.'));
  const build = (text: string) => atVersion(OrderPlaced, text);

  it('a version that a build may not decide about is newer for it; of two builds at least one may decide', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(canDecide(build(a), b)).toBe(!relateVersion(b, a).startsWith('newer'));
        expect(canDecide(build(a), b) || canDecide(build(b), a)).toBe(true);
      }),
    );
  });

  it.each([
    ['1.0.0', true],
    ['1.0.7', true],
    ['1.1.0', false],
    ['2.1.0', true],
    ['2.2.0', false],
    ['3.0.0', true],
    ['3.1.0', false],
    ['0.9.0', true],
  ])('%s in a build of 3.0.0 that reads 1.0.0 and 2.1.0: %s', (text, expected) => {
    expect(canDecide(settledV3(), text)).toBe(expected);
  });

  it('a build never claims what it would park: `ahead` is never decided', () => {
    const definitions = new Map([[settledV1.type, settledV3()]]);
    fc.assert(
      fc.property(version, (text) => {
        const base = { id: 'e', type: settledV1.type, source: 's', timestamp: 't', correlationId: 'c', tenantId: 't' };
        const { kind } = readEntry(JSON.stringify({ ...base, version: text, data: {} }), definitions, 1_000);
        expect(canDecide(settledV3(), text)).toBe(kind !== 'ahead');
      }),
    );
  });
});

describe('older versions of a definition', () => {
  const [first] = settledV2().older ?? [];
  const item = (major: number, version = `${major}.0.0`) => ({ ...first, major, version });

  it.each<[what: string, older: unknown, message: string]>([
    ['no list', {}, 'must be a list'],
    ['null in the list', [null], 'must have version, validate and upcast at index 0'],
    ['without a step', [{ ...item(1), upcast: undefined }], 'must have version, validate and upcast at index 0'],
    ['without a validator', [item(1), { ...item(2), validate: 'x' }], 'at index 1'],
    ['another major than its version', [item(2, '1.0.0')], 'must have a version of its major at index 0'],
    ['a version that is none', [item(1, 'one')], 'must have a version of its major at index 0'],
    ['in descending order', [item(2), item(1)], 'must be in ascending order'],
    ['one major twice', [item(1), item(1)], 'must be in ascending order'],
    ['the present major', [item(3)], 'must have only majors below 3'],
    ['a newer major', [item(4)], 'must have only majors below 3'],
  ])('%s: CONFIG_INVALID with the event', (_what, older, message) => {
    const definition = { ...settledV3(), older } as AnyEventDefinition;
    const error = expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) });
    expect(() => checkOlderVersions(definition)).toThrow(error);
    expect(() => definitionsByType([definition])).toThrow(/definition of shop\.order\.settled 3\.0\.0/);
  });

  it('a version that is none, of the event itself', () => {
    expect(() => checkOlderVersions({ ...settledV3(), version: 'latest' })).toThrow('requires that the event');
  });

  it('gaps, 0.x and an empty list are allowed', () => {
    for (const older of [[], [item(0)], [item(0), item(2)], undefined]) {
      expect(() =>
        checkOlderVersions({ ...settledV3(), ...(older === undefined ? {} : { older: older as never }) }),
      ).not.toThrow();
    }
    expect(definitionsByType([settledV1, OrderPlaced]).size).toBe(2);
  });
});
