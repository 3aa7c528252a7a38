import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SyntheticCatalog {
  readonly domains: number;
  readonly eventsPerDomain: number;
}

/** Writes a catalog like the platform's: a root with references only, a file and a channel for each domain. @returns Its root. */
export async function writeCatalog(folder: string, { domains, eventsPerDomain }: SyntheticCatalog): Promise<string> {
  const names = Array.from({ length: domains }, (_, index) => `domain${index}`);
  const refs = (section: string, name: string, key: string) =>
    `  ${key}:\n    $ref: './domains/${name}.yaml#/${section}/${key}'\n`;
  const root = `asyncapi: 3.0.0
info:
  title: Synthetic
  version: 1.0.0
channels:
${names.map((name) => refs('channels', name, name)).join('')}operations:
${names.map((name) => refs('operations', name, `service.send.${name}`)).join('')}`;
  await mkdir(join(folder, 'domains'), { recursive: true });
  await writeFile(join(folder, 'asyncapi.yaml'), root);
  for (const name of names) await writeFile(join(folder, 'domains', `${name}.yaml`), domainFile(name, eventsPerDomain));
  return join(folder, 'asyncapi.yaml');
}

/** Writes one file with a single channel for all messages, and an operation for each. @returns The file. */
export async function writeOneChannel(folder: string, events: number): Promise<string> {
  const all = Array.from({ length: events }, (_, index) => index);
  const text = `asyncapi: 3.0.0
info:
  title: One channel
  version: 1.0.0
channels:
  all:
    address: all
    messages:
${all.map((index) => `      E${index}:\n        $ref: '#/components/messages/E${index}'\n`).join('')}operations:
${all
  .map(
    (index) => `  send${index}:
    action: send
    channel:
      $ref: '#/channels/all'
    messages:
      - $ref: '#/channels/all/messages/E${index}'
`,
  )
  .join('')}components:
  messages:
${all.map((index) => indent(message(`E${index}`, `all.thing${index}.changed`, `#/components/schemas/E${index}Payload`))).join('')}  schemas:
${all.map((index) => indent(schema(`E${index}Payload`))).join('')}`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'asyncapi.yaml'), text);
  return join(folder, 'asyncapi.yaml');
}

function domainFile(name: string, events: number): string {
  const keys = Array.from(
    { length: events },
    (_, index) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Thing${index}`,
  );
  return `channels:
  ${name}:
    address: events
    title: ${name}
    messages:
${keys.map((key) => `      ${key}:\n        $ref: '#/messages/${key}'\n`).join('')}operations:
  service.send.${name}:
    action: send
    x-service: ${name}
    channel:
      $ref: '../asyncapi.yaml#/channels/${name}'
messages:
${keys.map((key, index) => message(key, `${name}.thing${index}.changed`, `#/schemas/${key}Payload`)).join('')}schemas:
${keys.map((key) => schema(`${key}Payload`)).join('')}`;
}

function message(key: string, type: string, payload: string): string {
  return `  ${key}:
    name: ${type}
    summary: A thing changed.
    description: Sent once for each change of the thing.
    payload:
      $ref: '${payload}'
    examples:
      - payload:
          thingId: thing_1
          status: open
          changedAt: '2026-01-01T00:00:00Z'
          lines:
            - sku: tea
              count: 2
`;
}

function schema(name: string): string {
  return `  ${name}:
    type: object
    description: A changed thing.
    additionalProperties: false
    required: [thingId, status, changedAt]
    properties:
      thingId:
        type: string
        description: Id of the thing.
        minLength: 1
      status:
        type: string
        description: New status of the thing.
        enum: [open, closed, held]
      changedAt:
        type: string
        description: Time of the change.
        format: date-time
      count:
        type: integer
        description: Number of things.
        minimum: 0
      note:
        type: [string, 'null']
        description: A note for people.
      lines:
        type: array
        description: Parts of the thing.
        items:
          type: object
          additionalProperties: false
          required: [sku]
          properties:
            sku:
              type: string
              description: Id of the part.
            count:
              type: integer
              description: Quantity of the part.
              minimum: 1
      labels:
        type: object
        description: Labels by name.
        additionalProperties:
          type: string
`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
