import { describe, expect, it } from 'vitest';
import type { ValidationError } from '../../../../runtime/event/validate.js';
import { addErrors, type CompiledCheck, guard, guardUnevaluated } from '../../../../runtime/validation/guard.js';
import { limited } from '../../../../runtime/validation/patterns.js';

const errorOf = (keyword: string): ValidationError => ({
  instancePath: '',
  schemaPath: `#/${keyword}`,
  keyword,
  params: {},
  message: `breaks ${keyword}`,
});

/** A check with fixed errors for each mode. */
function checkWith(strict: readonly string[], tolerant: readonly string[]): CompiledCheck {
  const check: CompiledCheck = function () {
    const errors = (this.tolerant ? tolerant : strict).map(errorOf);
    check.errors = errors.length === 0 ? null : errors;
    return errors.length === 0;
  };
  return check;
}

const keywordsOf = ({ errors }: { readonly errors: readonly ValidationError[] | null }) =>
  errors?.map(({ keyword }) => keyword);

describe('guard', () => {
  it('is strict by default, and tolerant with its second argument', () => {
    const validate = guard(checkWith(['additionalProperties'], []));
    expect([validate({}), keywordsOf(validate)]).toEqual([false, ['additionalProperties']]);
    expect([validate({}, true), validate.errors]).toEqual([true, null]);
  });

  it('accepts in tolerant mode all data that is valid in strict mode', () => {
    const validate = guard(checkWith([], ['oneOf']));
    expect([validate({}, true), validate.errors]).toEqual([true, null]);
  });

  it('a text that takes too long for its pattern is a violation', () => {
    const pattern = limited(/(a*)*b/, 6, 1);
    const validate = guard((data) => pattern.test(String(data)));
    expect([validate('a'.repeat(1_000)), keywordsOf(validate)]).toEqual([false, ['pattern']]);
  });

  it('passes on other errors of a check', () => {
    const validate = guard(() => {
      throw new TypeError('a fault');
    });
    expect(() => validate({})).toThrow('a fault');
  });
});

describe('guardUnevaluated', () => {
  it('ignores unevaluated properties only in tolerant mode', () => {
    const validate = guardUnevaluated(checkWith(['unevaluatedProperties'], ['unevaluatedProperties']));
    expect([validate({}), keywordsOf(validate)]).toEqual([false, ['unevaluatedProperties']]);
    expect([validate({}, true), validate.errors]).toEqual([true, null]);
    const broken = guardUnevaluated(checkWith(['type'], ['unevaluatedProperties', 'type']));
    expect([broken({}, true), keywordsOf(broken)]).toEqual([false, ['type']]);
  });
});

it('addErrors: appends to the earlier errors', () => {
  const found = [1];
  expect(addErrors(found, [2, 3])).toBe(found);
  expect(found).toEqual([1, 2, 3]);
});
