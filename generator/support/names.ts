/** `approval-item` or `approval.item_x` as `ApprovalItemX`; inner capitals are preserved. `''` if the text has no letter or digit. */
export function pascalCase(text: string): string {
  // Most names are like this one.
  if (/^[A-Za-z][A-Za-z0-9]*$/.test(text)) return text.charAt(0).toUpperCase() + text.slice(1);
  const words = text.normalize('NFC').split(/[^\p{ID_Continue}]+|[_\p{Pc}]+/u);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return name === '' || /^\p{ID_Start}/u.test(name) ? name : `_${name}`;
}

/** `ApprovalAutoApproved` as `APPROVAL_AUTO_APPROVED`. */
export function constantCase(text: string): string {
  return pascalCase(text)
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toUpperCase();
}

/** `ApprovalItem` or `approval_item` as `approval-item`: for file names. */
export function kebabCase(text: string): string {
  return constantCase(text).replaceAll('_', '-').toLowerCase().replace(/^-+/, '');
}

/**
 * The fixed words of a channel's name or address: `user/{userId}/signed-up` as `user`, `signed-up`. A part in braces
 * is a parameter and not part of a name.
 */
export function slug(text: string): string[] {
  const fixed = text.normalize('NFC').replaceAll(/\{[^}]*\}/g, '/');
  const words = fixed.split(/[^\p{L}\p{N}\p{M}_-]+/u).map((word) => word.replaceAll(/^-+|-+$/g, ''));
  return words.filter((word) => word !== '');
}

/** A word for an event type, which is ASCII: accents are removed, and other letters are left out. */
export function typeWord(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}+/gu, '');
  return plain.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replaceAll(/^_+|_+$/g, '');
}

/** Names that generated code must not declare: keywords of the language, global types it uses, names of the SDK's index. */
export const reservedNames: readonly string[] = (
  'await break case catch class const continue debugger default delete do else enum export extends false finally for ' +
  'function if implements import in instanceof interface let new null package private protected public return static ' +
  'super switch this throw true try typeof var void while with yield any unknown never string number boolean object ' +
  'symbol bigint undefined arguments eval globalThis ' +
  'Array Boolean Date Error Extract Function Map Number Object Partial Promise Readonly ReadonlyArray Record RegExp Set ' +
  'String Symbol ' +
  'EventTypes EventMap EventType EventPattern EventOf subscribe events catalogHash'
).split(' ');

/** Allocates unique names. */
export class NameAllocator {
  readonly #taken: Set<string>;

  /** @param taken Names that are already in use. */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /**
   * Returns the first free candidate; if none is free, the last one with the first number (from 2) that makes it free.
   * @param companions Names that must be free together with a name, and are allocated with it.
   */
  take(candidates: string | readonly string[], companions: (name: string) => readonly string[] = () => []): string {
    const list = typeof candidates === 'string' ? [candidates] : candidates;
    const all = (name: string) => [name, ...companions(name)];
    const isFree = (name: string) => name !== '' && all(name).every((each) => !this.#taken.has(each));
    let name = list.find(isFree);
    const last = list.at(-1) ?? '';
    for (let number = 2; name === undefined; number += 1) {
      if (isFree(`${last}${number}`)) name = `${last}${number}`;
    }
    for (const each of all(name)) this.#taken.add(each);
    return name;
  }
}
