/** What `\s` matches in JavaScript. */
const spaces = String.raw`\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;

/**
 * A regular expression of JavaScript in the syntax of Python's `re`.
 * @returns Undefined if Python has nothing that is the same: properties of characters (`\p{Lu}`), look-behind, references to
 * groups, `\S` in a set.
 */
export function pythonPattern(source: string): string | undefined {
  const parts: string[] = [];
  let inSet = false;
  let previous = '';
  for (let rest = source; rest !== ''; ) {
    const [token = ''] = (inSet ? setToken : plainToken).exec(rest) ?? [];
    const after = rest.slice(token.length);
    const text = inSet ? partOfSet(token, previous, after) : part(token);
    if (token === '' || text === undefined) return undefined;
    parts.push(text);
    if (!inSet && (token === '[' || token === '[^')) inSet = true;
    else if (inSet && token === ']') inSet = false;
    previous = token;
    rest = after;
  }
  // Digits, letters and borders of words are those of ASCII.
  return inSet ? undefined : `(?a)${parts.join('')}`;
}

const escapeForms = String.raw`\\(?:u\{[0-9A-Fa-f]+\}|u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|k<[^>]+>|[pP]\{[^}]*\}|[\s\S])`;
const plainToken = new RegExp(
  String.raw`^(?:${escapeForms}|\[\^?\]|\[\^?|\(\?<?[=!]|\(\?<[^>]+>|\{\d+(?:,\d*)?\}|[\s\S])`,
  'u',
);
const setOfCharacters = /^\\[dDwWs]/;
const setToken = new RegExp(`^(?:${escapeForms}|[\\s\\S])`, 'u');

/** A token outside of a set. */
function part(token: string): string | undefined {
  switch (token) {
    case '$':
      return '\\Z';
    case '.':
      return '[^\\n\\r\\u2028\\u2029]';
    case '[]':
      return '(?!)';
    case '[^]':
      return '[\\s\\S]';
    case '{':
      return '\\{';
    case '\\s':
      return `[${spaces}]`;
    case '\\S':
      return `[^${spaces}]`;
    case '(?<=':
    case '(?<!':
      return undefined;
    default:
      if (token.startsWith('(?<')) return '(';
      return token.startsWith('\\') ? escaped(token) : token;
  }
}

/** A token inside of a set. Python warns about characters that may get a meaning in sets. */
function partOfSet(token: string, previous: string, after: string): string | undefined {
  // Next to a set such as `\w`, it is no range.
  if (token === '-' && (setOfCharacters.test(previous) || setOfCharacters.test(after))) return '\\-';
  if (token === '\\s') return spaces;
  if (['\\S', '\\B', '\\k'].includes(token)) return undefined;
  if (token === '\\b') return '\\x08';
  if (['[', '&', '~', '|'].includes(token)) return `\\${token}`;
  return token.startsWith('\\') ? escaped(token) : token;
}

function escaped(token: string): string | undefined {
  const kind = token.charAt(1);
  if (token.startsWith('\\u{')) return codePoint(Number.parseInt(token.slice(3, -1), 16));
  // Two halves of one character.
  if (kind === 'u' && token.length === 12) {
    const [high = 0, low = 0] = token.split('\\u').flatMap((half) => (half === '' ? [] : [Number.parseInt(half, 16)]));
    return codePoint(String.fromCharCode(high, low).codePointAt(0) ?? 0);
  }
  // Without digits, they are letters for JavaScript alone.
  if ('cux'.includes(kind) && token.length === 2) return undefined;
  if (kind === 'c' && token.length === 3) return `\\x${(token.charCodeAt(2) % 32).toString(16).padStart(2, '0')}`;
  // A group that has matched nothing is empty in JavaScript, but does not match in Python.
  if ('pPk123456789'.includes(kind)) return undefined;
  if (kind === '0') return '\\x00';
  if ('dDwWbBnrtfvux'.includes(kind)) return token;
  // Any other letter has no meaning in JavaScript.
  return /[A-Za-z]/.test(kind) ? kind : `\\${kind}`;
}

function codePoint(code: number): string | undefined {
  return code > 0x10ffff ? undefined : `\\U${code.toString(16).padStart(8, '0')}`;
}
