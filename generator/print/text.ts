/** The longest line that generated code has, where it can be broken. */
export const lineWidth = 120;

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** True when `name` can stand as a property name without quotes. */
export function isIdentifier(name: string): boolean {
  return identifier.test(name);
}

/** A string literal in single quotes; in double ones where that needs fewer backslashes. */
export function quote(value: string): string {
  // JSON's escapes are JavaScript's; only the quotes differ.
  const json = JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  if (value.includes("'") && !value.includes('"')) return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A property name as it stands in an object type or literal: quoted where it must be. */
export function propertyKey(name: string): string {
  return isIdentifier(name) ? name : quote(name);
}

/** The same in an object literal, where `__proto__` alone would set the prototype. */
function memberKey(name: string): string {
  return name === '__proto__' ? "['__proto__']" : propertyKey(name);
}

/** Every line of `text` that is not empty, moved in by two spaces. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** JSON as a TypeScript expression, broken into lines where one would be too long. `reserved` columns are taken. */
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
