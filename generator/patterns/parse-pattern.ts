/** A part of a regular expression. */
export type PatternNode =
  /** One character: each one for which `matches` returns true. */
  | { readonly kind: 'character'; readonly matches: (character: string) => boolean; readonly source: string }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly body: PatternNode; readonly least: number; readonly most: number }
  /** `^`, `$`, `\b`, `\B`: nothing is consumed. */
  | { readonly kind: 'anchor'; readonly source: string }
  /** `(?=…)` and other lookarounds. */
  | { readonly kind: 'look'; readonly body: PatternNode; readonly isPositive: boolean }
  /** `\1`, `\k<name>`. */
  | { readonly kind: 'reference' };

/** Parses a pattern; undefined if it is not a regular expression of JavaScript. */
export function parsePattern(pattern: string): PatternNode | undefined {
  const flags = flagsOf(pattern);
  if (flags === undefined) return undefined;
  try {
    return new Parser(pattern, flags).parse();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function flagsOf(pattern: string): string | undefined {
  for (const flags of ['u', '']) {
    try {
      new RegExp(pattern, flags);
      return flags;
    } catch {
      // The next attempt has no flag.
    }
  }
  return undefined;
}

class Parser {
  readonly #pattern: string;
  readonly #flags: string;
  #at = 0;

  constructor(pattern: string, flags: string) {
    this.#pattern = pattern;
    this.#flags = flags;
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#pattern.length) throw new SyntaxError(`unexpected ${this.#pattern[this.#at]}`);
    return node;
  }

  #choice(): PatternNode {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] ?? '')) {
      parts.push(this.#repeated(this.#atom()));
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts };
  }

  #repeated(body: PatternNode): PatternNode {
    const [least, most] = this.#count() ?? [];
    if (least === undefined || most === undefined) return body;
    this.#take('?');
    return { kind: 'repeat', body, least, most };
  }

  #count(): readonly [least: number, most: number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const found = this.#match(/\{(\d+)(?:(,)(\d*))?\}/y);
    if (found === undefined) return undefined;
    const [, least, comma, most] = found;
    if (comma === undefined) return [Number(least), Number(least)];
    return [Number(least), most === '' || most === undefined ? Number.POSITIVE_INFINITY : Number(most)];
  }

  #atom(): PatternNode {
    const look = this.#match(/\(\?<?[=!]/y)?.[0];
    if (look !== undefined) return { kind: 'look', body: this.#group(), isPositive: look.endsWith('=') };
    if (this.#match(/\((?:\?(?::|<[^>]*>))?/y) !== undefined) return this.#group();
    const anchor = this.#match(/[$^]|\\[bB]/y)?.[0];
    if (anchor !== undefined) return { kind: 'anchor', source: anchor };
    if (this.#match(/\\(?:[1-9]\d*|k<[^>]*>)/y) !== undefined) return { kind: 'reference' };
    const set = this.#match(/\[(?:[^\]\\]|\\[\s\S])*\]/y)?.[0];
    const escaped =
      set ??
      this.#match(
        /\\(?:[pP]\{[^}]*\}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|x[0-9a-fA-F]{2}|c[A-Za-z]|[\s\S])/y,
      )?.[0];
    const source = escaped ?? this.#match(this.#flags === '' ? /[\s\S]/y : /[\s\S]/uy)?.[0] ?? '';
    return characterOf(source, this.#flags);
  }

  #group(): PatternNode {
    const body = this.#choice();
    if (!this.#take(')')) throw new SyntaxError('unterminated group');
    return body;
  }

  #take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#pattern);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }
}

/** A class, an escape or a plain character. JavaScript's own RegExp decides which characters it matches. */
function characterOf(source: string, flags: string): PatternNode {
  const isPlain = /^[^\\[.]$/u.test(source);
  const whole = isPlain ? undefined : new RegExp(`^(?:${source})$`, flags);
  return { kind: 'character', source, matches: (character) => whole?.test(character) ?? character === source };
}

/** Characters that distinguish classes: ASCII, some others, and those in the pattern. */
export function alphabetOf(pattern: string): readonly string[] {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  return [
    ...new Set([
      ...'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ',
      ...ascii,
      ...'éßÄΩж中あ٣﷼ǅ\u2028\u00a0\u0301🎉',
      ...pattern,
    ]),
  ];
}
