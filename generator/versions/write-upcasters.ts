import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { DomainModel } from '../model/event-model.js';
import { sdkAlias } from '../model/upcaster-file.js';
import { upcastersConstant } from '../print/modules.js';
import { withStep } from './edit-upcasters.js';
import type { StepPlan } from './step-plan.js';
import { upcasterPath, upcastersFolder } from './upcaster-files.js';
import { eventEntry, newUpcasterFile, stubOf } from './upcaster-stub.js';

/** A file that changes. */
export interface UpcasterChange {
  readonly file: string;
  /** Its new text. Absent if a person must make the change. */
  readonly text: string | undefined;
  /** What changes; for a person: what to add. */
  readonly what: string;
}

export interface UpcasterPlace {
  readonly catalog: string;
  /** The folder of the SDK. */
  readonly out: string;
  readonly domain: DomainModel;
  readonly exists: (path: string) => boolean;
}

/** Adds the start of the functions of some steps of one event to the file of its domain; functions that exist stay. */
export function upcasterChanges(plans: readonly StepPlan[], place: UpcasterPlace): UpcasterChange[] {
  const { catalog, domain, exists } = place;
  const file = upcasterPath(catalog, domain);
  const settings = editorSettings(place);
  const key = plans[0]?.event.key ?? '';
  if (!exists(file)) {
    const text = newUpcasterFile(domain, [eventEntry(key, plans.map(stubOf))]);
    return [{ file, text, what: plans.map(({ name }) => `${key}.${name}`).join(', ') }, ...settings];
  }
  const before = readFileSync(file, 'utf8');
  let text: string | undefined = before;
  const added: string[] = [];
  for (const plan of plans) {
    const step = { key, step: plan.name, text: stubOf(plan) };
    const next: string | undefined = text === undefined ? undefined : withStep(text, upcastersConstant(domain), step);
    if (next === undefined || next !== text) added.push(`${key}.${plan.name}`);
    text = next;
  }
  if (text === before) return settings;
  if (text === undefined) return [{ file, text, what: eventEntry(key, plans.map(stubOf)) }, ...settings];
  return [{ file, text, what: added.join(', ') }, ...settings];
}

/** A `tsconfig.json` for the folder, so that editors find the types of the SDK. An existing one stays. */
function editorSettings({ catalog, out, exists }: UpcasterPlace): UpcasterChange[] {
  const folder = upcastersFolder(catalog);
  const file = `${folder}/tsconfig.json`;
  if (exists(file)) return [];
  const sdk = relative(folder, out).replaceAll('\\', '/');
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'bundler',
    skipLibCheck: true,
    types: [],
    paths: { [sdkAlias]: [`${sdk}/index.ts`], [`${sdkAlias}/*`]: [`${sdk}/*.ts`] },
  };
  const text = `${JSON.stringify({ compilerOptions, include: ['*.ts'] }, undefined, 2)}\n`;
  return [{ file, text, what: `${sdkAlias}/* is ${dirname(`${sdk}/x`)}` }];
}
