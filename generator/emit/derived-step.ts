import type { JsonValue, UpcastStep } from '../model/event-model.js';
import { indent, jsonExpression, memberAccess, memberKey, quote } from '../print/text.js';

export interface DerivedStep {
  readonly steps: readonly UpcastStep[];
  /** Names of the types. */
  readonly from: string;
  readonly to: string;
  /** The properties that data of the older version always has. */
  readonly required: ReadonlySet<string>;
}

/**
 * The arrow function of a derived conversion. It reads only the data's own properties. Properties that are always there are in one
 * literal, the others follow as assignments: with spreads, V8 needs up to ten times as long (decision 0075).
 */
export function derivedFunction({ steps, from, to, required }: DerivedStep): string {
  const members: string[] = [];
  const assignments: string[] = [];
  for (const step of steps) {
    if (step.do === 'drop') continue;
    if (step.do === 'set') members.push(member(step.name, valueText(step.value)));
    else if (step.default !== undefined) members.push(withDefault(step, step.default));
    else {
      const source = step.do === 'rename' ? step.from : step.name;
      if (required.has(source) && !isInherited(source)) members.push(member(step.name, read(source)));
      // An assignment to `__proto__` would set the prototype; other inherited names have the type of the inherited member.
      else if (isInherited(step.name)) {
        members.push(`...(${has(source)} ? { ${memberKey(step.name)}: ${read(source)} } : {}),`);
      } else assignments.push(`if (${has(source)}) next[${quote(step.name)}] = ${read(source)};`);
    }
  }
  const literal = members.length === 0 ? '{}' : `{\n${indent(members.join('\n'))}\n}`;
  const head = `(${members.length + assignments.length === 0 ? '_data' : 'data'}: ${from}): ${to} =>`;
  if (assignments.length === 0) return `${head} (${literal}) as unknown as ${to}`;
  const body = [
    `const next: Record<string, unknown> = ${literal};`,
    ...assignments,
    `return next as unknown as ${to};`,
  ];
  return `${head} {\n${indent(body.join('\n'))}\n}`;
}

function member(name: string, value: string): string {
  return `${memberKey(name)}: ${value},`;
}

function withDefault(step: Extract<UpcastStep, { do: 'keep' | 'rename' }>, value: JsonValue): string {
  const source = step.do === 'rename' ? step.from : step.name;
  return member(step.name, `${has(source)} ? ${read(source)} : ${valueText(value)}`);
}

/** A new value for each event: handlers could change a shared one. */
function valueText(value: JsonValue): string {
  return jsonExpression(value, 40);
}

function has(name: string): string {
  return `Object.hasOwn(data, ${quote(name)})`;
}

function read(name: string): string {
  return `data${memberAccess(name)}`;
}

/** Whether every object inherits a property with this name, such as `toString`. */
function isInherited(name: string): boolean {
  return name in Object.prototype;
}
