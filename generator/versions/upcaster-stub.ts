import type { DomainModel, UpcastStep } from '../model/event-model.js';
import { isSchemaObject, requiredOf } from '../model/json-schema.js';
import { sdkAlias } from '../model/upcaster-file.js';
import { upcastersConstant, upcastersName } from '../print/modules.js';
import { indent, isIdentifier, jsonExpression, memberKey, quote } from '../print/text.js';
import { payloadSchema } from './derive-steps.js';
import type { StepPlan } from './step-plan.js';

/**
 * Marks what the author has to write. The name is declared nowhere, so that a function that is not finished neither compiles nor
 * runs, even if its result would have the right type.
 */
export const todoMark = 'TODO';

/** The start of a function for one step: the derivable properties are copied, the others are marked. */
export function stubOf(plan: StepPlan): string {
  const { name, derivation, version } = plan;
  const schema = payloadSchema(version.payload);
  const required = new Set(isSchemaObject(schema) ? requiredOf(schema) : []);
  const known = derivation.steps.filter((step) => step.do !== 'drop' && !derivation.unclear.includes(step.name));
  const members = [
    ...known.flatMap((step) => memberOf(step, required)),
    ...derivation.unclear.map((property) => `${memberKey(property)}: ${todoMark},`),
  ];
  const result = members.length === 0 ? '{ ...data }' : `{\n${indent(members.join('\n'))}\n}`;
  const notes = derivation.obstacles.map((why) => `// ${why.replaceAll(/\s+/g, ' ')}`);
  // A call around the result: it must not compile before the author has read it.
  return [...notes, `${name}: (data) => ${todoMark}(${result}),`].join('\n');
}

function memberOf(step: UpcastStep, required: ReadonlySet<string>): string[] {
  if (step.do === 'drop') return [];
  const key = memberKey(step.name);
  if (step.do === 'set') return [`${key}: ${jsonExpression(step.value, 40)},`];
  const from = step.do === 'rename' ? step.from : step.name;
  const value = isIdentifier(from) && from !== '__proto__' ? `data.${from}` : `data[${quote(from)}]`;
  if (required.has(from)) return [`${key}: ${value},`];
  if (step.default !== undefined) return [`${key}: ${value} ?? ${jsonExpression(step.default, 40)},`];
  return [`...(${value} === undefined ? {} : { ${key}: ${value} }),`];
}

/** A new file with the conversions of a domain. @param entries The text of each event's entry */
export function newUpcasterFile(domain: DomainModel, entries: readonly string[]): string {
  const type = upcastersName(domain);
  return [
    `import type { ${type} } from '${sdkAlias}/${domain.fileName}';`,
    '',
    '/** Conversions of data of older versions. Each function is pure and synchronous. */',
    `export const ${upcastersConstant(domain)}: ${type} = {`,
    ...entries.map(indent),
    '};',
    '',
  ].join('\n');
}

/** The entry of an event with its steps. */
export function eventEntry(key: string, steps: readonly string[]): string {
  return `${memberKey(key)}: {\n${steps.map(indent).join('\n')}\n},`;
}
