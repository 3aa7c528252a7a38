import type { DomainModel, EventModelEntry, OlderVersionModel } from '../model/event-model.js';
import { isSchemaObject, referredName, requiredOf } from '../model/json-schema.js';
import type { Imports } from '../print/imports.js';
import { docComment } from '../print/jsdoc.js';
import { hasWrittenSteps, upcastersConstant, upcastersFolder, upcastersName } from '../print/modules.js';
import { indent, memberKey, quote } from '../print/text.js';
import type { FindSchema } from '../print/type-expression.js';
import { printMembers, type Statement } from '../print/typescript-file.js';
import { derivedFunction } from './derived-step.js';

const codegen = '@hyvve-events/runtime/codegen';

export interface OlderContext {
  readonly domain: DomainModel;
  readonly imports: Imports;
  readonly find: FindSchema;
  /** Module of the validator of a payload, without extension. */
  readonly guardsOf: (payload: string) => string;
}

/** The lines of the field `older` of a definition. Empty if the event has no older versions. */
export function olderField(event: EventModelEntry, context: OlderContext): string[] {
  const { older = [] } = event;
  if (older.length === 0) return [];
  return ['  older: [', ...older.map((version) => indent(indent(olderItem(event, version, context)))), '  ],'];
}

function olderItem(event: EventModelEntry, version: OlderVersionModel, context: OlderContext): string {
  const { imports, guardsOf } = context;
  const { payload, major } = version;
  const validate = imports.value(`validate${payload}`, `./validators/${guardsOf(payload)}.js`);
  return [
    '{',
    `  major: ${major},`,
    `  version: ${quote(version.version)},`,
    `  validate: ${validate} as ${imports.type('Validate', codegen)}<${payload}>,`,
    `${indent(`upcast: ${upcastOf(event, version, context)}`)},`,
    '},',
  ].join('\n');
}

function upcastOf(event: EventModelEntry, version: OlderVersionModel, { domain, imports, find }: OlderContext): string {
  const { payload, next, step, upcast, derived } = version;
  if (upcast === 'same') return `(data: ${payload}) => data`;
  if (derived !== undefined) {
    return derivedFunction({ steps: derived, from: payload, to: next, required: new Set(requiredIn(payload, find)) });
  }
  const all = imports.value(upcastersConstant(domain), `./${upcastersFolder}/${domain.fileName}.js`);
  const context = imports.type('UpcastContext', codegen);
  // Within a function, so that bundlers can remove an unused definition together with its conversions.
  return `(data: ${payload}, event: ${context}) =>\n  ${all}.${event.key}.${step}(data, event)`;
}

function requiredIn(name: string, find: FindSchema): string[] {
  let schema = find(name);
  for (let hops = 0; hops < 20 && isSchemaObject(schema) && typeof schema.$ref === 'string'; hops += 1) {
    schema = find(referredName(schema.$ref));
  }
  return isSchemaObject(schema) ? requiredOf(schema) : [];
}

/** The interface of the written conversions of a domain. Empty if it has none. */
export function upcastersStatements(
  domain: DomainModel,
  events: readonly EventModelEntry[],
  imports: Imports,
): Statement[] {
  const written = events.filter(hasWrittenSteps);
  if (written.length === 0) return [];
  const upcast = imports.type('Upcast', codegen);
  const text = `The written conversions of older data of \`${domain.name}\`: \`${upcastersConstant(domain)}\` in \`${upcastersFolder}/${domain.fileName}.ts\` next to the catalog.`;
  return [
    {
      kind: 'interface',
      name: upcastersName(domain),
      doc: docComment({ text: [text] }),
      members: written.map((event) => ({
        doc: docComment({ text: [`\`${event.type}\``] }, 2),
        name: memberKey(event.key),
        type: `{\n${indent(printMembers(stepMembers(event, upcast)))}\n}`,
      })),
    },
  ];
}

function stepMembers({ older = [], version }: EventModelEntry, upcast: string) {
  return older.flatMap(({ major, payload, next, step, upcast: kind }, index) => {
    if (kind !== 'code') return [];
    const to = older[index + 1]?.major ?? version.split('.', 1)[0];
    const doc = docComment({ text: [`Converts data of version ${major} to data of version ${to}.`] }, 4);
    return [{ doc, name: step, type: `${upcast}<${payload}, ${next}>` }];
  });
}
