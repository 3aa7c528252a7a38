import { isDate } from '@hyvve-events/runtime/codegen';
import type { UpcastKind } from '../model/event-model.js';
import { fieldsOf, type NodeRef } from '../source/document-store.js';
import { nearestWord } from '../support/nearest.js';
import type { FoundUpcast, FoundVersion } from './found-document.js';
import type { Reader } from './reader.js';

const upcastKinds: readonly UpcastKind[] = ['derive', 'code', 'same'];

const versionKeys = ['sunset', 'retired', 'payload'];

/**
 * The word of `x-upcast` for the major version of the message: `derive`, or `{ "3": derive }` for version 3 alone. Other values are
 * reported.
 */
export function upcastIn(reader: Reader, at: NodeRef | undefined, major: number): FoundUpcast | undefined {
  if (at === undefined) return undefined;
  if (typeof at.value !== 'object' || at.value === null || Array.isArray(at.value)) {
    const kind = kindAt(reader, at);
    return kind && { kind, namesMajor: false };
  }
  const entries = Object.keys(at.value).map((name) => [name, reader.store.child(at, name) ?? at] as const);
  const kinds = new Map(entries.map(([name, entry]) => [name, kindAt(reader, entry)]));
  for (const [name, entry] of entries) {
    if (isMajor(name)) continue;
    report(reader, entry, `${JSON.stringify(name)} in \`x-upcast\` is not a major version`, 'write a number: `"2"`');
  }
  const kind = kinds.get(String(major));
  return kind && { kind, namesMajor: true };
}

function kindAt(reader: Reader, at: NodeRef): UpcastKind | undefined {
  const known = upcastKinds.find((kind) => kind === at.value);
  if (known === undefined) {
    const hint =
      '`derive`: the derived steps are right; `code`: a function in `upcasters/` converts; `same`: the data means the same';
    report(reader, at, `\`x-upcast\` must be derive, code or same; it is ${JSON.stringify(at.value)}`, hint);
  }
  return known;
}

/** The entries of `x-versions`, in ascending order of their majors. Wrong ones are reported. */
export function versionsIn(reader: Reader, at: NodeRef | undefined): FoundVersion[] {
  if (at === undefined) return [];
  if (typeof at.value !== 'object' || at.value === null || Array.isArray(at.value)) {
    report(reader, at, '`x-versions` must be a mapping of major versions', 'write `x-versions: { "1": { … } }`');
    return [];
  }
  const found = Object.keys(at.value).flatMap((name) => versionAt(reader, reader.store.child(at, name) ?? at, name));
  return found.sort((a, b) => a.major - b.major);
}

function versionAt(reader: Reader, at: NodeRef, name: string): FoundVersion[] {
  if (!isMajor(name)) {
    report(reader, at, `${JSON.stringify(name)} in \`x-versions\` is not a major version`, 'write a number: `"1"`');
    return [];
  }
  const fields = fieldsOf(at.value);
  for (const key of Object.keys(fields).filter((each) => !versionKeys.includes(each))) {
    const near = nearestWord(key, versionKeys);
    const hint = near === undefined ? `the keys are ${versionKeys.join(', ')}` : `write \`${near}\``;
    report(reader, reader.store.child(at, key) ?? at, `\`x-versions\` does not define ${JSON.stringify(key)}`, hint);
  }
  const date = (key: 'sunset' | 'retired') => dateIn(reader, reader.store.child(at, key), key);
  const payload = reader.store.child(at, 'payload');
  return [{ major: Number(name), sunset: date('sunset'), retired: date('retired'), payload, at }];
}

function isMajor(name: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(name);
}

function dateIn(reader: Reader, at: NodeRef | undefined, key: string): string | undefined {
  if (at === undefined) return undefined;
  if (typeof at.value === 'string' && isDate(at.value)) return at.value;
  report(reader, at, `\`${key}\` must be a date; it is ${JSON.stringify(at.value)}`, 'write it as 2027-02-01');
  return undefined;
}

function report({ store, attempt }: Reader, at: NodeRef, message: string, hint: string): void {
  attempt(() => {
    throw store.error('VERSION_INVALID', at, message, hint);
  });
}
