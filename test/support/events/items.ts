import { defineEvent, type Validate, type ValidationError } from '@hyvve-events/runtime/codegen';

/** The kinds of values that {@link objectValidator} supports. */
type Kind = 'string' | 'number' | 'string[]';

/**
 * A hand-written validator for flat objects, so that tests of the runtime need no generator. Reports like ajv: strict
 * unless `tolerant` is true, every violation, `errors` overwritten by each call.
 * @param kinds Properties and their kinds; a name that ends in `?` is optional.
 */
export function objectValidator<Data>(kinds: Readonly<Record<string, Kind>>): Validate<Data> {
  const names = Object.keys(kinds).map((name) => name.replace(/\?$/, ''));
  const validate = Object.assign(
    (data: unknown, tolerant?: boolean): data is Data => {
      validate.errors = violationsIn(data, tolerant === true);
      return validate.errors === null;
    },
    { errors: null as readonly ValidationError[] | null },
  );
  function violationsIn(data: unknown, tolerant: boolean): readonly ValidationError[] | null {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) {
      return [error('', 'type', { type: 'object' }, 'must be object')];
    }
    const found: ValidationError[] = [];
    const values = data as Readonly<Record<string, unknown>>;
    for (const [key, kind] of Object.entries(kinds)) {
      const name = key.replace(/\?$/, '');
      const value = values[name];
      if (value !== undefined) found.push(...violationsOfKind(`/${name}`, kind, value));
      else if (name === key) {
        found.push(error('', 'required', { missingProperty: name }, `must have required property '${name}'`));
      }
    }
    const extra = tolerant ? [] : Object.keys(values).filter((name) => !names.includes(name));
    for (const name of extra) {
      found.push(
        error('', 'additionalProperties', { additionalProperty: name }, 'must NOT have additional properties'),
      );
    }
    return found.length === 0 ? null : found;
  }
  return validate;
}

function violationsOfKind(path: string, kind: Kind, value: unknown): ValidationError[] {
  if (kind === 'string[]') {
    if (!Array.isArray(value)) return [error(path, 'type', { type: 'array' }, 'must be array')];
    return value.flatMap((item, index) => violationsOfKind(`${path}/${index}`, 'string', item));
  }
  return typeof value === kind ? [] : [error(path, 'type', { type: kind }, `must be ${kind}`)];
}

function error(instancePath: string, keyword: string, params: Record<string, unknown>, message: string) {
  return { instancePath, schemaPath: `#/${keyword}`, keyword, params, message };
}

/** A validator that accepts all data, like that of a schema without constraints. */
export function anyValidator<Data>(): Validate<Data> {
  return Object.assign((data: unknown): data is Data => data !== fails, { errors: null });
}

const fails = Symbol('no caller has this value');

export interface ItemData {
  readonly itemId: string;
  readonly score?: number;
  readonly tags?: readonly string[];
}

const itemKinds = { itemId: 'string', 'score?': 'number', 'tags?': 'string[]' } as const;

export const ItemRequested = defineEvent<'approval.item.requested', ItemData>({
  type: 'approval.item.requested',
  key: 'ItemRequested',
  version: '1.0.0',
  domain: 'approval',
  validate: objectValidator(itemKinds),
});

export const ItemApproved = defineEvent<'approval.item.approved', ItemData>({
  type: 'approval.item.approved',
  key: 'ItemApproved',
  version: '1.2.0',
  domain: 'approval',
  validate: objectValidator(itemKinds),
});

/** An event whose type begins like those of the `approval` domain but does not belong to it. */
export const ApprovalsCounted = defineEvent<'approvals.counted', { readonly count: number }>({
  type: 'approvals.counted',
  key: 'ApprovalsCounted',
  version: '1.0.0',
  domain: 'approvals',
  validate: objectValidator({ count: 'number' }),
});

/** An event with unchecked data. */
export const AnythingNoted = defineEvent<'note.anything.noted', unknown>({
  type: 'note.anything.noted',
  key: 'AnythingNoted',
  version: '1.0.0',
  domain: 'note',
  validate: anyValidator(),
});

/** The list of events, with the name that a generated SDK uses. */
export const testEvents = [ItemRequested, ItemApproved, ApprovalsCounted, AnythingNoted];
