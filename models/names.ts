/** The words of a name: `approvalId`, `approval_id` and `approval-id` have the same two. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** `approvalId`: `approval_id`. */
export function snakeCase(name: string): string {
  return wordsOf(name)
    .map((word) => word.toLowerCase())
    .join('_');
}

/** `approval_id`: `ApprovalId`. Capital letters inside a word are kept. */
export function pascalCase(name: string): string {
  return wordsOf(name).map(capital).join('');
}

/** `approval_id`: `approvalId`. */
export function camelCase(name: string): string {
  const [first = '', ...rest] = wordsOf(name);
  const start = /^\p{Lu}+$/u.test(first) ? first.toLowerCase() : first.charAt(0).toLowerCase() + first.slice(1);
  return start + rest.map(capital).join('');
}

/** `approvalId`: `APPROVAL_ID`. */
export function constantCase(name: string): string {
  return snakeCase(name).toUpperCase();
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Gives names that differ from each other and from `taken`: the second `id` becomes `id2`. */
export class Scope {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** @param separator Between the name and the number that makes it unique. */
  take(name: string, separator = ''): string {
    let unique = name;
    for (let number = 2; this.#taken.has(unique); number += 1) unique = `${name}${separator}${number}`;
    this.#taken.add(unique);
    return unique;
  }
}
