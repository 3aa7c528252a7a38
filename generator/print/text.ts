/** The maximum line length of generated code, in characters. A line that cannot be broken may be longer. */
export const lineWidth = 120;

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** True if `name` can be a property name without quotes. */
export function isIdentifier(name: string): boolean {
  return identifier.test(name);
}

/** A string literal in single quotes, or in double quotes if that needs fewer backslashes. */
export function quote(value: string): string {
  // JSON and JavaScript use the same escape sequences; only the quotes differ.
  const json = JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  if (value.includes("'") && !value.includes('"')) return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A property name for an object type or literal, with quotes if they are necessary. */
export function propertyKey(name: string): string {
  return isIdentifier(name) ? name : quote(name);
}

/** A property name for an object literal. A plain `__proto__` would set the prototype there. */
export function memberKey(name: string): string {
  return name === '__proto__' ? "['__proto__']" : propertyKey(name);
}

/** The access to a property: `.name`, or `['other name']`. */
export function memberAccess(name: string): string {
  return isIdentifier(name) && name !== '__proto__' ? `.${name}` : `[${quote(name)}]`;
}

/** Indents every non-empty line of `text` by two spaces. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** JSON as a TypeScript expression, broken into lines if one line would be too long. `reserved` is the number of columns already used. */
export function jsonExpression(value: unknown, reserved = 0): string {
  const flat = flatExpression(value);
  if (flat.length + reserved <= lineWidth) return flat;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => `${indent(jsonExpression(item, 4))},\n`).join('')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const member = ([key, item]: [string, unknown]) => {
      const name = memberKey(key);
      return `${indent(`${name}: ${jsonExpression(item, name.length + 5)}`)},\n`;
    };
    return `{\n${Object.entries(value).map(member).join('')}}`;
  }
  return flat;
}

function flatExpression(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(flatExpression).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, item]) => `${memberKey(key)}: ${flatExpression(item)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return JSON.stringify(value);
}
